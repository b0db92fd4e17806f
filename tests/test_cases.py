"""Decisions as data: what ``tests/cases`` says comes out, in both regimes; its README tells how to write one."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import narwhals as nw
import pytest
import yaml

from sendgate.audience import open_run
from sendgate.audience.run import Run
from sendgate.catalog import BUILT_IN
from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.decide.tables import COLUMNS, decide_all
from sendgate.facts.tables import with_facts
from sendgate.model.decisions import Decision, Mode
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER, iso, parse_duration, parse_time
from sendgate.policy.files import load_campaign, load_policy

CASES = Path(__file__).parent / "cases"
NOW = "2026-03-04T12:00:00Z"
FAMILY = {
    "name": "Harbor Home Group",
    "brands": {"harbor": None, "harbor-kids": None, "lumen": {"shares_profile": False}},
    "tiers": ["member", "silver", "gold"],
}
CAMPAIGN = {
    "name": "spring-duvets",
    "brand": "harbor",
    "channel": "email",
    "purpose": "promotional",
    "offers": [{"name": "duvet", "category": "home/bedding/duvets"}],
}
EXEMPT = {
    Reason.NOT_RENDERED: "only rendering itself shows it; see tests/unit/rendering",
    Reason.CUSTOM: "built-in gates do not use it; see tests/test_custom_gate.py",
    Reason.GAVE_WAY: "a plan of several campaigns gives it, no gate does; see tests/doors/test_plan.py",
    Reason.PASSED: "not a reason against",
    Reason.EXEMPT: "not a reason against",
}
"""Reasons that no case has to show, and why."""


@dataclass(frozen=True)
class Case:
    """One person under the policy and campaign of the file."""

    sentence: str
    profile: Profile
    at: float
    written: Mapping[str, Any]

    @property
    def twice(self) -> bool:
        """Whether the person stands in the audience twice; the second row is expected."""
        return bool(self.written.get("twice"))

    @property
    def own_time(self) -> bool:
        """Whether the audience gives the decision time."""
        return "at" in self.written


@dataclass(frozen=True)
class Deck:
    """One file: a policy, a campaign, and people under them."""

    path: Path
    now: float
    document: Mapping[str, Any]
    cases: Sequence[Case]

    @property
    def own_times(self) -> bool:
        """Whether the audience gives decision times."""
        return any(case.own_time for case in self.cases)

    @property
    def names(self) -> set[str]:
        """The attributes that anybody has."""
        return {name for case in self.cases if case.profile.known for name in case.profile.attributes}

    @property
    def audience(self) -> Sequence[tuple[Case, bool]]:
        """Everybody, and whether the person has been there before."""
        return [(case, earlier) for case in self.cases for earlier in ([False, True] if case.twice else [False])]

    @property
    def shares(self) -> object:
        """Decks that have the same can be read from the same files; one that names its people has its own.

        Where a deck knows addresses only, so do its files: no gate may need a column that a family does not have.
        """
        named = any("person" in (case.written.get("person") or {}) for case in self.cases)
        return (self.now, self.own_times, self.names <= {"email"}, self.path if named else "")


def _moment(written: object, now: float) -> float:
    """Read an ISO time, ``now``, or a distance from it such as ``-7d+1s``."""
    text = str(written)  # YAML has read an ISO time already
    if text == "now":
        return now
    steps = re.findall(r"([+-])(\d+(?:\.\d+)?[smhdw])", text)
    if "".join(map("".join, steps)) != text:
        return parse_time(text)
    return now + sum(parse_duration(step) * (1 if sign == "+" else -1) for sign, step in steps)


def _event(line: str, now: float) -> Event:
    at, kind, *pairs = line.split()
    fields: dict[str, Any] = dict(pair.split("=", 1) for pair in pairs)
    numbers = {name: float(fields.pop(name)) for name in ("price", "discount") if name in fields}
    return Event(kind, _moment(at, now), **fields, **numbers)


def _case(usual: str, sentence: str, written: Mapping[str, Any], now: float) -> Case:
    attributes = {"email": f"{usual}@example.com"} | (written.get("person") or {})
    person = str(attributes.pop("person", usual))
    known = {name: str(value) for name, value in attributes.items() if value != ""}
    events = [_event(line, now) for line in written.get("events", ())]
    profile = Profile.of(person, {} if written.get("unknown") else known, events)
    at = _moment(written.get("at", "now"), now)
    return Case(sentence, replace(profile, known=not written.get("unknown")), at, written)


@cache
def _deck(path: Path) -> Deck:
    document = yaml.safe_load(path.read_text("utf-8"))
    document["campaign"] = CAMPAIGN | document.get("campaign", {})
    now = parse_time(str(document.get("now", NOW)))
    usual = f"{path.parent.name}-{path.stem}"
    cases = [_case(f"{usual}-{number}", *item, now) for number, item in enumerate(document["cases"].items(), start=1)]
    return Deck(path, now, document, cases)


@pytest.fixture(scope="session")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give the plan of a deck, read from YAML files as a user writes them."""
    folder = tmp_path_factory.mktemp("cases")

    @cache
    def plan(path: Path) -> Plan:
        document = _deck(path).document
        off = {} if document.get("others") == "defaults" else {gate.name: {"mode": "off"} for gate in BUILT_IN}
        policy = {"family": FAMILY | document.get("family", {}), "gates": off | (document.get("gates") or {})}
        campaign = dict(document["campaign"])
        required = [offer.get("requires", ()) for offer in campaign["offers"]]
        campaign["offers"] = [{k: v for k, v in offer.items() if k != "requires"} for offer in campaign["offers"]]
        for name, content in (("sendgate", policy), ("campaign", campaign)):
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        read = load_policy(folder / "sendgate.yaml")
        made = load_campaign(folder / "campaign.yaml", read)
        offers = zip(made.offers, required, strict=True)
        return Plan(read, replace(made, offers=tuple(replace(offer, requires=tuple(needs)) for offer, needs in offers)))

    return plan


