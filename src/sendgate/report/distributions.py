"""What a report draws: scores, messages a week, waiting, and who the recipients are; three queries for everybody.

The answers are counts by outcome, so that a page can show who is sent to and who is not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

import narwhals as nw

from sendgate.facts.arithmetic import Value, as_expression, floor, when
from sendgate.facts.kinds import Attribute, Count, Events, Fact, Facts, Latest, Now
from sendgate.facts.sharing import SHARING, shares
from sendgate.gates.frequency import Frequency, Within
from sendgate.gates.unsubscribe_risk import UnsubscribeRisk
from sendgate.model.campaigns import Campaign, Family
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.settings import seconds
from sendgate.model.times import DAY, FOREVER, HOUR, LATEST, NEVER
from sendgate.policy.policy import Policy
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.score_fact import About

if TYPE_CHECKING:
    from sendgate.decide.plan import Plan
    from sendgate.facts.engine import Engine
    from sendgate.gate import Gate

Frame = nw.LazyFrame[Any]
Counts = Mapping[Outcome, int]

MOST_MESSAGES = 12
"""Who had more in a week is counted with those who had so many, or as many as the family's cap allows."""
USUAL_LIMIT = 3
"""Messages a week that a page takes for many, where no cap says so."""
NO_RISK_LIMIT = 0.01
"""Where the bins of the risk are laid, if the policy sets no limit."""
TENURES = ((7, "less than a week"), (30, "a week to a month"), (90, "1 to 3 months"), (365, "3 to 12 months"))
"""Steps of the risk's scorecard, in days, with their names."""
QUARTER = HOUR // 4
"""Seconds; clocks of the world differ by whole quarters of an hour, and not by whole hours."""
LONGEST, NEVER_JOINED = "a year or more", "never subscribed"
NO_BRAND, NO_TIER = "no brand that this one knows of", "no tier"


@dataclass(frozen=True)
class Bin:
    """Rows with a score between two bounds; the lowest may begin at 0, and the highest have no end."""

    low: float
    high: float
    counts: Counts


@dataclass(frozen=True)
class Scores:
    """How a score is distributed, in bins that grow by a constant factor and of which none crosses the threshold."""

    threshold: float | None
    """None: no gate reads it."""
    observed: bool
    """The gate that reads it observes only."""
    nothing: Counts
    """Rows with a score of 0, or none."""
    bins: Sequence[Bin]
    weighed: bool = False
    """It is weighed against what offers may bring."""


@dataclass(frozen=True)
class Distributions:
    """What a report draws beside the summary."""

    relevance: Scores
    risk: Scores
    messages: Mapping[int, Counts]
    """Rows by how many messages of the family they had in the 7 days before."""
    waiting: Mapping[int, int]
    """Deferred rows by the quarter of an hour (since the epoch) in which they become free."""
    open_ended: int
    """Deferred rows of which nobody knows when they become free."""
    brands: Mapping[str, Counts]
    """Rows by the brand of the latest purchase, as far as the campaign's brand may see it."""
    tiers: Mapping[str, Counts]
    tenures: Mapping[str, Counts]
    """Rows by the time since they first subscribed."""


def facts(campaign: Campaign, family: Family) -> Facts:
    """Declare what is needed beside the facts that decide."""
    bought = {f"bought {key}": Latest(Events(("purchased",), brands=(key,))) for key in _seen(campaign, family)}
    week: dict[str, Fact] = {"week": Count(Events(("sent",), not_purposes=("transactional",)), 7 * DAY)}
    return week | bought | {"tier": Attribute("tier"), "now": Now(), "joined": _joined(campaign, family), **SHARING}


