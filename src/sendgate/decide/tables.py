"""Deciding about everybody, as one lazy query over their facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import narwhals as nw

from sendgate.decide import incentives
from sendgate.decide.person import UNKNOWN_PERSON
from sendgate.decide.plan import Known, Plan, Question
from sendgate.facts.arithmetic import Value, any_of, as_expression, greatest, settle, when
from sendgate.facts.kinds import Facts
from sendgate.facts.moments import with_moment_text
from sendgate.facts.sentence import Sentence, join, said
from sendgate.gate import Rule
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER

Frame = nw.LazyFrame[Any]

COLUMNS = (
    "person", "outcome", "gate", "reason", "detail", "until", "offer", "relevance", "unsubscribe_risk", "blocked_by",
)  # fmt: skip
"""The columns of a decision, in the order in which they are written; ``until`` is epoch seconds."""

MOMENTS = 2
"""How many times a sentence may mention."""

OBSERVED_BY = "observed_by"
"""One more column: the gates in observe mode that would have blocked, joined by semicolons."""


def decide_all(facts: Frame, plan: Plan) -> Frame:
    """Decide about every row of a frame of facts (see ``facts.tables``): ``row``, COLUMNS and OBSERVED_BY."""
    return _Query(plan).decisions(facts)


@dataclass(frozen=True)
class _Asked:
    """A question with the columns that hold its answer, and the sentences, which few rows need."""

    question: Question
    blocks: str
    until: str

    @property
    def enforced(self) -> bool:
        return self.question.gate.mode is Mode.ENFORCE

    @property
    def leads_to(self) -> Outcome:
        return self.question.gate.outcome

    def answer(self) -> dict[str, nw.Expr]:
        """Give the columns: whether it blocks, and until when."""
        rules = self.question.rules(_columns(self.question.facts))
        until = [when(rule.blocks, rule.until, NEVER) for rule in rules]
        return {
            self.blocks: as_expression(any_of(*(rule.blocks for rule in rules))),
            self.until: as_expression(greatest(*until) if until else NEVER),
        }

    def reason(self) -> Value:
        """Give the reason of the first rule that blocks."""
        return self._first(lambda rule: rule.reason.value, "")

    def detail(self) -> Value:
        """Give the sentence of the first rule that blocks."""
        written = [nw.col(f"_text{i}") for i in range(MOMENTS)]
        return self._first(lambda rule: said(rule.says, written), "")

    def moment(self, place: int) -> Value:
        """Give the time that the sentence mentions at a place, or NEVER."""

        def mentioned(rule: Rule) -> Value:
            moments = rule.says.moments() if isinstance(rule.says, Sentence) else []
            return moments[place] if place < len(moments) else NEVER

        return self._first(mentioned, NEVER)

    def _first(self, pick: Callable[[Rule], Value], nothing: Value) -> Value:
        rules = self.question.rules(_columns(self.question.facts))
        return reduce(lambda other, rule: when(rule.blocks, pick(rule), other), reversed(rules), nothing)


def _columns(facts: Facts) -> Known:
    return {name: nw.col(fact.key) for name, fact in facts.items()}


class _Query:
    """The query for one plan, stage by stage."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._person = [_asked(q, f"p{i}") for i, q in enumerate(plan.person)]
        self._offers = [
            [_asked(q, f"o{k}_{i}") for i, q in enumerate(candidate.questions)]
            for k, candidate in enumerate(plan.candidates)
        ]

    def decisions(self, facts: Frame) -> Frame:
        """Answer every question, rank the offers, find the outcome, then name the reason."""
        frame = facts.with_columns(**self._answers()).with_columns(**self._standings())
        frame = frame.with_columns(**self._extremes()).with_columns(_most=self._most_relevant())
        frame = frame.with_columns(_spoken=self._spoken())
        frame = frame.with_columns(**self._leads()).with_columns(_outcome=self._outcome())
        frame = frame.with_columns(_named=self._named())
        for i in range(MOMENTS):
            picked = self._of_named(lambda asked, i=i: asked.moment(i), otherwise=NEVER, nothing=NEVER)
            frame = with_moment_text(frame.with_columns(**{f"_moment{i}": as_expression(picked)}), f"_moment{i}", f"_text{i}")
        return frame.select("row", **self._result())

    def _answers(self) -> dict[str, nw.Expr]:
        columns = {"_risk": self._plan.risk.risk(_columns(self._plan.risk_facts))}
        for asked in (*self._person, *(a for offer in self._offers for a in offer)):
            columns |= asked.answer()
        buying = _columns(self._plan.incentive_facts)
        for k, candidate in enumerate(self._plan.candidates):
            columns[f"_relevance{k}"] = settle(nw.col(candidate.evidence.key))
            fit = incentives.fit(candidate.offer.incentive, self._plan.policy.family, buying)
            columns[f"_fit{k}"] = as_expression(fit)
        return columns

    def _standings(self) -> dict[str, nw.Expr]:
        """Count what blocks each offer, and give each its rank."""
        columns: dict[str, nw.Expr] = {}
        for k, offer in enumerate(self._offers):
            blocking = (when(nw.col(a.blocks), 1, 0) for a in offer if a.enforced)
            columns[f"_blocked{k}"] = as_expression(sum(blocking, start=nw.lit(0)))
            columns[f"_rank{k}"] = settle(nw.col(f"_relevance{k}") * nw.col(f"_fit{k}"))
        return columns

    def _spoken(self) -> nw.Expr:
        """Find the offer that the decision speaks of: the best one left, or else the one that came furthest."""
        offers = range(len(self._offers))
        best, furthest = nw.lit(0), nw.lit(0)
        for k in reversed(offers):
            blocked = nw.col(f"_blocked{k}")
            best = when((blocked == 0) & (nw.col(f"_rank{k}") == nw.col("_best")), k, best)
            furthest = when((blocked == nw.col("_fewest")) & (nw.col(f"_relevance{k}") == nw.col("_most")), k, furthest)
        return when(nw.col("_none_left"), furthest, best)

    def _extremes(self) -> dict[str, nw.Expr]:
        """Find the best rank among the offers left, and the least that blocks any offer."""
        offers = range(len(self._offers))
        left = (when(nw.col(f"_blocked{k}") == 0, nw.col(f"_rank{k}"), -1.0) for k in offers)
        fewest = nw.min_horizontal(*(nw.col(f"_blocked{k}") for k in offers))
        return {"_best": nw.max_horizontal(*left), "_fewest": fewest, "_none_left": fewest > 0}

    def _most_relevant(self) -> nw.Expr:
        """Find the highest relevance among the offers that came furthest."""
        furthest = (
            when(nw.col(f"_blocked{k}") == nw.col("_fewest"), nw.col(f"_relevance{k}"), -1.0)
            for k in range(len(self._offers))
        )
        return nw.max_horizontal(*furthest)

    def _leads(self) -> dict[str, nw.Expr]:
        """Tell, for each gate, whether it speaks about this row, enforced or only observing."""
        columns: dict[str, nw.Expr] = {}
        for name, group in self._by_gate().items():
            person = [nw.col(a.blocks) for a in group[0]]
            offer = [nw.col(a.blocks) & (nw.col("_spoken") == k) for k, a in group[1]]
            columns[f"_person_{name}"] = as_expression(any_of(*person))
            columns[f"_offer_{name}"] = as_expression(any_of(*offer))
        return columns

    def _by_gate(self) -> Mapping[str, tuple[list[_Asked], list[tuple[int, _Asked]]]]:
        """Group the questions by gate, in the order of the policy."""
        groups: dict[str, tuple[list[_Asked], list[tuple[int, _Asked]]]] = {
            gate.name: ([], []) for gate in self._plan.gates
        }
        for asked in self._person:
            groups[asked.question.gate.name][0].append(asked)
        for k, offer in enumerate(self._offers):
            for asked in offer:
                groups[asked.question.gate.name][1].append((k, asked))
        return groups

    def _speaks(self, name: str) -> nw.Expr:
        """Tell whether a gate blocks this row."""
        return nw.col(f"_person_{name}") | (nw.col(f"_offer_{name}") & nw.col("_none_left"))

    def _enforced(self, *outcomes: Outcome) -> list[str]:
        return [g.name for g in self._plan.gates if g.mode is Mode.ENFORCE and g.outcome in outcomes]

    def _outcome(self) -> nw.Expr:
        drop = any_of(*map(self._speaks, self._enforced(Outcome.DROP)))
        defer = any_of(*map(self._speaks, self._enforced(Outcome.DEFER)))
        rest = when(defer, Outcome.DEFER.value, Outcome.SEND.value)
        return as_expression(when(drop, Outcome.DROP.value, rest))

    def _named(self) -> nw.Expr:
        """Name the first gate, in order, among those that lead to the outcome."""
        named: Value = ""
        for gate in reversed(self._plan.gates):
            if gate.mode is Mode.ENFORCE:
                leads = self._speaks(gate.name) & (nw.col("_outcome") == gate.outcome.value)
                named = when(leads, gate.name, named)
        return as_expression(named)

    def _result(self) -> dict[str, nw.Expr]:
        plan = self._plan
        names = [candidate.offer.name for candidate in plan.candidates]
        words = [said(plan.words(_columns(candidate.words_facts))) for candidate in plan.candidates]
        detail = self._of_named(lambda asked: asked.detail(), otherwise=_by_offer(words))
        return {
            "person": nw.col("person"),
            "outcome": nw.col("_outcome"),
            "gate": nw.col("_named"),
            "reason": as_expression(self._of_named(lambda asked: asked.reason(), otherwise=Reason.PASSED.value)),
            "detail": join(detail, when(nw.col("known"), "", UNKNOWN_PERSON)),
            "until": self._until(),
            "offer": as_expression(_by_offer(names)),
            "relevance": as_expression(_by_offer([nw.col(f"_relevance{k}") for k in range(len(names))])),
            "unsubscribe_risk": nw.col("_risk"),
            "blocked_by": self._joined(Mode.ENFORCE),
            OBSERVED_BY: self._joined(Mode.OBSERVE),
        }

    def _of_named(self, pick: Callable[[_Asked], Value], *, otherwise: Value, nothing: Value = "") -> Value:
        """Take something from the question that is named."""
        for name, (person, offers) in self._by_gate().items():
            here: Value = nothing
            for k, asked in reversed(offers):
                here = when(nw.col("_spoken") == k, pick(asked), here)
            for asked in person:
                here = when(nw.col(asked.blocks), pick(asked), here)
            otherwise = when(nw.col("_named") == name, here, otherwise)
        return otherwise

    def _until(self) -> nw.Expr:
        """Give the latest end among the gates that defer."""
        ends: list[Value] = [NEVER]
        for asked in self._person:
            if asked.enforced and asked.leads_to is Outcome.DEFER:
                ends.append(when(nw.col(asked.blocks), nw.col(asked.until), NEVER))
        for k, offer in enumerate(self._offers):
            for asked in offer:
                if asked.enforced and asked.leads_to is Outcome.DEFER:
                    here = nw.col(asked.blocks) & (nw.col("_spoken") == k) & nw.col("_none_left")
                    ends.append(when(here, nw.col(asked.until), NEVER))
        deferred = nw.col("_outcome") == Outcome.DEFER.value
        return as_expression(when(deferred, greatest(*ends), NEVER))

    def _joined(self, mode: Mode) -> nw.Expr:
        """Join the names of the gates that block, in order."""
        parts = [when(self._speaks(g.name), f";{g.name}", "") for g in self._plan.gates if g.mode is mode]
        return join("", *parts).str.slice(1) if parts else nw.lit("")


def _asked(question: Question, name: str) -> _Asked:
    return _Asked(question, f"_blocks_{name}", f"_until_{name}")


def _by_offer(values: Sequence[Value] | Iterable[Value]) -> Value:
    """Choose by the offer that the decision speaks of."""
    listed = list(values)
    return reduce(
        lambda rest, pair: when(nw.col("_spoken") == pair[0], pair[1], rest),
        enumerate(listed[:-1]),
        listed[-1],
    )