@pytest.fixture(scope="session")
def deciders(plans: Any) -> Any:
    """Give what decides by the plan of a deck: it keeps nothing between cases."""
    return cache(lambda path: Decider(plans(path)))


FILES = sorted(CASES.glob("*/*.yaml"))


def _each_case() -> list[Any]:
    return [
        pytest.param(path, case, id=f"{path.parent.name}/{path.stem}: {case.sentence}")
        for path in FILES
        for case in _deck(path).cases
    ]


@pytest.mark.parametrize(("path", "case"), _each_case())
def test_a_person_is_decided_as_written(path: Path, case: Case, deciders: Any) -> None:
    """One person gets the outcome, the reason and whatever else the case names."""
    decision = deciders(path)(case.profile, case.at, earlier=case.twice)
    written = case.written
    assert f"{decision.outcome} {decision.reason}".removesuffix(" passed") == written["expect"], decision.detail
    assert decision.gate == decision.reason.partition(".")[0].removesuffix("passed")
    _check(decision, written, _deck(path).now)
    if {"passes", "finds"} & written.keys():
        _check_finding(path.parent.name, decision, written, _deck(path).now)


def _check(decision: Decision, written: Mapping[str, Any], now: float) -> None:
    """Check what a case names beside the outcome; the end of a deferral must be named."""
    until = written.get("until")
    assert iso(decision.until) == ("" if until in {None, "open"} else iso(_moment(until, now)))
    assert decision.deferred == (until is not None)
    assert decision.detail == written.get("detail", decision.detail)
    assert decision.offer == written.get("offer", decision.offer)
    assert ";".join(decision.blocked_by) == written.get("blocked_by", decision.gate)
    assert decision.relevance == pytest.approx(written.get("relevance", decision.relevance))
    assert decision.unsubscribe_risk == pytest.approx(written.get("risk", decision.unsubscribe_risk), abs=5e-6)
    observed = [f.gate for f in decision.findings if f.blocks and f.mode is Mode.OBSERVE]
    assert ";".join(dict.fromkeys(observed)) == written.get("observed_by", "")


def _check_finding(gate: str, decision: Decision, written: Mapping[str, Any], now: float) -> None:
    """Check what a case says of a gate: about the person, or about the offer that the decision speaks of."""
    found = [f for f in decision.findings if f.gate == gate and f.offer in {"", decision.offer}]
    (finding,) = [f for f in found if f.reason is not Reason.EXEMPT]
    if "passes" in written:
        assert (finding.blocks, finding.detail) == (False, written["passes"])
    if "finds" in written:
        assert [finding.observed, finding.limit] == [_found(value, now) for value in written["finds"]]


def _found(written: object, now: float) -> object:
    """Read a value or a limit: a text or number as it is, ``never``, or a time by its distance."""
    if written == "never":
        return NEVER
    return _moment(written, now) if re.fullmatch(r"[+-]\d+\w.*", str(written)) else written


@dataclass(frozen=True)
class Sitting:
    """Decks that were read from the same files, and whose facts were computed at once: that is what costs."""

    run: Run
    facts: nw.LazyFrame[Any]
    """The facts that any of the decks asks for."""
    first: Mapping[Path, int]
    """The row at which each deck begins."""

    def decided(self, deck: Deck, plan: Plan) -> list[dict[str, Any]]:
        """Decide about everybody of one deck, by the facts that its own plan asks for."""
        first = self.first[deck.path]
        rows = self.facts.filter(nw.col("row").is_between(first, first + len(deck.audience) - 1))
        facts = rows.select("row", "person", "known", *sorted({fact.key for fact in plan.facts}))
        told = (*COLUMNS, "observed_by")
        decisions = decide_all(facts, plan, self.run.engine).select("row", *told)
        return [dict(zip(told, row[1:], strict=True)) for row in sorted(self.run.engine.fetch(decisions))]


