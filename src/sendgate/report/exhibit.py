"""Everything that a report shows beside the summary, gathered while the tables are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw

from sendgate.facts.kinds import EarlierInAudience, Fact, Now
from sendgate.pipeline.composing import Composer
from sendgate.report.distributions import Distributions, distributions, facts
from sendgate.report.people import Explained, Moment, explained
from sendgate.report.previews import Preview, previews
from sendgate.report.sampling import Decided

if TYPE_CHECKING:
    from sendgate.decide.plan import Plan
    from sendgate.facts.engine import Engine
    from sendgate.model.people import Profile

SAMPLE = 400
"""Recipients of whom a page can say everything."""


@dataclass(frozen=True)
class Exhibit:
    """What a report shows beside the summary."""

    distributions: Distributions
    people: Sequence[Explained]
    """Different ones first."""
    previews: Sequence[Preview]


def facts_for(plan: Plan) -> frozenset[Fact]:
    """Give the facts that an exhibit needs; most of them are there because of the decisions."""
    return frozenset(facts(plan.campaign, plan.policy.family).values())


def exhibit(  # noqa: PLR0913, PLR0917  what was decided, from what, and whom to look at closely
    engine: Engine,
    decided: nw.LazyFrame[Any],
    known: nw.LazyFrame[Any],
    composer: Composer,
    plan: Plan,
    sample: Sequence[Decided],
    profiles: Mapping[str, Profile],
    *,
    addresses: bool,
) -> Exhibit:
    """Count everybody, and explain and render a sample; ``known`` holds the facts of the plan and of ``facts_for``.

    Unless ``addresses``, messages are rendered without the address of their recipient.
    """
    people = explained(plan, sample, profiles, _moments(engine, known, plan, [one.row for one in sample]))
    return Exhibit(
        distributions(engine, decided, known, plan), people, previews(plan, composer, people, addresses=addresses)
    )


def _moments(engine: Engine, known: nw.LazyFrame[Any], plan: Plan, rows: Sequence[int]) -> dict[int, Moment]:
    earlier = EarlierInAudience()
    again = nw.col(earlier.key) > 0 if earlier in plan.facts else nw.lit(value=False)
    frame = known.filter(nw.col("row").is_in(rows)).select("row", nw.col(Now().key), _again=again) if rows else None
    return {row: Moment(at, again) for row, at, again in engine.fetch(frame)} if frame is not None else {}
