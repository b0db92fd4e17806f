"""A gate's answer over a table: columns that say whether it blocks, and expressions for what only named gates need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import narwhals as nw

from sendgate.decide.plan import Known, Plan, Question
from sendgate.facts.arithmetic import Notes, Noting, Value, any_of, as_expression, greatest, not_, plain, when
from sendgate.facts.kinds import Facts
from sendgate.facts.sentence import MOST_TIMES, Sentence, said
from sendgate.gate import Rule
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.times import NEVER

MOMENTS = tuple(f"_moment{place}" for place in range(MOST_TIMES))
"""Columns for the times that the sentence of the named gate mentions, and for their texts."""

NUMBERS = ("_first_number", "_second_number", "_third_number")
"""Columns for the numbers that it mentions, because a text repeats what it is made of."""


def columns_of(facts: Facts, notes: Notes | None = None) -> Known:
    """Give the columns of a frame of facts, by the names that a gate gave them; ``notes`` are taken where wanted."""
    columns = {name: nw.col(fact.key) for name, fact in facts.items()}
    return columns if notes is None else Noting(columns, notes)


@dataclass(frozen=True)
class Asked:
    """A question with the columns that hold its answer."""

    question: Question
    rules: Sequence[Rule]
    blocks: str
    until: str
    rule: str
    """The column that tells which of several rules speaks, by its place (see ``Gate.rules``)."""

    @classmethod
    def of(cls, question: Question, name: str, notes: Notes | None = None) -> Asked:
        """Ask a gate; ``name`` tells its columns from those of other questions."""
        rules = question.gate.rules(question.ask, columns_of(question.facts, notes))
        return cls(question, rules, f"_blocks_{name}", f"_until_{name}", f"_rule_{name}")

    @property
    def enforced(self) -> bool:
        """Whether its answer is to be obeyed."""
        return self.question.gate.mode is Mode.ENFORCE

    @property
    def defers(self) -> bool:
        """Whether it may make a message wait."""
        return self.enforced and self.question.gate.outcome is Outcome.DEFER

    def answer(self) -> dict[str, nw.Expr]:
        """Give the columns: whether it blocks, which rule speaks and, where it may defer, until when."""
        answer = {self.blocks: as_expression(any_of(*(rule.blocks for rule in self.rules)))}
        if len(self.rules) > 1:
            answer[self.rule] = self._place()
        if self.defers:
            until = greatest(NEVER, *(when(rule.blocks, rule.until, NEVER) for rule in self.rules))
            answer[self.until] = as_expression(until)
        return answer

    def reason(self) -> Value:
        """Give the reason, where it blocks."""
        return self._speaking(lambda rule: rule.reason.value, "")

    def detail(self) -> Value:
        """Give the sentence, where it blocks."""
        written = [nw.col(f"{moment}_text") for moment in MOMENTS]
        numbers = [nw.col(number) for number in NUMBERS]
        return self._speaking(lambda rule: said(rule.says, written, numbers), "")

    def moment(self, place: int) -> Value:
        """Give the time that the sentence mentions at a place, or NEVER."""

        def mentioned(rule: Rule) -> Value:
            moments = rule.says.moments() if isinstance(rule.says, Sentence) else []
            return moments[place] if place < len(moments) else NEVER

        return self._speaking(mentioned, NEVER)

    def number(self, place: int) -> Value:
        """Give the number that the sentence mentions at a place, or 0."""

        def mentioned(rule: Rule) -> Value:
            numbers = rule.says.numbers() if isinstance(rule.says, Sentence) else []
            return numbers[place] if place < len(numbers) else 0.0

        return self._speaking(mentioned, 0.0)

    def _place(self) -> nw.Expr:
        """Find the rule that speaks: of those that block the one that ends last, of equals the first."""
        last = len(self.rules) - 1
        return as_expression(reduce(lambda rest, k: when(self._outlasts(k), k, rest), reversed(range(last)), last))

    def _outlasts(self, place: int) -> Value:
        """Tell whether a rule blocks, and no later one that blocks ends after it."""
        rule, *later = self.rules[place:]
        ending = [other for other in later if not (plain(other.until) and other.until == NEVER)]
        return reduce(and_, (not_(o.blocks) | (rule.until >= o.until) for o in ending), rule.blocks)

    def _speaking(self, pick: Callable[[Rule], Value], nothing: Value) -> Value:
        """Take something from the rule that speaks; where one blocks, the last needs no condition."""
        if not self.rules:
            return nothing
        picked = [(nw.col(self.rule) == place, pick(rule)) for place, rule in enumerate(self.rules)]
        return reduce(lambda rest, pair: choose(pair[0], pair[1], rest), reversed(picked[:-1]), picked[-1][1])


def choose(flag: Value, then: Value, otherwise: Value) -> Value:
    """Choose by a flag, without a condition where both sides are the same plain value."""
    if then.__class__ in {str, float, int} and then.__class__ is otherwise.__class__ and then == otherwise:
        return then
    return when(flag, then, otherwise)


@dataclass(frozen=True)
class Asks:
    """What one gate is asked: at most one question about the person, and one about each of some offers."""

    name: str
    mode: Mode
    outcome: Outcome
    person: Sequence[Asked]
    offers: Sequence[tuple[int, Asked]]

    @property
    def all(self) -> Sequence[Asked]:
        """Every question."""
        return [*self.person, *(asked for _, asked in self.offers)]

    @property
    def speaks(self) -> str:
        """The column that tells whether the gate blocks the row."""
        return f"_speaks_{self.name}"

    def spoken(self) -> nw.Expr:
        """Tell whether the gate blocks the row: for the person, or for the offer that the decision speaks of.

        Where an offer is left, the one spoken of is blocked by observing gates only.
        """
        person = [nw.col(asked.blocks) for asked in self.person]
        offers = [nw.col(asked.blocks) & (nw.col("_spoken") == k) for k, asked in self.offers]
        return as_expression(any_of(*person, *offers))

    def pick(self, take: Callable[[Asked], Value]) -> Value:
        """Take something from the question that blocks the row."""
        takes = [(nw.col("_spoken") == k, take(asked)) for k, asked in self.offers]
        takes = [(nw.col(asked.blocks), take(asked)) for asked in self.person] + takes
        return reduce(lambda rest, pair: choose(pair[0], pair[1], rest), reversed(takes[:-1]), takes[-1][1])


def asks_of(plan: Plan, notes: Notes) -> list[Asks]:
    """Ask every gate of a plan, in order; what they take notes of are columns of the frame that answers."""
    person = [Asked.of(question, f"person_{i}", notes) for i, question in enumerate(plan.person)]
    offers = [
        (k, Asked.of(question, f"offer{k}_{i}", notes))
        for k, candidate in enumerate(plan.candidates)
        for i, question in enumerate(candidate.questions)
    ]
    return [
        Asks(
            gate.name,
            gate.mode,
            gate.outcome,
            [asked for asked in person if asked.question.gate is gate],
            [(k, asked) for k, asked in offers if asked.question.gate is gate],
        )
        for gate in plan.gates
    ]