@pytest.fixture(scope="session")
def sitting(plans: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Deck], Sitting]]:
    """Give the sitting in which a deck is decided."""
    with ExitStack() as stack:

        @cache
        def opened(shared: object) -> Sitting:
            decks = [deck for deck in map(_deck, FILES) if deck.shares == shared]
            folder = tmp_path_factory.mktemp("sitting")
            _write_files(decks, folder)
            files = {"people": [folder / "people.csv"], "events": [folder / "events.csv"]}
            run = stack.enter_context(open_run(now=decks[0].now, audience=folder / "audience.csv", **files))
            asked = frozenset().union(*(plans(deck.path).facts for deck in decks))
            facts = run.engine.keep(with_facts(run.tables, asked))
            ends = accumulate(len(deck.audience) for deck in decks)
            first = {deck.path: end - len(deck.audience) for deck, end in zip(decks, ends, strict=True)}
            return Sitting(run, facts, first)

        yield lambda deck: opened(deck.shares)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_tables_decide_the_same(path: Path, plans: Any, sitting: Callable[[Deck], Sitting]) -> None:
    """Everybody of a file, read from CSV files and decided together, is decided as each person is alone."""
    deck, plan = _deck(path), plans(path)
    decide = Decider(plan)
    expected = [_row(decide(case.profile, case.at, earlier=earlier)) for case, earlier in deck.audience]
    assert sitting(deck).decided(deck, plan) == expected
    known = [case for case in deck.cases if case.profile.known]
    profiles = sitting(deck).run.profiles([case.profile.person for case in known])
    alone = [_row(decide(case.profile, case.at)) for case in known]
    assert [_row(decide(profiles[case.profile.person], case.at)) for case in known] == alone


def _row(decision: Decision) -> dict[str, Any]:
    observed = [f.gate for f in decision.findings if f.blocks and f.mode is Mode.OBSERVE]
    values = {name: getattr(decision, name) for name in COLUMNS}
    texts = {"outcome": decision.outcome.value, "blocked_by": ";".join(decision.blocked_by)}
    return values | texts | {"observed_by": ";".join(dict.fromkeys(observed))}


def _write_files(decks: Sequence[Deck], folder: Path) -> None:
    names, own_times = sorted(set().union(*(deck.names for deck in decks))), decks[0].own_times
    cases = [case for deck in decks for case in deck.cases]
    people = [[case.profile.person, *(case.profile[name] for name in names)] for case in cases if case.profile.known]
    # As the cases have them, repeated ids and later events included.
    events = [
        [case.profile.person, *_cells(_event(line, deck.now))]
        for deck in decks
        for case in deck.cases
        for line in case.written.get("events", ())
    ]
    audience = [case for deck in decks for case, _ in deck.audience]
    listed = [[case.profile.person, *([iso(case.at)] if own_times else [])] for case in audience]
    for name, heading, rows in (
        ("people", ["person", *names], people),
        ("events", ["person", *Event._fields], events),
        ("audience", ["person", "at"] if own_times else ["person"], listed),
    ):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heading, *rows])


def _cells(event: Event) -> list[object]:
    written = event._asdict() | {"at": iso(event.at), "price": "" if event.price < 0 else event.price}
    return [written[name] for name in Event._fields]


def test_every_reason_has_a_case() -> None:
    """No reason code is without a case that tells its whole sentence, other than those exempt for a reason."""
    cases = [case.written for path in FILES for case in _deck(path).cases]
    shown = {case["expect"].partition(" ")[2] for case in cases if "detail" in case}
    missing = {reason.value for reason in Reason} - shown - set(EXEMPT)
    assert missing == set()


def test_every_gate_has_a_folder() -> None:
    """Each built-in gate has cases of its own, among them one that passes and one that blocks."""
    for gate in BUILT_IN:
        expectations = [c.written["expect"] for p in FILES if p.parent.name == gate.name for c in _deck(p).cases]
        assert "send" in expectations
        assert any(f" {gate.name}." in expectation for expectation in expectations)


def test_every_gate_says_what_it_finds() -> None:
    """Each has a case that tells its value and limit and the sentence where it passes, and one where it blocks."""
    for gate in BUILT_IN:
        cases = [case.written for path in FILES if path.parent.name == gate.name for case in _deck(path).cases]
        telling = [case for case in cases if "finds" in case]
        assert any("passes" in case for case in telling), gate.name
        assert any(f" {gate.name}." in case["expect"] for case in telling), gate.name
