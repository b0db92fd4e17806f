"""One setting in many values, against a decision under each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import narwhals as nw
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected
from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.decide.tuning import RESULT, Tally, tallies
from sendgate.facts.tables import with_facts
from sendgate.model.campaigns import Campaign
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.people import Profile
from sendgate.policy.policy import Policy
from tests.regimes import Row, tables_of
from tests.test_regimes_agree import NOW, campaigns, policies, profiles, settings_of


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """Give an engine for all examples."""
    with connected("1GB", lambda _: None) as place:
        yield DuckEngine(place)


def changed(policy: Policy, name: str, values: dict[str, Any]) -> Policy:
    """Give a policy with other settings of one gate."""
    gates = tuple(type(g).of({"mode": g.mode, **values}) if g.name == name else g for g in policy.gates)
    return replace(policy, gates=gates)


@st.composite
def sweeps(draw: st.DrawFn) -> list[Policy]:
    """Draw a policy, and the same with other settings of one gate, its mode among them."""
    policy = draw(policies())
    name = draw(st.sampled_from([*sorted(settings_of), "relevance", "frequency"]))
    values = draw(st.lists(st.fixed_dictionaries(settings_of[name]), min_size=1, max_size=2))
    off = replace(policy, gates=tuple(type(g)(mode=Mode.OFF) if g.name == name else g for g in policy.gates))
    return [policy, *(changed(policy, name, value) for value in values), off]


def expected(plan: Plan, rows: list[Row], results: dict[int, float]) -> Tally:
    """Add up the decisions about one person after the other, of whom the last stands there twice."""
    decide, last = Decider(plan), len(rows) - 1
    decisions = [decide(row.profile, row.at, earlier=place == last) for place, row in enumerate(rows)]
    sent = {place: decision for place, decision in enumerate(decisions) if decision.outcome is Outcome.SEND}
    outcomes = Counter(decision.outcome for decision in decisions)
    return Tally(
        rows=len(rows),
        sends=outcomes[Outcome.SEND],
        defers=outcomes[Outcome.DEFER],
        evidence=sum(decision.relevance for decision in sent.values()),
        evidence_of_all=sum(max(ranking.relevance for ranking in decision.offers) for decision in decisions),
        unsubscribes=sum(decision.unsubscribe_risk for decision in sent.values()),
        unsubscribes_of_all=sum(decision.unsubscribe_risk for decision in decisions),
        results=sum(results[place] > 0 for place in sent),
        results_of_all=sum(value > 0 for value in results.values()),
        observed=sum(results[place] >= 0 for place in sent),
        observed_of_all=sum(value >= 0 for value in results.values()),
    )


slowly = settings(max_examples=6, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])


@slowly
@given(people=profiles(), campaign=campaigns(), swept=sweeps())
def test_every_setting_is_added_up_as_it_decides(
    engine: DuckEngine, people: list[Profile], campaign: Campaign, swept: list[Policy]
) -> None:
    """Whichever gate is tuned, also where its facts change: the sums are those of the decisions under each policy."""
    plans = [Plan(policy, campaign) for policy in swept]
    rows = [Row(profile, NOW) for profile in (*people, people[0])]
    tables = tables_of(engine, rows, NOW)
    facts = engine.keep(with_facts(tables, frozenset().union(*(plan.facts for plan in plans))))
    results = {place: float(place % 3 - 1) for place in range(len(rows))}
    known = engine.table({"row": [float(place) for place in results], RESULT: list(results.values())})
    for tally, plan in zip(tallies(facts, plans, engine, known), plans, strict=True):
        for name, value in vars(expected(plan, rows, results)).items():
            assert getattr(tally, name) == pytest.approx(value, abs=1e-4), name


def test_nobody_is_added_up_to_nothing(engine: DuckEngine) -> None:
    """An empty audience gives zeros."""
    from tests.unit.decide.simple import plan

    tables = tables_of(engine, [Row(Profile("ann"), NOW)], NOW)
    facts = with_facts(tables, plan().facts).filter(nw.col("person") == "nobody")
    (tally,) = tallies(facts, [plan()], engine)
    assert (tally.rows, tally.sends, tally.drops, tally.evidence, tally.unsubscribes_of_all) == (0, 0, 0, 0.0, 0.0)
