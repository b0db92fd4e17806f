"""Deciding about everybody, as one lazy query over their facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from operator import and_
from typing import Any

import narwhals as nw

from sendgate.decide import incentives
from sendgate.decide.asked import MOMENTS, NUMBERS, Asked, Asks, asks_of, choose, columns_of
from sendgate.decide.person import UNKNOWN_PERSON
from sendgate.decide.plan import Known, Plan
from sendgate.facts.arithmetic import Notes, Value, any_of, as_expression, greatest, settle, when
from sendgate.facts.engine import Engine
from sendgate.facts.kinds import Facts
from sendgate.facts.sentence import join, said
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER

Frame = nw.LazyFrame[Any]

COLUMNS = (
    "person", "outcome", "gate", "reason", "detail", "until", "offer", "relevance", "unsubscribe_risk", "blocked_by",
)  # fmt: skip
"""The columns of a decision, in the order in which they are written; ``until`` is epoch seconds."""

NO_GATE = -1
"""Where no gate is named: the place of none."""

OBSERVED_BY = "observed_by"
"""One more column: the gates in observe mode that would have blocked, joined by semicolons."""

TURNED_BY = "turned_by"
"""And one: the gates of which one alone decides whether the message is sent, joined by semicolons.

Without such a gate, nothing else changed, it would be sent; enforced, where it observes, it would not.
"""

TOLD = (*COLUMNS, OBSERVED_BY, TURNED_BY)
"""All that is told of a row."""


def evidenced(plan: Plan) -> nw.Expr:
    """Say on what evidence a decided row (COLUMNS) is sent, of its ``words_facts`` and ``known``."""
    words: Value = ""
    for candidate in reversed(plan.candidates):
        spoken = said(plan.words(columns_of(candidate.words_facts)))
        words = choose(nw.col("offer") == candidate.offer.name, spoken, words)
    return _by_somebody(words)


def _by_somebody(detail: Value) -> nw.Expr:
    """Say of whom nobody knows anything that it is so."""
    return as_expression(join(detail, when(nw.col("known"), "", UNKNOWN_PERSON)))


def decide_all(facts: Frame, plan: Plan, engine: Engine) -> Frame:
    """Decide about every row of a frame of facts (see ``facts.tables``): ``row`` and TOLD."""
    query = Query(plan, engine)
    return query.staged(facts).select("row", **query.result())


class Query:
    """The query for one plan, stage by stage: a stage reads the columns of those before it."""

    def __init__(self, plan: Plan, engine: Engine) -> None:
        self._plan = plan
        self._engine = engine
        self._notes = Notes()
        self.gates = asks_of(plan, self._notes)
        self._offers = range(len(plan.candidates))
        self._risk = as_expression(plan.risk_of(self._columns(plan.risk_facts)))
        suiting = incentives.suiting(plan.policy.family, columns_of(plan.incentive_facts))
        self.relevances = [as_expression(plan.relevance_of(c, self._columns(c.facts))) for c in plan.candidates]
        self._fits = [as_expression(suiting[c.offer.incentive]) for c in plan.candidates]

    def _columns(self, facts: Facts) -> Known:
        return columns_of(facts, self._notes)

    def noted(self, facts: Frame) -> Frame:
        """Work out what the questions take notes of: everything else reads this frame."""
        for stage in self._notes.stages:
            facts = facts.with_columns(**stage) if stage else facts
        return facts

    def staged(self, facts: Frame) -> Frame:
        """Answer every question, rank the offers, find the outcome, then name the reason.

        Columns that whoever weighs a decision may read: those of every question in ``gates``; of offer k ``_rank{k}``
        (relevance x incentive fit); and ``_spoken``, the offer that the decision speaks of.
        """
        frame = self.noted(facts).with_columns(**self._answers()).with_columns(**self._standings())
        frame = frame.with_columns(_spoken=self._spoken())
        left = any_of(*(nw.col(f"_blocked{k}") == 0 for k in self._offers))
        frame = frame.with_columns(_left=left, **{gate.speaks: gate.spoken() for gate in self.gates})
        sent = nw.col("_left") & (nw.col("_refused") == 0)
        frame = frame.with_columns(_sent=sent, _outcome=self._outcome(), _named=self._named())
        frame = frame.with_columns(**self._mentioned())
        return self._engine.with_moment_texts(frame, {f"{moment}_text": moment for moment in MOMENTS})

    def _answers(self) -> dict[str, nw.Expr]:
        """Ask every gate, and find what ranks the offers."""
        columns = {"_risk": self._risk}
        for gate in self.gates:
            for asked in gate.all:
                columns |= asked.answer()
        for k in self._offers:
            columns |= {f"_relevance{k}": self.relevances[k], f"_fit{k}": self._fits[k]}
        return columns

    def ranks(self) -> dict[str, nw.Expr]:
        """Give the rank of each offer, ``_rank{k}``, of a frame that is ``noted``, without anything else."""
        return {f"_rank{k}": as_expression(settle(self.relevances[k] * self._fits[k])) for k in self._offers}

    def _standings(self) -> dict[str, nw.Expr]:
        """Count what blocks the person and each offer, and give each its rank."""
        refusing = (when(nw.col(a.blocks), 1, 0) for gate in self.gates for a in gate.person if a.enforced)
        columns: dict[str, nw.Expr] = {"_refused": sum(refusing, start=nw.lit(0))}
        for k in self._offers:
            asked = [asked for gate in self.gates for offer, asked in gate.offers if offer == k]
            blocking = (when(nw.col(a.blocks), 1, 0) for a in asked if a.enforced)
            columns[f"_blocked{k}"] = sum(blocking, start=nw.lit(0))
            columns[f"_rank{k}"] = settle(nw.col(f"_relevance{k}") * nw.col(f"_fit{k}"))
        return columns

    def _spoken(self) -> nw.Expr:
        """Find the offer that the decision speaks of: the best one left, or else the one that came furthest.

        Of offers that are left the highest rank is first; of those that are blocked, the fewest gates and then the
        highest relevance; of equals the first in the file. Few offers are quickly compared one by one: a stage of the
        query costs more.
        """
        spoken: Value = self._offers[-1]
        for k in reversed(self._offers[:-1]):
            spoken = when(self._before_all_later(k), k, spoken)
        return as_expression(spoken)

    def _before_all_later(self, k: int) -> nw.Expr:
        """Tell whether an offer comes before, or is level with, each of those behind it in the file."""
        return reduce(and_, (self._not_behind(k, other) for other in self._offers[k + 1 :]))

    def _not_behind(self, one: int, other: int) -> nw.Expr:
        blocked, its = nw.col(f"_blocked{one}"), nw.col(f"_blocked{other}")
        higher = nw.col(f"_rank{one}") >= nw.col(f"_rank{other}")
        more_relevant = nw.col(f"_relevance{one}") >= nw.col(f"_relevance{other}")
        return as_expression((blocked < its) | (blocked == its) & when(blocked == 0, higher, more_relevant))

    def _enforced(self, outcome: Outcome) -> list[nw.Expr]:
        return [nw.col(g.speaks) for g in self.gates if g.mode is Mode.ENFORCE and g.outcome is outcome]

    def _outcome(self) -> nw.Expr:
        """Let drop win over defer."""
        drop, defer = any_of(*self._enforced(Outcome.DROP)), any_of(*self._enforced(Outcome.DEFER))
        rest = when(defer, Outcome.DEFER.value, Outcome.SEND.value)
        return as_expression(when(drop, Outcome.DROP.value, rest))

    def _named(self) -> nw.Expr:
        """Find the place of the first gate, in order, among those that lead to the outcome; NO_GATE where none does."""
        named: Value = NO_GATE
        dropped = any_of(nw.lit(value=False), *self._enforced(Outcome.DROP))
        for place, gate in reversed([*enumerate(self.gates)]):
            if gate.mode is Mode.ENFORCE:
                speaks = nw.col(gate.speaks)
                named = when(speaks if gate.outcome is Outcome.DROP else speaks & ~dropped, place, named)
        return as_expression(named)

    def _mentioned(self) -> dict[str, nw.Expr]:
        """Find the times and numbers that the sentence of the named gate mentions."""
        moments = [self._of_named(partial(Asked.moment, place=at), otherwise=NEVER) for at in range(len(MOMENTS))]
        numbers = [self._of_named(partial(Asked.number, place=at), otherwise=0.0) for at in range(len(NUMBERS))]
        columns = zip((*MOMENTS, *NUMBERS), (*moments, *numbers), strict=True)
        return {name: as_expression(value) for name, value in columns}

    def result(self) -> dict[str, nw.Expr]:
        """Give the columns of the decision: TOLD."""
        candidates = self._plan.candidates
        words = [said(self._plan.words(columns_of(candidate.words_facts))) for candidate in candidates]
        detail = self._of_named(Asked.detail, otherwise=_by_offer(words))
        return {
            "person": nw.col("person"),
            "outcome": nw.col("_outcome"),
            "gate": as_expression(self._name()),
            "reason": as_expression(self._of_named(Asked.reason, otherwise=Reason.PASSED.value)),
            "detail": _by_somebody(detail),
            "until": self._until(),
            "offer": as_expression(_by_offer([candidate.offer.name for candidate in candidates])),
            "relevance": as_expression(_by_offer([nw.col(f"_relevance{k}") for k in self._offers])),
            "unsubscribe_risk": nw.col("_risk"),
            "blocked_by": _names(self._speaking(Mode.ENFORCE)),
            OBSERVED_BY: _names(self._speaking(Mode.OBSERVE)),
            TURNED_BY: _names({gate.name: self._turns(gate) for gate in self.gates}),
        }

    def _of_named(self, take: Callable[[Asked], Value], *, otherwise: Value) -> Value:
        """Take something from the question that is named. The first gates are looked at first: they name most rows."""
        for place, gate in reversed([*enumerate(self.gates)]):
            if gate.all and gate.mode is Mode.ENFORCE:
                otherwise = choose(nw.col("_named") == place, gate.pick(take), otherwise)
        return otherwise

    def _name(self) -> Value:
        """Write the name of the gate that is named."""
        name: Value = ""
        for place, gate in reversed([*enumerate(self.gates)]):
            name = when(nw.col("_named") == place, gate.name, name)
        return name

    def _until(self) -> nw.Expr:
        """Give the latest end among the gates that defer."""
        ends = [
            when(nw.col(gate.speaks), gate.pick(lambda asked: nw.col(asked.until)), NEVER)
            for gate in self.gates
            if gate.mode is Mode.ENFORCE and gate.outcome is Outcome.DEFER and gate.all
        ]
        deferred = nw.col("_outcome") == Outcome.DEFER.value
        return as_expression(when(deferred, greatest(NEVER, *ends), NEVER))

    def _speaking(self, mode: Mode) -> dict[str, Value]:
        return {gate.name: nw.col(gate.speaks) for gate in self.gates if gate.mode is mode}

    def _turns(self, gate: Asks) -> Value:
        """Tell whether a gate alone turns the answer, by the number of blocks that would be left or added."""
        more = 1 if gate.mode is Mode.OBSERVE else -1
        refused = sum((when(nw.col(a.blocks), more, 0) for a in gate.person), start=nw.col("_refused"))
        left: Value = nw.col("_left")
        if gate.offers:
            blocked = {k: nw.col(f"_blocked{k}") for k in self._offers}
            blocked |= {k: blocked[k] + when(nw.col(asked.blocks), more, 0) for k, asked in gate.offers}
            left = any_of(*(number == 0 for number in blocked.values()))
        return ((refused == 0) & left) != nw.col("_sent")


def _names(flags: Mapping[str, Value]) -> nw.Expr:
    """Join the names whose flag is set, in order."""
    parts = {f";{name}": flag for name, flag in flags.items()}
    joined = join("", *(when(flag, part, "") for part, flag in parts.items()))
    # Without an end, a slice would name all of it a second time, to ask how long it is.
    return as_expression(joined.str.slice(1, len("".join(parts))) if parts else "")


def _by_offer(values: Sequence[Value]) -> Value:
    """Choose by the offer that the decision speaks of."""
    pairs = enumerate(values[:-1])
    return reduce(lambda rest, pair: choose(nw.col("_spoken") == pair[0], pair[1], rest), pairs, values[-1])
