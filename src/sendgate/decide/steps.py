"""One message of a calendar, decided for one person from what tables have told: the step of a walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sendgate.decide import incentives
from sendgate.decide.calendar import Calendar
from sendgate.decide.plan import Question, cells_of
from sendgate.decide.residue import DROPPED, UNTIL, WAITS, Residue
from sendgate.facts.afterwards import Moved, Sent
from sendgate.facts.arithmetic import Value, any_of, greatest, settle, when
from sendgate.facts.kinds import Fact
from sendgate.facts.sheet import Row, Sheet
from sendgate.model.decisions import Outcome
from sendgate.model.times import NEVER

_SEND, _DEFER, _DROP = Outcome.SEND, Outcome.DEFER, Outcome.DROP  # looking a member up takes longer than the rest


class Verdict(NamedTuple):
    """What a course needs to go on."""

    outcome: Outcome
    until: float
    choice: int
    """The offer, where it is sent."""
    worth: float
    contested: bool
    """Something stands in the way that depends on what the calendar sends."""


class _Live(NamedTuple):
    """A live question, with the places of its answer in the row."""

    blocks: int
    until: int
    defers: bool
    moves: bool


class _Answers:
    """The values that are wanted of a sheet, each with its place among them."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.places: list[int] = []

    def place(self, value: Value) -> int:
        """Want a value."""
        self.places.append(self.sheet.place(value))
        return len(self.places) - 1


class Step:
    """Decides the messages of one campaign. ``known`` is always a row of ``Residue.columns``."""

    def __init__(self, calendar: Calendar, i: int, residue: Residue) -> None:
        self._residue, self._entry = residue, calendar.entries[i]
        self._place = {name: at for at, name in enumerate(residue.columns)}
        answers = _Answers(Sheet())
        candidates = self._entry.plan.candidates
        self._person = [self._live(q, answers) for q in residue.questions if q.ask.offer is None]
        self._about = [
            [self._live(q, answers) for q in residue.questions if q.ask.offer is candidate.offer]
            for candidate in candidates
        ]
        self._moved = [q.blocks for questions in (self._person, *self._about) for q in questions if q.moves]
        ranks = list(self._ranks(answers.sheet))
        self._rank = [answers.place(rank) for rank, _ in ranks]
        self._relevance = [answers.place(relevance) for _, relevance in ranks]
        worths = [self._entry.worth(c.offer, rank) for c, (rank, _) in zip(candidates, ranks, strict=True)]
        self._worth = [answers.place(worth) for worth in worths]
        facts, self._work_out = answers.sheet.answering(answers.places)
        names = [wanted.key if isinstance(wanted, Fact) else wanted for wanted in facts]
        self._inputs = [self._place[name] for name in names]
        moving = {at: fact for at, fact in enumerate(facts) if isinstance(fact, Fact) and calendar.sends.read_by(fact)}
        self._moving = Moved(calendar.sends, list(moving.values()), lambda fact: self._place[fact.key])
        self._moves = list(zip(moving, self._moving.told, strict=True))
        self._blocked = [self._place[f"blocked{k}"] for k in range(len(candidates))]
        self._dropped, self._waits, self._until = (self._place[name] for name in (DROPPED, WAITS, UNTIL))

    def __call__(self, known: Row, sent: Sequence[Sent], now: float) -> Verdict:
        """Decide what is due now, behind what was sent."""
        if known[self._dropped]:
            return Verdict(_DROP, NEVER, 0, 0.0, contested=False)
        row = self._row(known, sent, now)
        contested = any(row[place] for place in self._moved)
        blocked = [
            known[place] + sum([row[q.blocks] for q in questions])
            for place, questions in zip(self._blocked, self._about, strict=True)
        ]
        left = [k for k, number in enumerate(blocked) if not number]
        choice = max(left, key=lambda k: row[self._rank[k]]) if left else self._furthest(row, blocked)
        outcome, until = self._outcome(row, known, () if left else self._about[choice], drops=self._gone(known, choice))
        return Verdict(outcome, until, choice, row[self._worth[choice]], contested)

    def ceiling(self, known: Row, now: float) -> float:
        """Give the most that a message may be worth at its campaign's time, whatever else is sent."""
        row = self._row(known, (), now)
        return float(max([0.0, *(row[place] for place in self._worth)]))

    def _row(self, known: Row, sent: Sequence[Sent], now: float) -> Row:
        values = [known[place] for place in self._inputs]
        if sent:
            moments = self._moving.moments(sent, now)
            for at, told in self._moves:
                values[at] = told(known, moments)
        return self._work_out(values)

    def _gone(self, known: Row, choice: int) -> bool:
        """Tell whether something firm blocks an offer: then it is dropped, and not only late."""
        return bool(known[self._blocked[choice]])

    def _outcome(self, row: Row, known: Row, about: Sequence[_Live], *, drops: bool) -> tuple[Outcome, float]:
        """Let drop win over defer; ``about`` are the questions about the offer where none is left."""
        blocking = [q for q in (*self._person, *about) if row[q.blocks]]
        if drops or not all(q.defers for q in blocking):
            return _DROP, NEVER
        if blocking or known[self._waits]:
            return _DEFER, max([known[self._until], *(row[q.until] for q in blocking)])
        return _SEND, NEVER

    def _furthest(self, row: Row, blocked: Sequence[float]) -> int:
        """Find the offer with the fewest blocking gates, then the highest relevance, then the first in the file."""
        return min(range(len(blocked)), key=lambda k: (blocked[k], -row[self._relevance[k]]))

    def _live(self, question: Question, answers: _Answers) -> _Live:
        """Ask a gate about cells."""
        rules = question.gate.rules(question.ask, cells_of(answers.sheet, question.facts))
        until = greatest(NEVER, *(when(rule.blocks, rule.until, NEVER) for rule in rules))
        blocks = any_of(*(rule.blocks for rule in rules))
        defers = question.gate.outcome is Outcome.DEFER
        return _Live(answers.place(blocks), answers.place(until), defers, self._residue.moves(question))

    def _ranks(self, sheet: Sheet) -> Iterator[tuple[Value, Value]]:
        """Give rank and relevance of each offer: as tables told them, unless the calendar changes them."""
        plan = self._entry.plan
        if not self._residue.rank_moves:
            yield from ((sheet.fact(f"_rank{k}"), sheet.fact(f"relevance{k}")) for k in range(len(plan.candidates)))
            return
        suiting = incentives.suiting(plan.policy.family, cells_of(sheet, plan.incentive_facts))
        for candidate in plan.candidates:
            relevance = plan.relevance_of(candidate, cells_of(sheet, candidate.facts))
            yield settle(relevance * suiting[candidate.offer.incentive]), relevance
