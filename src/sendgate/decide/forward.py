"""A calendar, forward in time: each message is decided when it is due, and sees what was sent before.

The facts of a campaign at its own time are counted once, from the events; what the calendar sends is added to them
(see ``facts.after``). A message that waits is decided again when it is due, if that is within the horizon, on facts
counted for that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw

from sendgate.decide import courses
from sendgate.decide.calendar import GATE, Calendar, gave_way
from sendgate.decide.courses import COURSE, with_next
from sendgate.decide.tables import COLUMNS, OBSERVED_BY
from sendgate.decide.weighing import LEAN, lean, weighed
from sendgate.facts.arithmetic import as_expression, not_, when
from sendgate.facts.engine import Engine, Tables
from sendgate.facts.kinds import Now
from sendgate.facts.sentence import said
from sendgate.facts.tables import with_facts
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER

Frame = nw.LazyFrame[Any]

RECORD = (*COLUMNS, OBSERVED_BY, "at", "choice", "worth", "ceiling")
"""What is told of each message in the end; ``at`` is when it was decided for the last time."""

Base = Callable[[int, Engine], Frame]
"""Gives the facts of a campaign at its own time, without the calendar, a row for each person; the engine may keep
frames for it."""


@dataclass(frozen=True)
class Scene:
    """Whom a calendar is for, and what is known of them."""

    calendar: Calendar
    audiences: Sequence[Frame]
    """For each entry the rows of ``facts.engine.Tables``, each person once."""
    events: Frame
    engine: Engine

    def only(self, people: Frame) -> Scene:
        """Narrow it to some people (``person``), whose events are read once."""
        events = self.engine.keep(self.events.join(people, on="person", how="semi"))
        rows = [self.engine.keep(rows.join(people, on="person", how="semi")) for rows in self.audiences]
        return replace(self, audiences=rows, events=events)

    def base(self, i: int, engine: Engine) -> Frame:
        """Count the facts of a campaign at its own time."""
        entry = self.calendar.entries[i]
        rows = self.audiences[i].with_columns(at=nw.lit(entry.at))
        tables = Tables(engine, rows, self.events, entry.at)
        return with_facts(tables, self.calendar.needs(entry)).drop("row")

    def later(self, acting: Frame, places: Sequence[int], engine: Engine) -> Frame:
        """Count the facts of some campaigns for people at times of their own (``person``, ``now``, ``which``).

        All at once: building a query costs more than counting for a few people.
        """
        moments = acting.select("person", "which", at=nw.col("now")).unique()
        rows = _together(
            self.audiences[i].drop("at").join(moments.filter(nw.col("which") == i), on="person", how="inner")
            for i in places
        )
        rows = engine.keep(rows.drop("which").unique(subset=["person", "at"]))
        events = engine.keep(self.events.join(rows.select("person").unique(), on="person", how="semi"))
        needs = frozenset().union(*(self.calendar.needs(self.calendar.entries[i]) for i in places))
        facts = with_facts(Tables(engine, rows, events, None), [*needs, Now()])
        return engine.keep(facts.with_columns(now=nw.col(Now().key)).drop("row"))


class Forward:
    """Takes courses through a calendar. ``branch`` makes more of those that decide a message."""

    def __init__(self, scene: Scene, base: Base, branch: Callable[[Frame], Frame] | None = None) -> None:
        self._scene = scene
        self._calendar = scene.calendar
        self._base = base
        self._branch = branch
        self._shelf = scene.engine.scratch()
        self.records: list[list[Frame]] = [[] for _ in scene.calendar.entries]
        """For each entry the messages that were decided in the end; none with branches, where nobody would look."""
        self.alone: dict[int, int] = {}
        """For each entry how many messages it would send at its time if it were the only one."""
        self.ceilings: dict[int, Frame] = {}
        """For each entry, by course, the most that the message may be worth; see ``weighing``."""

    def run(self, begun: Frame) -> Frame:
        """Take courses to the horizon. The frame that is given lives as long as the engine of the scene."""
        courses_ = begun
        for i, entry in enumerate(self._calendar.entries):
            before = (nw.col("now") < entry.at) | ((nw.col("now") == entry.at) & (nw.col("which") < i))
            courses_ = self._wait(courses_, before)
            courses_ = self._wave(courses_, (nw.col("now") == entry.at) & (nw.col("which") == i), i)
        ended = self._scene.engine.keep(self._wait(courses_, nw.col("now") <= self._calendar.until))
        self._shelf.clear()
        return ended

    def _wait(self, courses_: Frame, due: nw.Expr) -> Frame:
        """Decide about what has waited, until nothing is due."""
        while self._which(courses_, due):
            courses_ = self._wave(courses_, due, None)
        return courses_

    def _which(self, courses_: Frame, due: nw.Expr) -> list[int]:
        acting = with_next(self._calendar, courses_).filter(due & (nw.col("now") <= self._calendar.until))
        found = self._scene.engine.fetch(acting.select("which").unique())
        return sorted(int(which) for (which,) in found)

    def _wave(self, courses_: Frame, due: nw.Expr, only: int | None) -> Frame:
        """Decide the next message of every course in which it is due; the others stay where they are."""
        engine, scratch = self._scene.engine, self._scene.engine.scratch()
        ahead = with_next(self._calendar, courses_)
        acting = scratch.keep(ahead.filter(due))
        places = [only] if only is not None else self._which(acting, due)
        later = None if only is not None else self._scene.later(acting, places, scratch)
        decided = [self._decided(i, acting.filter(nw.col("which") == i), later, scratch) for i in places]
        answers = _together(frame.select(*LEAN) for frame in decided)
        moved = acting.join(answers, left_on=COURSE, right_on="row", how="inner")
        if self._branch is None:
            self._remember(acting, dict(zip(places, decided, strict=True)), only)
        shelf = engine.scratch()
        resting = ahead.filter(not_(due)).select(*courses.columns(self._calendar))
        gone = [courses.gone_on(self._calendar, moved)]
        gone += [courses.given_way(self._calendar, moved)] if self._branch else []
        everything = _together([resting, *gone])
        result = shelf.keep(self._branch(everything) if self._branch else everything)
        scratch.clear()
        self._shelf.clear()
        self._shelf = shelf
        return result

    def _remember(self, acting: Frame, decided: Mapping[int, Frame], only: int | None) -> None:
        """Keep what was decided and, of a campaign at its own time, what its messages may be worth."""
        keep = self._scene.engine.keep
        for i, frame in decided.items():
            self.records[i].append(keep(self._recorded(acting, frame)))
        if only is not None:
            self.ceilings[only] = keep(decided[only].select("ceiling", course=nw.col("row")))

    def _decided(self, i: int, acting: Frame, later: Frame | None, scratch: Engine) -> Frame:
        """Decide the message of one campaign in some courses; ``later``: the facts where it is not at its own time."""
        calendar = self._calendar
        entry = calendar.entries[i]
        sends = [f"{kind}{k}" for kind in ("sent", "offer") for k in range(len(calendar.entries))]
        acting = acting.select("person", "now", *sends, row=nw.col(COURSE))
        if later is None:
            known = scratch.keep(acting.join(self._base(i, scratch), on="person", how="inner"))
        else:
            known = acting.join(later, on=["person", "now"], how="inner")
        if self._branch is None and later is None:
            self.alone[i] = self._sent(lean(known, calendar, entry, scratch))
        facts = calendar.sends.applied(known, entry.plan.facts)
        return scratch.keep((weighed if self._branch is None else lean)(facts, calendar, entry, scratch))

    def _sent(self, decided: Frame) -> int:
        sent = decided.filter(nw.col("outcome") == Outcome.SEND.value)
        ((rows,),) = self._scene.engine.fetch(sent.select(rows=nw.len()))
        return int(rows)

    def _recorded(self, acting: Frame, decided: Frame) -> Frame:
        """Tell what became of messages, other than those that are decided again."""
        calendar = self._calendar
        moments = acting.select("which", "now", *(f"way{i}" for i in range(len(calendar.entries))), row=nw.col(COURSE))
        frame = decided.join(moments, on="row", how="inner")
        frame = frame.filter(not_(courses.waits_again(calendar))).with_columns(_way=courses.gives_way(calendar))
        way = nw.col("_way")
        told = {
            "outcome": Outcome.DROP.value,
            "gate": GATE,
            "reason": Reason.GAVE_WAY.value,
            "detail": said(gave_way(nw.col("worth"))),
            "until": NEVER,
            "blocked_by": GATE,
        }
        over = {name: as_expression(when(way, value, nw.col(name))) for name, value in told.items()}
        return frame.with_columns(**over, at=nw.col("now")).select(*RECORD)


def _together(frames: Iterable[Frame]) -> Frame:
    several = list(frames)
    return nw.concat(several, how="vertical") if len(several) > 1 else several[0]
