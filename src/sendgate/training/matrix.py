"""The facts of all messages as arrays: a row for each message, a column for each fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from sendgate.audience.sql import literal
from sendgate.facts.arithmetic import as_expression
from sendgate.facts.engine import PERSON, Tables
from sendgate.facts.kinds import Count, Events
from sendgate.facts.tables import with_facts
from sendgate.model.campaigns import Campaign, Channel, Family, Purpose
from sendgate.scores.catalogue import CATALOGUE, Asked
from sendgate.scores.score_fact import About
from sendgate.scores.scorecard import MISSING
from sendgate.training.grids import Codes, coded, grid_of
from sendgate.training.history import BOUGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sendgate.audience.run import Run
    from sendgate.training.history import Outcome

AT_ONCE = 1_000_000
"""Messages of which the facts are computed together: this bounds the memory."""


@dataclass(frozen=True)
class Part:
    """Messages that are asked about alike."""

    about: About
    where: str
    """The condition for a row of ``sends``."""


@dataclass(frozen=True)
class Matrix:
    """What was known of each message before it was sent, in order of time, and what came of it."""

    names: tuple[str, ...]
    codes: Codes
    """Rows by facts: the bin of the grid; 0 is unknown."""
    values: NDArray[np.float32]
    """The same as numbers, not a number where unknown: for models that make bins of their own."""
    at: NDArray[np.float64]
    person: NDArray[np.int64]
    """A number for each person."""
    result: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def within(self, rows: NDArray[Any] | slice) -> Matrix:
        """Give some of the rows."""
        return Matrix(
            self.names, self.codes[rows], self.values[rows], self.at[rows], self.person[rows], self.result[rows]
        )


def by_brand(run: Run, family: Family) -> list[Part]:
    """Ask about people: once for each brand that wrote."""
    brands = [brand for (brand,) in run.engine.rows("select distinct brand from sends order by brand")]
    campaign = Campaign("", "", Channel.EMAIL, Purpose.PROMOTIONAL, ())
    return [Part(About(family, _of_brand(campaign, brand)), f"brand = {literal(brand)}") for brand in brands]


def _of_brand(campaign: Campaign, brand: str) -> Campaign:
    return Campaign(campaign.name, brand, campaign.channel, campaign.purpose, campaign.offers)


def by_campaign(family: Family, campaigns: Iterable[Campaign]) -> list[Part]:
    """Ask about offers: those of each campaign, told apart by the creative of the message where there are several."""
    return [part for campaign in campaigns for part in _offers(family, campaign)]


def without_file(run: Run, campaigns: Iterable[Campaign]) -> dict[str, int]:
    """Count the messages of campaigns that are not among these, most first; under "" those that name none."""
    known = {campaign.name for campaign in campaigns}
    rows = run.engine.rows("select campaign, count(*) as n from sends group by campaign order by n desc, campaign")
    return {name: int(count) for name, count in rows if name not in known}


def _offers(family: Family, campaign: Campaign) -> Iterator[Part]:
    of_campaign = f"campaign = {literal(campaign.name)}"
    if len(campaign.offers) == 1:
        yield Part(About(family, campaign, campaign.offers[0]), of_campaign)
        return
    creatives = [offer.creative for offer in campaign.offers]
    for offer in campaign.offers:
        if offer.creative and creatives.count(offer.creative) == 1:
            yield Part(About(family, campaign, offer), f"{of_campaign} and creative = {literal(offer.creative)}")


def matrix_of(
    run: Run,
    outcome: Outcome,
    parts: Sequence[Part],
    names: Sequence[str],
    progress: Callable[[str], None],
) -> Matrix:
    """Compute the facts of all messages. Those that belong to no part are left out."""
    pieces = []
    for number, part in enumerate(parts, start=1):
        rows = int(run.engine.rows(f"select count(*) from sends where {part.where}")[0][0])
        for start in range(0, rows, AT_ONCE):
            progress(f"facts of messages: part {number} of {len(parts)}, {min(start + AT_ONCE, rows):,} of {rows:,}")
            pieces.append(_piece(run, outcome, part, names, start))
    return _matrix(names, pieces)


def _matrix(names: Sequence[str], pieces: Sequence[dict[str, NDArray[Any]]]) -> Matrix:
    def column(name: str, kind: Any) -> NDArray[Any]:
        return np.concatenate([piece[name] for piece in pieces]).astype(kind) if pieces else np.empty(0, kind)

    row = column("row", np.int64)
    order = np.argsort(row, kind="stable")
    codes = np.empty((len(row), len(names)), np.uint8)
    values = np.empty((len(row), len(names)), np.float32)
    for place, name in enumerate(names):
        exact = column(name, np.float64)[order]
        codes[:, place] = coded(exact, grid_of(CATALOGUE[name]))
        values[:, place] = np.where(exact < MISSING, np.nan, exact)
        for piece in pieces:
            del piece[name]  # a column less in memory
    return Matrix(
        tuple(names), codes, values, column("at", np.float64)[order], column("number", np.int64)[order],
        column("result", np.bool_)[order],
    )  # fmt: skip


def _piece(run: Run, outcome: Outcome, part: Part, names: Sequence[str], start: int) -> dict[str, NDArray[Any]]:
    """Compute the facts of some messages; people stay together, so that each history is read as seldom as possible."""
    engine = run.engine.scratch()
    engine.run(
        'create or replace temp table piece as select s."row", s.person, s."at", 0.0::double as earlier, true as known,'
        f" coalesce(p.timezone, '') as \"{PERSON}timezone\", hash(s.person)::hugeint % 9007199254740881 as number,"
        ' (r."row" is not null) as result from (select *, row_number() over (order by person, "row") as n from sends'
        f' where {part.where}) s left join people p using (person) left join results r on r."row" = s."row"'
        f" where n > {start} and n <= {start + AT_ONCE}"
    )
    rows, events = engine.query("from piece"), engine.query("from events")
    asked = Asked.about(names, part.about)
    facts = with_facts(Tables(engine, rows, events, None), asked.facts.values())
    values = asked.values({name: nw.col(fact.key) for name, fact in asked.facts.items()})
    told = facts.select("row", **{name: as_expression(value) for name, value in values.items()})
    found = dict(engine.arrays(told.join(rows.select("row", "at", "number", "result"), on="row", how="left")))
    if BOUGHT in outcome.kinds:
        found["result"] |= _bought(engine, outcome, part, found["row"])
    engine.clear()
    return found


def _bought(engine: Any, outcome: Outcome, part: Part, order: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell who bought something of the offer within the window: a fact, at the end of the window."""
    bought = part.about.seen(Count(Events((BOUGHT,), inside=part.about.offer.assortment), outcome.window))
    rows = engine.query("from piece").with_columns(at=nw.col("at") + (outcome.window + 1.0))
    facts = with_facts(Tables(engine, rows, engine.query("from events"), None), [bought])
    found = engine.arrays(facts.select("row", bought=nw.col(bought.key)))
    return np.asarray(found["bought"][np.argsort(found["row"])] > 0)[np.argsort(np.argsort(order))]
