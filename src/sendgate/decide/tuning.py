"""One setting in many values: what each of them would send, from one reading of the facts.

What does not depend on the setting is evaluated once for all values. Rows that it drops whatever the value are counted
and left; of the others every distinct question becomes a column of flags, and one query adds up all values from these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from math import isclose
from typing import Any

import narwhals as nw

from sendgate.decide import incentives
from sendgate.decide.asked import Asked, columns_of
from sendgate.decide.plan import Plan, Question
from sendgate.errors import InputError
from sendgate.facts.arithmetic import Value, any_of, as_expression, not_, settle, when
from sendgate.facts.engine import Engine
from sendgate.model.decisions import Mode, Outcome

Frame = nw.LazyFrame[Any]

ROW = "row"
RESULT = "result"
"""The column of what really came of a row: 1, 0, or -1 where nobody knows."""

_AT_ONCE = 24
"""Settings in one query: more make it no quicker, and hard to compile."""


@dataclass(frozen=True)
class Tally:
    """What is sent under one setting, in sums over rows."""

    rows: int
    sends: int
    defers: int
    evidence: float
    """Relevance of the offers sent."""
    evidence_of_all: float
    """The highest relevance that any offer has, over all rows."""
    unsubscribes: float
    """Expected among those who are sent to: the sum of their risks."""
    unsubscribes_of_all: float
    """Expected if everybody were sent to."""
    results: float = 0.0
    """Results of the rows that are sent to, where results are known."""
    results_of_all: float = 0.0
    observed: float = 0.0
    """Rows that are sent to and whose result is known."""
    observed_of_all: float = 0.0

    @property
    def drops(self) -> int:
        """How many rows are dropped."""
        return self.rows - self.sends - self.defers

    def like(self, other: Tally) -> bool:
        """Whether the same is sent and deferred, as far as sums tell; they are added up in any order."""
        pairs = ((self.evidence, other.evidence), (self.unsubscribes, other.unsubscribes))
        same = all(isclose(one, another, abs_tol=1e-6) for one, another in pairs)
        return same and (self.sends, self.defers) == (other.sends, other.defers)


def tallies(facts: Frame, plans: Sequence[Plan], engine: Engine, results: Frame | None = None) -> list[Tally]:
    """Add up, for each plan, what it would send of a frame of facts that all of them need.

    ``results``, where there are any, has ``row`` and RESULT. The counts are those of ``decide.tables`` for each plan.
    Raises InputError where a gate of another package makes an offer wait.
    """
    frame = facts.join(results, on=ROW, how="inner") if results is not None else facts
    for plan in plans:
        _refuse_waiting_offers(plan)
    return _Sweep(plans, engine).tallies(frame, with_results=results is not None)


def _refuse_waiting_offers(plan: Plan) -> None:
    """An offer is blocked or it is not; a gate that makes one wait breaks the agreement of ``gate.Gate.outcome``."""
    for candidate in plan.candidates:
        for question in candidate.questions:
            if question.gate.mode is Mode.ENFORCE and question.gate.outcome is Outcome.DEFER:
                raise InputError(f"gate `{question.gate.name}` defers an offer: only gates about the person may defer")


class _Sweep:
    """The query for some plans that differ in few questions."""

    def __init__(self, plans: Sequence[Plan], engine: Engine) -> None:
        self._plans = plans
        self._engine = engine
        self._columns = _Columns()
        asked = [_Enforced.of(plan, f"setting{place}") for place, plan in enumerate(plans)]
        alike = len({len(plan.candidates) for plan in plans}) == 1
        self._common = reduce(_Enforced.shared_with, asked) if alike else _Enforced((), ())
        self._own = [one.without(self._common) for one in asked]
        self._offers = [[self._offer(plan, k) for k in range(len(plan.candidates))] for plan in plans]
        self._risks = [self._columns.of((p.risk.card, *_keys(p.risk_facts)), partial(_risk, p)) for p in plans]

    def _offer(self, plan: Plan, k: int) -> tuple[str, str]:
        """Give the columns of relevance and rank."""
        candidate = plan.candidates[k]
        known = columns_of(candidate.facts)
        relevance = (plan.relevance.card, *_keys(candidate.facts))
        incentive, family = candidate.offer.incentive, plan.policy.family
        fit = (*relevance, incentive, family.tiers, *_keys(plan.incentive_facts))

        def rank() -> Value:
            suits = incentives.suiting(family, columns_of(plan.incentive_facts))[incentive]
            return settle(plan.relevance_of(candidate, known) * suits)

        named = self._columns.of(("relevance", *relevance), lambda: plan.relevance_of(candidate, known))
        return named, self._columns.of(("rank", *fit), rank)

    def tallies(self, frame: Frame, *, with_results: bool) -> list[Tally]:
        """Add up over all rows, then over those that the settings decide about."""
        everything = self._of_all(frame, with_results=with_results)
        left = self._engine.keep(self._undecided(frame, with_results=with_results))
        sums: list[Mapping[str, float]] = []
        for start in range(0, len(self._plans), _AT_ONCE):
            sums += self._sums(left, range(start, min(start + _AT_ONCE, len(self._plans))), with_results=with_results)
        return [_tally(own, of_all) for own, of_all in zip(sums, everything, strict=True)]

    def _of_all(self, frame: Frame, *, with_results: bool) -> list[Mapping[str, float]]:
        """Add up what there would be if everybody were sent to; equal sums are computed once."""
        wanted = _Columns()
        names = []
        for offers, risk in zip(self._offers, self._risks, strict=True):
            relevances = tuple(dict.fromkeys(relevance for relevance, _ in offers))
            most = wanted.of(relevances, partial(_sum_of_highest, relevances))
            names.append({"evidence": most, "unsubscribes": wanted.of((risk,), partial(_sum_of_highest, (risk,)))})
        sums = wanted.expressions() | {"_rows": nw.len()}
        if with_results:
            sums |= {"_results": _known_result().sum(), "_observed": _observed().sum()}
        totals = self._fetch(frame.with_columns(**self._columns.expressions()).select(**sums))
        common = {name: totals[f"_{name}"] for name in ("rows", *(("results", "observed") if with_results else ()))}
        return [common | {what: totals[name] for what, name in each.items()} for each in names]

    def _undecided(self, frame: Frame, *, with_results: bool) -> Frame:
        """Keep the rows that are not dropped whatever the setting, with a column for each thing that is asked."""
        common = {asked.blocks: asked.answer()[asked.blocks] for asked in self._common.all}
        own = {asked.blocks: asked.answer()[asked.blocks] for one in self._own for asked in one.all}
        gone = [_any(asked) for asked in self._common.offers]
        frame = frame.with_columns(**common, **own, **self._columns.expressions())
        fixed = {"_drop": _any(self._common.leading_to(Outcome.DROP)),
                 "_defer": _any(self._common.leading_to(Outcome.DEFER)),
                 **{f"_gone{k}": flag for k, flag in enumerate(gone)}}  # fmt: skip
        frame = frame.with_columns(**{name: as_expression(flag) for name, flag in fixed.items()})
        dropped: Value = nw.col("_drop")
        if gone:
            dropped = dropped | nw.all_horizontal(*(nw.col(f"_gone{k}") for k in range(len(gone))), ignore_nulls=False)
        kept = [*(name for name in fixed if name != "_drop"), *own, *self._columns.names()]
        return frame.filter(not_(dropped)).select(*dict.fromkeys(kept), *([RESULT] if with_results else []))

    def _sums(self, left: Frame, settings: range, *, with_results: bool) -> Iterator[Mapping[str, float]]:
        """Add up some settings in one query over the rows that are left."""
        columns: dict[str, nw.Expr] = {}
        sums: dict[str, nw.Expr] = {}
        for s in settings:
            columns |= self._outcome(s)
            sent, chosen, risk = nw.col(f"_send{s}"), nw.col(f"_chosen{s}"), nw.col(self._risks[s])
            summed = {"sends": 1.0, "evidence": chosen, "unsubscribes": risk}
            summed |= {"results": _known_result(), "observed": _observed()} if with_results else {}
            sums |= {f"{what}_{s}": as_expression(when(sent, value, 0.0)).sum() for what, value in summed.items()}
            sums[f"defers_{s}"] = as_expression(when(nw.col(f"_wait{s}"), 1.0, 0.0)).sum()
        found = self._fetch(left.with_columns(**columns).select(**sums))
        for s in settings:
            yield {what: found[name] for name in sums for what, _, number in [name.partition("_")] if number == str(s)}

    def _outcome(self, s: int) -> dict[str, nw.Expr]:
        """Tell whether a row is sent or waits under a setting, and how relevant the offer is that would be chosen."""
        drop, defer, out = self._blocked(s)
        chosen = _chosen(out, self._offers[s])
        outcome = {f"_send{s}": not_(drop | defer), f"_wait{s}": not_(drop) & defer, f"_chosen{s}": chosen}
        return {name: as_expression(value) for name, value in outcome.items()}

    def _blocked(self, s: int) -> tuple[Value, Value, list[Value]]:
        """Tell whether a setting drops or defers a row, and which offers it blocks."""
        own = self._own[s]
        common = len(self._common.offers)
        out = [
            any_of(*([nw.col(f"_gone{k}")] if k < common else []), *_flags(asked)) for k, asked in enumerate(own.offers)
        ]
        out = [as_expression(flag) for flag in out]
        none_left = reduce(lambda one, other: one & other, out)
        drop = any_of(none_left, *_flags(own.leading_to(Outcome.DROP)))
        return drop, any_of(nw.col("_defer"), *_flags(own.leading_to(Outcome.DEFER))), out

    def _fetch(self, sums: Frame) -> dict[str, float]:
        (row,) = self._engine.fetch(sums)
        names = sums.collect_schema().names()
        return {name: float(value or 0) for name, value in zip(names, row, strict=True)}  # no rows: the sums are null


@dataclass(frozen=True)
class _Enforced:
    """The questions of a plan whose answer is obeyed."""

    person: tuple[Asked, ...]
    offers: tuple[tuple[Asked, ...], ...]

    @classmethod
    def of(cls, plan: Plan, name: str) -> _Enforced:
        """Ask the gates of a plan; ``name`` tells their columns from those of other plans."""

        def asked(questions: Sequence[Question], about: str) -> tuple[Asked, ...]:
            enforced = [q for q in questions if q.gate.mode is Mode.ENFORCE]
            return tuple(Asked.of(q, f"{name}_{about}_{place}") for place, q in enumerate(enforced))

        offers = (asked(candidate.questions, f"offer{k}") for k, candidate in enumerate(plan.candidates))
        return cls(asked(plan.person, "person"), tuple(offers))

    @property
    def all(self) -> list[Asked]:
        """Every question."""
        return [*self.person, *(asked for offer in self.offers for asked in offer)]

    def leading_to(self, outcome: Outcome) -> list[Asked]:
        """Give those about the person that lead to an outcome; those about an offer only ever block it."""
        return [asked for asked in self.person if asked.question.gate.outcome is outcome]

    def shared_with(self, other: _Enforced) -> _Enforced:
        """Keep what the other asks as well."""
        offers = (_both(mine, theirs) for mine, theirs in zip(self.offers, other.offers, strict=True))
        return _Enforced(_both(self.person, other.person), tuple(offers))

    def without(self, common: _Enforced) -> _Enforced:
        """Leave out what is asked in common."""
        offers = (_less(o, common.offers[k] if common.offers else ()) for k, o in enumerate(self.offers))
        return _Enforced(_less(self.person, common.person), tuple(offers))


def _both(mine: Sequence[Asked], theirs: Sequence[Asked]) -> tuple[Asked, ...]:
    asked = [one.question for one in theirs]
    return tuple(one for one in mine if one.question in asked)


def _less(mine: Sequence[Asked], common: Sequence[Asked]) -> tuple[Asked, ...]:
    asked = [one.question for one in common]
    return tuple(one for one in mine if one.question not in asked)


class _Columns:
    """Expressions that several settings share, each under a name of its own."""

    def __init__(self) -> None:
        self._names: dict[object, str] = {}
        self._make: dict[str, Callable[[], Value]] = {}

    def of(self, key: object, make: Callable[[], Value]) -> str:
        """Give the column for a key; equal keys must mean equal expressions."""
        name = self._names.setdefault(key, f"_shared{len(self._names)}")
        self._make.setdefault(name, make)
        return name

    def names(self) -> list[str]:
        """List the columns."""
        return list(self._make)

    def expressions(self) -> dict[str, nw.Expr]:
        """Make the expressions, by column."""
        return {name: as_expression(make()) for name, make in self._make.items()}


def _keys(facts: Mapping[str, Any]) -> list[str]:
    return sorted(fact.key for fact in facts.values())


def _sum_of_highest(columns: Sequence[str]) -> Value:
    return nw.max_horizontal(*map(nw.col, columns)).sum()


def _risk(plan: Plan) -> Value:
    return plan.risk_of(columns_of(plan.risk_facts))


def _flags(asked: Sequence[Asked]) -> list[nw.Expr]:
    return [nw.col(one.blocks) for one in asked]


def _any(asked: Sequence[Asked]) -> Value:
    return any_of(*_flags(asked))


def _known_result() -> nw.Expr:
    return as_expression(when(nw.col(RESULT) > 0, 1.0, 0.0))


def _observed() -> nw.Expr:
    return as_expression(when(nw.col(RESULT) >= 0, 1.0, 0.0))


def _chosen(out: Sequence[Value], offers: Sequence[tuple[str, str]]) -> Value:
    """Give the relevance of the best offer that is not blocked; of equals the first."""
    ranks = [when(flag, -1.0, nw.col(rank)) for flag, (_, rank) in zip(out, offers, strict=True)]
    best = nw.max_horizontal(*map(as_expression, ranks))
    chosen: Value = nw.col(offers[-1][0])
    for rank, (relevance, _) in reversed(list(zip(ranks, offers, strict=True))[:-1]):
        chosen = when(rank == best, nw.col(relevance), chosen)
    return chosen


def _tally(own: Mapping[str, float], of_all: Mapping[str, float]) -> Tally:
    return Tally(
        rows=int(of_all["rows"]),
        sends=int(own["sends"]),
        defers=int(own["defers"]),
        evidence=own["evidence"],
        evidence_of_all=of_all["evidence"],
        unsubscribes=own["unsubscribes"],
        unsubscribes_of_all=of_all["unsubscribes"],
        results=own.get("results", 0.0),
        results_of_all=of_all.get("results", 0.0),
        observed=own.get("observed", 0.0),
        observed_of_all=of_all.get("observed", 0.0),
    )
