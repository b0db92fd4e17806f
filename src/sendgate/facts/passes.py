"""Passes over the events: facts are gathered so that each pass reads only the events that it needs.

A pass gives a row for each subject that has such events. It is computed at once and kept: small tables of which the
engine knows the size are cheap to join.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import narwhals as nw

from sendgate.facts import kinds
from sendgate.facts.aggregates import aggregated
from sendgate.facts.conditions import SHARES
from sendgate.facts.engine import Engine
from sendgate.facts.kinds import Fact
from sendgate.facts.log import MESSAGE, SUBJECT, Excerpt, Log
from sendgate.facts.ranked import ranked, ranks
from sendgate.facts.readings import anchor_of, basis, reading_of, reads_events
from sendgate.facts.sharing import SHARING, shares
from sendgate.model.times import FOREVER

Frame = nw.LazyFrame[Any]

EVERYDAY = frozenset({"sent", "purchased", "delivered", "opened", "clicked", "viewed", "searched", "carted", "visited"})
"""Kinds of which there are many; they are not read to find the rare ones."""

MESSAGES = frozenset({MESSAGE})
"""They are counted as they are read; others are brought together first."""

T = TypeVar("T")


class Part(NamedTuple):
    """What a pass gave: ``subject``, and a column for each fact, null where there are no such events."""

    frame: Frame
    facts: Sequence[Fact]


@dataclass(frozen=True)
class Spare:
    """Events at hand of which nothing was computed yet, for facts that are asked for some subjects only."""

    excerpt: Excerpt
    facts: Sequence[Fact]

    def parts(self, subjects: Frame, engine: Engine) -> list[Part]:
        """Compute the facts of some subjects (a frame of ``subject``, each once)."""
        events = engine.beside(self.excerpt.events, [subjects], SUBJECT, shared=True)
        return list(_parts(replace(self.excerpt, events=events), self.facts, engine))


def at_leisure(fact: Fact) -> bool:
    """Tell whether a fact can be left for later: nothing else waits for it, and its events are brought together."""
    return reads_events(fact) and not (anchor_of(fact) or _is_rare(fact) or reading_of(fact).kinds & MESSAGES)


def passes(log: Log, facts: Iterable[Fact], engine: Engine) -> list[Part]:
    """Compute facts: who withdrew sharing first, then all but messages, then messages, also since what was found."""
    with passes_and_spare(log, facts, (), engine) as (parts, _):
        return parts


@contextmanager
def passes_and_spare(
    log: Log, facts: Iterable[Fact], later: Sequence[Fact], engine: Engine
) -> Iterator[tuple[list[Part], Spare | None]]:
    """Compute facts as ``passes`` does, and bring together the events of ``later`` facts (see ``at_leisure``).

    Those stay at hand while the ``with`` block lasts.
    """
    asked = dict.fromkeys(facts)
    anchors = {fact: anchor for fact in asked if (anchor := anchor_of(fact))}
    asked |= dict.fromkeys(anchors.values())
    last = [fact for fact in asked if fact in anchors or (_streams(fact) and fact not in anchors.values())]
    parts: list[Part] = []
    if any(isinstance(fact, kinds.Visible) for fact in (*asked, *later)):
        asked |= dict.fromkeys(SHARING.values())
        parts += _at_hand(log, [fact for fact in asked if _is_rare(fact) and fact not in last], engine)
        log = _knowing_who_shares(log, parts, engine)
    done = {fact for part in parts for fact in part.facts}
    rest = [fact for fact in asked if fact not in last and fact not in done]
    with ExitStack() as at_hand:
        spare: Spare | None = None
        for group in _alike([*rest, *later], _reads_messages):
            if not set(group) & set(later):
                parts += _at_hand(log, group, engine)
                continue
            spare = Spare(at_hand.enter_context(log.excerpt(group).at_hand(engine)), later)
            parts += _parts(spare.excerpt, [fact for fact in group if fact not in later], engine)
        if anchors:
            log = replace(log, subjects=engine.keep(joined(log.subjects, parts, anchors.values(), engine)))
        parts += _parts(log.excerpt(last), last, engine) if last else []
        yield parts, spare


def _knowing_who_shares(log: Log, parts: Iterable[Part], engine: Engine) -> Log:
    sharing = shares({name: nw.col(fact.key) for name, fact in SHARING.items()})
    told = joined(log.subjects, parts, SHARING.values(), engine).with_columns(**{SHARES: sharing})
    return replace(log, subjects=engine.keep(told))


def joined(rows: Frame, parts: Iterable[Part], facts: Iterable[Fact], engine: Engine) -> Frame:
    """Add some of the facts to rows that name a subject, with an explicit value where there are no such events."""
    wanted = set(facts)
    found = [(part.frame, here) for part in parts if (here := [fact for fact in part.facts if fact in wanted])]
    if not found:
        return rows
    tables = [frame.select(SUBJECT, *(fact.key for fact in here)) for frame, here in found]
    filled = {fact.key: nw.coalesce(nw.col(fact.key), nw.lit(basis(fact).empty)) for _, here in found for fact in here}
    return engine.beside(rows, tables, SUBJECT).with_columns(**filled)


def _at_hand(log: Log, facts: Sequence[Fact], engine: Engine) -> list[Part]:
    """Compute facts of an excerpt that is brought together first, because several passes read it."""
    with log.excerpt(facts).at_hand(engine) as excerpt:
        return list(_parts(excerpt, facts, engine))


def _parts(excerpt: Excerpt, facts: Iterable[Fact], engine: Engine) -> Iterator[Part]:
    for group in _alike(facts, _reads):
        yield Part(engine.keep((ranked if ranks(group[0]) else aggregated)(excerpt, group)), group)


def _reads_messages(fact: Fact) -> bool:
    return reading_of(fact).kinds == MESSAGES


def _streams(fact: Fact) -> bool:
    """Tell whether a fact is found in messages as they are read."""
    return _reads_messages(fact) and not ranks(fact)


def _is_rare(fact: Fact) -> bool:
    reading = reading_of(fact)
    return not (reading.sights or reading.kinds & EVERYDAY or any(events.inside for events in reading.selections))


def _reads(fact: Fact) -> Hashable:
    """Say what a fact reads. An aggregate costs for every row of its pass, also for those that it leaves out."""
    reading = reading_of(fact)
    if ranks(fact):
        return reading, getattr(basis(fact), "weights", ())
    if reading.kinds & MESSAGES or anchor_of(fact):
        return "messages"
    if isinstance(basis(fact), kinds.Distinct):
        return reading  # every row of a pass is looked up among the different values, also where it has none
    if reading.events.inside:
        return "goods"  # finding the goods costs more than the events before the windows
    if reading.kinds == {"purchased"}:
        return "purchased", reading.within < FOREVER
    return "everyday" if reading.kinds & EVERYDAY else "rare"


def _alike(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Gather items that have the same key, in order."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
