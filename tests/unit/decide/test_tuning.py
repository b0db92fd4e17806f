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
from sendgate.decide.asked import columns_of
from sendgate.decide.plan import Plan
from sendgate.decide.tables import decide_all
from sendgate.decide.tuning import RESULT, Tally, tallies
from sendgate.facts.arithmetic import as_expression
from sendgate.facts.tables import with_facts
from sendgate.model.campaigns import Campaign
from sendgate.model.decisions import Mode
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


def expected(engine: DuckEngine, facts: nw.LazyFrame[Any], plan: Plan, results: dict[int, float]) -> Tally:
    """Add up the decisions one by one."""
    rows = engine.fetch(decide_all(facts, plan, engine).select("row", "outcome", "relevance", "unsubscribe_risk"))
    offers = enumerate(plan.candidates)
    relevances = {f"_{k}": as_expression(plan.relevance_of(c, columns_of(c.facts))) for k, c in offers}
    evidence = engine.fetch(facts.select(**relevances))
    sent = [row for row in rows if row[1] == "send"]
    outcomes = Counter(row[1] for row in rows)
    return Tally(
        rows=len(rows),
        sends=outcomes["send"],
        defers=outcomes["defer"],
        evidence=sum(row[2] for row in sent),
        evidence_of_all=sum(max(values) for values in evidence),
        unsubscribes=sum(row[3] for row in sent),
        unsubscribes_of_all=sum(row[3] for row in rows),
        results=sum(results[row[0]] > 0 for row in sent),
        results_of_all=sum(value > 0 for value in results.values()),
        observed=sum(results[row[0]] >= 0 for row in sent),
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
        for name, value in vars(expected(engine, facts, plan, results)).items():
            assert getattr(tally, name) == pytest.approx(value, abs=1e-4), name


def test_nobody_is_added_up_to_nothing(engine: DuckEngine) -> None:
    """An empty audience gives zeros."""
    from tests.unit.decide.simple import plan

    tables = tables_of(engine, [Row(Profile("ann"), NOW)], NOW)
    facts = with_facts(tables, plan().facts).filter(nw.col("person") == "nobody")
    (tally,) = tallies(facts, [plan()], engine)
    assert (tally.rows, tally.sends, tally.drops, tally.evidence, tally.unsubscribes_of_all) == (0, 0, 0, 0.0, 0.0)
