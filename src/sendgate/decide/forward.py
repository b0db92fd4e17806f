"""A calendar, forward in time: each message is decided when it is due, and sees what was sent before.

In each wave every course decides the message that is due next, whichever that is. Building a query takes longer than
computing it for few people: so what is asked in every wave is built once, over places (see ``Engine.put``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import narwhals as nw

from sendgate.decide import courses
from sendgate.decide.courses import COURSE, is_due, with_next
from sendgate.decide.later import Later
from sendgate.decide.scene import Prospects, Scene, together
from sendgate.decide.weighing import LEAN, lean
from sendgate.facts.arithmetic import not_
from sendgate.facts.engine import Engine

Frame = nw.LazyFrame[Any]

WORTHWHILE = 8
"""A query is worth its time where it decides at least so great a part, 1/8, of what the greatest would decide."""


class Forward:
    """Takes courses through a calendar. ``pruned`` leaves some of the courses that branch off; without, none does."""

    def __init__(
        self, scene: Scene, prospects: Prospects, later: Later, pruned: Callable[[Frame], Frame] | None = None
    ) -> None:
        self._calendar = scene.calendar
        self._engine = scene.engine
        self._prospects = prospects
        self._later = later
        self._pruned = pruned
        self._places = [scene.engine.place() for _ in range(4)]
        self._built: dict[Hashable, Frame] = {}

    def run(self, begun: Frame, shelf: Engine) -> Frame:
        """Take courses to the horizon. The frame that is given lives as long as the ``shelf``."""
        waiting, ended = [begun], list[Frame]()
        while waiting:
            under_way = self._engine.put(together(waiting), self._places[0])
            ahead = self._query("ahead", with_next, self._calendar, under_way)
            self._later.learn(ahead)
            acting, waiting, left = self._engine.put(ahead, self._places[1]), [], 0
            while (due := self._due(acting)) and sum(due.values()) * WORTHWHILE >= left:
                gone, resting = self._went(due, acting)
                ended.append(shelf.keep(self._query("ended", gone.filter, not_(is_due(self._calendar)))))
                acting, more, number = self._turn(gone, resting)
                waiting, left = [*waiting, more], left + number
            columns = courses.columns(self._calendar)
            waiting = [*waiting, self._engine.keep(acting.select(*columns))] if due or left else []
        return together(ended or [begun])  # nobody can be reached

    def _due(self, acting: Frame) -> dict[int, int]:
        """Count the courses by the campaign whose message is due next."""
        found = self._query("due", lambda: acting.group_by("which").agg(rows=nw.len()).select("which", "rows"))
        return {int(which): rows for which, rows in sorted(self._engine.fetch(found))}

    def _went(self, due: dict[int, int], acting: Frame) -> tuple[Frame, Frame | None]:
        """Decide the next message of courses, and take them behind it; small campaigns rest until they grow."""
        scratch = self._engine.scratch()
        most = max(due.values())
        chosen = [i for i, rows in due.items() if rows * WORTHWHILE >= most]
        decided = [scratch.keep(self._decided(i, acting)) for i in chosen]
        answers = self._engine.put(together(decided), self._places[2])
        scratch.clear()
        resting = None if len(chosen) == len(due) else acting.filter(~nw.col("which").is_in([float(i) for i in chosen]))
        return self._engine.put(self._query("gone", self._gone, acting, answers), self._places[3]), resting

    def _turn(self, gone: Frame, resting: Frame | None) -> tuple[Frame, Frame, int]:
        """Give the courses that can go on, and those that wait for facts, with their number."""
        marked = self._query(("next", self._later.any), self._next, gone)
        waiting = self._engine.keep(marked.filter(not_(nw.col("known"))).select(*courses.columns(self._calendar)))
        ((number,),) = self._engine.fetch(waiting.select(rows=nw.len()))
        ready = marked.filter(nw.col("known")).drop("known")
        acting = self._engine.put(ready if resting is None else together([ready, resting]), self._places[1])
        return acting, waiting, int(number)

    def _next(self, gone: Frame) -> Frame:
        return self._later.marked(with_next(self._calendar, gone.filter(is_due(self._calendar))))

    def _query(self, name: Hashable, build: Callable[..., Frame], *parts: Any) -> Frame:
        """Build a query, the first time; its parts are the same frames of the same places every time."""
        if name not in self._built:
            self._built[name] = build(*parts)
        return self._built[name]

    def _decided(self, i: int, acting: Frame) -> Frame:
        """Decide the messages of one campaign, in the courses in which they are due."""
        return self._query((i, self._later.any), self._answers, i, acting)

    def _answers(self, i: int, acting: Frame) -> Frame:
        calendar, entry = self._calendar, self._calendar.entries[i]
        sends = [f"{kind}{k}" for kind in ("sent", "offer") for k in range(len(calendar.entries))]
        due = acting.filter(nw.col("which") == i).select("person", "now", *sends, row=nw.col(COURSE))
        facts = calendar.sends.applied(self._later.known(i, due, self._prospects.reach[i]), entry.plan.facts)
        return lean(facts, calendar, entry, self._engine).select(*LEAN)

    def _gone(self, acting: Frame, answers: Frame) -> Frame:
        """Take the courses behind the message that was decided."""
        moved = acting.join(answers, left_on=COURSE, right_on="row", how="inner")
        if self._pruned is None:
            return courses.gone_on(self._calendar, moved)
        moved = moved.join(self._prospects.people, on="person", how="inner")
        on, without = courses.gone_on(self._calendar, moved), courses.given_way(self._calendar, moved)
        return self._pruned(together([on, without]))