def distributions(engine: Engine, decided: Frame, known: Frame, plan: Plan) -> Distributions:
    """Count decided rows (see ``decide.tables``) with the facts that ``facts`` declares."""
    scored, people = _scored(engine, decided, plan), _people(engine, decided, known, plan)
    waiting = _quarters(engine, decided)
    family = plan.policy.family
    names = {key: brand.name or key for key, brand in family.brands.items()}
    tenures = [name for _, name in TENURES]
    return Distributions(
        relevance=_scores(_RELEVANCE, plan, scored, 1),
        risk=_scores(_RISK, plan, scored, 2),
        messages=_by(people, 1, sorted({cell[1] for cell in people})),
        waiting={int(quarter): rows for quarter, rows in sorted(waiting.items()) if quarter > 0},
        open_ended=waiting.get(-1, 0),
        brands={names.get(key, NO_BRAND): counts for key, counts in _by(people, 4, [*names, ""]).items()},
        tiers=_by(people, 3, [*family.tiers, NO_TIER]),
        tenures=_by(people, 2, [*tenures, LONGEST, NEVER_JOINED]),
    )


Cells = Sequence[tuple[Any, ...]]
"""Rows of a grouped query: an outcome, what is grouped by, and how many."""


def _by(cells: Cells, column: int, order: Iterable[Any]) -> dict[Any, Counts]:
    """Add up the cells by one column."""
    found: defaultdict[Any, Counter[Outcome]] = defaultdict(Counter)
    for cell in cells:
        found[cell[column]][Outcome(cell[0])] += cell[-1]
    return {name: dict(found[name]) for name in order if name in found}


# Scores -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scale:
    """Bins of a score: so many to a doubling, so many below and above the threshold."""

    gate: Callable[[Plan], Gate]
    limit: Callable[[Plan], float | None]
    otherwise: float
    steps: int
    below: int
    above: int
    upward: bool
    """The threshold itself belongs to the bin above it."""

    def base(self, plan: Plan) -> float:
        """Give the bound at which a bin begins in any case."""
        return self.limit(plan) or self.otherwise

    def place(self, score: nw.Expr, plan: Plan) -> nw.Expr:
        """Number the bins: 0 begins at the threshold; ``_NOTHING`` is a score of 0."""
        place = as_expression(when(score > 0, score, 1.0) / self.base(plan)).log(2) * self.steps
        place = place.floor() if self.upward else place.ceil() - 1
        return as_expression(when(score > 0, place.clip(-self.below, self.above - 1), _NOTHING)).cast(nw.Int64)

    def bound(self, place: int, plan: Plan) -> float:
        """Give the lower bound of a bin."""
        return float(self.base(plan) * 2 ** (place / self.steps))

    def bin(self, place: int, plan: Plan, counts: Counts) -> Bin:
        """Give a bin; the outermost ones hold whatever lies beyond."""
        low = 0.0 if place == -self.below else self.bound(place, plan)
        return Bin(low, inf if place == self.above - 1 else self.bound(place + 1, plan), counts)


_NOTHING = -999
_RELEVANCE = _Scale(lambda plan: plan.relevance, lambda plan: plan.relevance.at_least, 1.0, 2, 8, 12, upward=True)
_RISK = _Scale(lambda plan: plan.risk, lambda plan: plan.risk.at_most, NO_RISK_LIMIT, 4, 14, 10, upward=False)


def _scored(engine: Engine, decided: Frame, plan: Plan) -> Cells:
    places = {
        "_relevance": _RELEVANCE.place(nw.col("relevance"), plan),
        "_risk": _RISK.place(nw.col("unsubscribe_risk"), plan),
    }
    frame = decided.select("outcome", **places).group_by("outcome", *places).agg(rows=nw.len())
    return engine.fetch(frame.select("outcome", *places, "rows"))


