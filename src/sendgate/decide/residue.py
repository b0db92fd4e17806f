"""What is left to decide about a message, once tables have found what no message of the calendar changes.

Most gates of a campaign look at nothing that the calendar sends: permission, attributes, purchases, evidence, the
night. What they say at a time holds in every course of a person, so tables ask them once for everybody. What is left
are a few questions about messages, and the facts that these need.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from typing import Any, NamedTuple

import narwhals as nw

from sendgate.decide.calendar import Calendar
from sendgate.decide.plan import Question
from sendgate.decide.tables import Query
from sendgate.facts.arithmetic import Value, any_of, as_expression, greatest, when
from sendgate.facts.engine import Engine
from sendgate.facts.kinds import Fact
from sendgate.facts.readings import basis
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.times import NEVER

Frame = nw.LazyFrame[Any]


class Firm(NamedTuple):
    """The answer to a firm question."""

    question: Question
    blocks: Value
    until: Value


DROPPED, WAITS, UNTIL = "dropped", "waits", "until"
"""Whether something firm drops the message, or makes it wait, and until when."""


class Residue:
    """The questions about one campaign's messages, parted: ``firm`` ones are asked in tables, ``live`` ones later."""

    def __init__(self, calendar: Calendar, i: int) -> None:
        self._calendar = calendar
        self.entry = calendar.entries[i]
        self._offers = range(len(self.entry.plan.candidates))

    def of(self, facts: Frame, engine: Engine, *keys: str) -> Frame:
        """Ask what is firm: the ``keys`` of a frame of facts, and ``columns``."""
        query = Query(self.entry.plan, engine)
        firm = [
            asked for gate in query.gates for asked in gate.all if asked.enforced and not self.lives(asked.question)
        ]
        answers = {name: answer for asked in firm for name, answer in asked.answer().items()}
        known = {fact.key: _number(fact) for fact in self.facts}
        relevance = {f"relevance{k}": query.relevances[k] for k in self._offers}
        frame = query.noted(facts).select(*keys, **known, **answers, **query.ranks(), **relevance)
        firmly = [Firm(a.question, nw.col(a.blocks), nw.col(a.until) if a.defers else NEVER) for a in firm]
        told = {name: as_expression(value) for name, value in self.summed(firmly).items()}
        return frame.with_columns(**told).select(*keys, *self.columns)

    @cached_property
    def columns(self) -> list[str]:
        """What is told of each message: flags as numbers, by offer k ``blocked{k}``, ``_rank{k}``, ``relevance{k}``."""
        by_offer = [f"{name}{k}" for name in ("blocked", "_rank", "relevance") for k in self._offers]
        return [DROPPED, WAITS, UNTIL, *by_offer, *(fact.key for fact in self.facts)]

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What the live questions need, as it is without the calendar."""
        wanted = [fact for question in self.questions for fact in question.facts.values()]
        if self.rank_moves:
            wanted += [*self.entry.plan.incentive_facts.values()]
            wanted += [fact for candidate in self.entry.plan.candidates for fact in candidate.facts.values()]
        return tuple(sorted(self._calendar.sends.needs(wanted), key=lambda fact: fact.key))

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The live questions."""
        return tuple(question for question in self._enforced() if self.lives(question))

    @cached_property
    def firm(self) -> tuple[Question, ...]:
        """The firm questions."""
        return tuple(question for question in self._enforced() if not self.lives(question))

    @cached_property
    def rank_moves(self) -> bool:
        """Whether the calendar changes what ranks the offers."""
        plan = self.entry.plan
        ranked = [plan.incentive_facts, *(candidate.facts for candidate in plan.candidates)]
        return any(self._calendar.sends.read_by(fact) for facts in ranked for fact in facts.values())

    def moves(self, question: Question) -> bool:
        """Tell whether an answer may change with what the calendar sends."""
        return any(self._calendar.sends.read_by(fact) for fact in question.facts.values())

    def lives(self, question: Question) -> bool:
        """Tell whether a question is left for later. An offer that waits is weighed against the others there."""
        return self.moves(question) or (question.ask.offer is not None and question.gate.outcome is Outcome.DEFER)

    def _enforced(self) -> Iterator[Question]:
        plan = self.entry.plan
        for questions in (plan.person, *(candidate.questions for candidate in plan.candidates)):
            yield from (question for question in questions if question.gate.mode is Mode.ENFORCE)

    def summed(self, firm: Sequence[Firm]) -> dict[str, Value]:
        """Sum up the answers to the firm questions: DROPPED, WAITS, UNTIL, and by offer ``blocked{k}``."""
        person = [one for one in firm if one.question.ask.offer is None]
        defers = [one for one in person if one.question.gate.outcome is Outcome.DEFER]
        drops = [one.blocks for one in person if one.question.gate.outcome is not Outcome.DEFER]
        about = {
            k: [one.blocks for one in firm if one.question.ask.offer is candidate.offer]
            for k, candidate in enumerate(self.entry.plan.candidates)
        }
        gone = reduce(lambda one, other: one & other, (any_of(*blocks) for blocks in about.values()))
        told = {
            DROPPED: when(any_of(gone, *drops), 1.0, 0.0),
            WAITS: when(any_of(*(one.blocks for one in defers)), 1.0, 0.0),
            UNTIL: greatest(NEVER, *(one.until for one in defers)),
        }
        return told | {f"blocked{k}": sum([when(flag, 1.0, 0.0) for flag in about[k]]) for k in about}


def _number(fact: Fact) -> nw.Expr:
    column = nw.col(fact.key)
    return column if isinstance(basis(fact).empty, str) else column.cast(nw.Float64)
