"""What a gate says about one person: its rules are asked once, and their values read off the row of a sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sendgate.decide.plan import Question, cells_of
from sendgate.facts.sentence import Said, Spoken
from sendgate.facts.sheet import Row, Sheet
from sendgate.gate import Gate, Rule
from sendgate.model.decisions import Finding, Outcome
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER

Find = Callable[[Row], Finding]

_SEND, _PASSED = Outcome.SEND, Reason.PASSED  # looking a member up takes longer than making a finding


class _Placed(NamedTuple):
    """A rule with the places of its values."""

    blocks: int
    reason: Reason
    observed: int
    limit: int
    says: Said
    until: int

    @classmethod
    def on(cls, sheet: Sheet, rule: Rule) -> _Placed:
        """Find the places."""
        blocks, observed, limit, until = map(sheet.place, (rule.blocks, rule.observed, rule.limit, rule.until))
        return cls(blocks, rule.reason, observed, limit, rule.says, until)


def finder(question: Question, sheet: Sheet) -> Find:
    """Ask a gate, and give the function from the row of a person to the finding.

    Of the rules that block the one that ends last speaks, of equals the first (see ``Gate.rules``).
    """
    rules = question.gate.rules(question.ask, cells_of(sheet, question.facts))
    if not rules:
        finding = exempt(question.gate, "has nothing to ask here", question.offer)
        return lambda _: finding
    placed = [_Placed.on(sheet, rule) for rule in rules]
    return _finder(question.gate, question.offer, placed, rules[0].passes)


def _finder(gate: Gate, offer: str, rules: Sequence[_Placed], passes: Said) -> Find:
    conditions = [rule.blocks for rule in rules]
    name, mode, observed, limit = gate.name, gate.mode, rules[0].observed, rules[0].limit
    blocked = _blocked(gate, offer, rules)

    def find(row: Row) -> Finding:
        for place in conditions:
            if row[place]:
                return blocked(row)
        return Finding(
            name,
            offer,
            False,  # noqa: FBT003  a field of a tuple
            mode,
            _SEND,
            _PASSED,
            row[observed],
            row[limit],
            NEVER,
            _spoken(passes, row),
        )

    return find


def _blocked(gate: Gate, offer: str, rules: Sequence[_Placed]) -> Find:
    name, mode, outcome = gate.name, gate.mode, gate.outcome

    def blocked(row: Row) -> Finding:
        head = max([rule for rule in rules if row[rule.blocks]], key=lambda rule: row[rule.until])
        return Finding(
            name,
            offer,
            True,  # noqa: FBT003  a field of a tuple
            mode,
            outcome,
            head.reason,
            row[head.observed],
            row[head.limit],
            row[head.until],
            _spoken(head.says, row),
        )

    return blocked


def _spoken(says: Said, row: Row) -> object:
    return says if isinstance(says, str) else Spoken(says, row)


def exempt(gate: Gate, why: str, offer: str = "") -> Finding:
    """Make the finding of a gate that asks nothing."""
    return Finding(gate.name, offer, False, gate.mode, Outcome.SEND, Reason.EXEMPT, "", "", NEVER, why)  # noqa: FBT003
