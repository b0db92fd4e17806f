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
        put, built, calendar = self._engine.put, self._query, self._calendar
        at_start, at_turn, answered, behind = self._places
        under_way = put(begun, at_start)
        ended: list[Frame] = []
        while True:
            acting = put(built("next", with_next, calendar, under_way), at_turn)
            which = self._engine.fetch(built("which", _campaigns, acting))
            if not which:
                return together(ended or [under_way])
            self._later.learn(acting)
            scratch = self._engine.scratch()
            decided = [scratch.keep(self._decided(int(i), acting)) for (i,) in sorted(which)]
            answers = put(together(decided), answered)
            scratch.clear()
            gone = put(built("gone", self._gone, acting, answers), behind)
            ended.append(shelf.keep(built("ended", gone.filter, not_(is_due(calendar)))))
            put(built("left", gone.filter, is_due(calendar)), at_start)

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


def _campaigns(acting: Frame) -> Frame:
    return acting.select("which").unique()