def _scores(scale: _Scale, plan: Plan, cells: Cells, column: int) -> Scores:
    gate, limit = scale.gate(plan), scale.limit(plan)
    read = bool(limit) and any(gate.name == asked.name for asked in plan.gates)
    every = range(-scale.below, scale.above)
    found = _by(cells, column, [_NOTHING, *every])
    held = [place for place in every if place in found] + ([-1, 0] if read else [])
    bins = range(min(held), max(held) + 1) if held else range(0)
    return Scores(
        limit if read else None,
        gate.mode is Mode.OBSERVE,
        found.get(_NOTHING, {}),
        [scale.bin(place, plan, found.get(place, {})) for place in bins],
        weighed=isinstance(gate, UnsubscribeRisk) and gate.permission_value is not None and gate in plan.gates,
    )


# People -----------------------------------------------------------------------------------------------------------


def _seen(campaign: Campaign, family: Family) -> list[str]:
    """List the brands of whose customers the campaign's brand may know."""
    return [key for key, brand in family.brands.items() if brand.shares_profile or key == campaign.brand]


def _joined(campaign: Campaign, family: Family) -> Fact:
    return CATALOGUE["tenure"].facts(About(family, campaign))["joined"]


def weekly_limit(policy: Policy) -> int:
    """Give the family's cap for a week, or what is usual."""
    gates = [gate for gate in policy.active if isinstance(gate, Frequency)]
    caps = (cap for gate in gates for cap in gate.caps if cap.within is Within.FAMILY and seconds(cap.per) == 7 * DAY)
    return min((cap.limit for cap in caps), default=USUAL_LIMIT)


def _people(engine: Engine, decided: Frame, known: Frame, plan: Plan) -> Cells:
    """Group by outcome, messages, tenure, tier and brand at once: the page adds up what it shows."""
    campaign, family = plan.campaign, plan.policy.family
    keys = {name: fact.key for name, fact in facts(campaign, family).items()}
    columns = {name: nw.col(key) for name, key in keys.items()}
    sharing = shares(columns)
    groups = {
        "_week": as_expression(columns["week"]).clip(0, max(MOST_MESSAGES, weekly_limit(plan.policy))).cast(nw.Int64),
        "_tenure": _tenure((columns["now"] - columns["joined"]) / DAY, columns["joined"]),
        "_tier": as_expression(when(sharing, _tier(columns["tier"], family), NO_TIER)),
        "_brand": _latest(columns, sharing, campaign, family),
    }
    frame = known.select("row", **groups).join(decided.select("row", "outcome"), on="row", how="inner")
    counted = frame.group_by("outcome", *groups).agg(rows=nw.len())
    return engine.fetch(counted.select("outcome", *groups, "rows"))


def _tenure(days: Value, joined: Value) -> nw.Expr:
    named: Value = LONGEST
    for bound, name in reversed(TENURES):
        named = when(days < bound, name, named)
    return as_expression(when(joined == FOREVER, NEVER_JOINED, named))


def _tier(tier: Value, family: Family) -> Value:
    """Take a tier that the family does not have for none."""
    return when(tier.is_in(list(family.tiers)), tier, NO_TIER) if family.tiers else NO_TIER


def _latest(columns: Mapping[str, Value], sharing: Value, campaign: Campaign, family: Family) -> nw.Expr:
    """Find the brand of the latest purchase; of a person who withdrew sharing only the campaign's own counts."""
    latest: Value = NEVER
    named: Value = ""
    for key in _seen(campaign, family):
        own = columns[f"bought {key}"]
        bought = own if key == campaign.brand else when(sharing, own, NEVER)
        named = when(bought > latest, key, named)
        latest = when(bought > latest, bought, latest)
    return as_expression(named)


def _quarters(engine: Engine, decided: Frame) -> dict[int, int]:
    """Count deferred rows by the quarter of an hour in which they become free; -1: nobody knows."""
    until = nw.col("until")
    quarter = as_expression(when(until < LATEST, floor(until / QUARTER), -1.0)).cast(nw.Int64)
    frame = decided.filter(nw.col("outcome") == Outcome.DEFER.value).select(_quarter=quarter)
    return dict(engine.fetch(frame.group_by("_quarter").agg(rows=nw.len()).select("_quarter", "rows")))
