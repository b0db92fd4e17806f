"""What the numbers of a dry run mean, in sentences that somebody understands who never saw the tool."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sendgate.model.decisions import Mode, Outcome
from sendgate.report.distributions import Distributions
from sendgate.report.phrases import count, expected, listed, people, share, spoken
from sendgate.report.summary import GateCount, Summary

HELD_BACK: Mapping[str, str] = MappingProxyType(
    {
        "permission": "never agreed to hear from this brand, or left it",
        "deliverability": "cannot be reached, or once complained",
        "duplicate": "had this message already, or stand on the list twice",
        "quiet_hours": "would be woken up",
        "frequency": "have heard enough from the family lately",
        "moment": "just bought, returned or complained, or have a case open",
        "fit": "are not those whom the offer is for",
        "just_bought": "have just bought it",
        "price_protection": "paid more for it not long ago",
        "relevance": "show too little sign of wanting it",
        "intent": "have something else on their mind",
        "fatigue": "have seen this creative too often",
        "recognition": "are good customers whom it would greet as strangers",
        "balance": "were asked too often without a word of thanks",
        "unsubscribe_risk": "would be too likely to leave",
        "holdout": "are the control group, so that the effect can be measured",
        "render": "would get a message with a gap in it",
    }
)
"""Why a gate holds people back, after "1,204 people"."""


NO_CHOICE = frozenset({"permission", "deliverability", "duplicate"})
"""Gates that nobody should think of switching off: who has no permission must not be written to."""


def held_back(gate: str) -> str:
    """Say why a gate holds people back."""
    return HELD_BACK.get(gate, f"are held back by {spoken(gate)}")


def headline(summary: Summary, brand: str) -> str:
    """Say what would happen."""
    sent = summary.outcomes[Outcome.SEND]
    if not summary.rows:
        return "There is nobody on the list."
    if summary.rows == 1:
        return f"The one recipient {'hears' if sent else 'does not hear'} from {brand} now."
    if sent == summary.rows:
        return f"All {count(sent)} recipients hear from {brand} now."
    if not sent:
        return f"None of {count(summary.rows)} recipients hears from {brand} now."
    return f"{count(sent)} of {count(summary.rows)} recipients {'hears' if sent == 1 else 'hear'} from {brand} now."


def lede(summary: Summary) -> str:
    """Say what happens to all others."""
    drop, defer = summary.outcomes[Outcome.DROP], summary.outcomes[Outcome.DEFER]
    spared = f"{count(drop)} {'is' if drop == 1 else 'are'} spared a message that should not reach them" if drop else ""
    waiting = f"{count(defer)} {'waits' if defer == 1 else 'wait'} for a better moment" if defer else ""
    if not (spared or waiting):
        return "Nothing stands in the way of anybody." if summary.rows else ""
    return f"{listed(filter(None, (spared, waiting)))}."


def risk(summary: Summary) -> str:
    """Say what sending to all would be expected to cost."""
    everybody, sent = sum(summary.leavers.values()), summary.outcomes[Outcome.SEND]
    if not summary.rows:
        return ""
    whom = f"all {count(summary.rows)}" if summary.rows > 1 else "this one"
    said = f"Sent to {whom}, it would be expected to lose {_leavers(everybody)} for good"
    if sent in {0, summary.rows}:
        return f"{said}."
    return f"{said}; sent to the {count(sent)} above, {_leavers(summary.leavers[Outcome.SEND])}."


def _leavers(number: float) -> str:
    words = expected(number)
    about = "" if words.startswith("under") or words == "0" else "about "
    return f"{about}{words} {'person' if words == '1' else 'people'}"


def alone(summary: Summary) -> str:
    """Say what the gate does that nobody else would do."""
    enforced = (gate for gate in summary.gates if gate.alone and gate.mode is Mode.ENFORCE)
    most = max(enforced, key=lambda gate: gate.alone, default=None)
    if most is None:
        return "No gate holds back anybody whom another would not hold back as well."
    return f"{spoken(most.gate).capitalize()} alone holds back {people(most.alone)} whom no other gate would stop."


def change(gate: GateCount) -> str:
    """Say what switching a gate off, or enforcing it, would change."""
    if gate.mode is Mode.OBSERVE:
        would = f"of the {people(gate.would_block)} whom it would block"
        if not gate.alone:
            return f"Enforced, it would stop nobody more: {would}, none would get a message now."
        return f"Enforced, it would stop {people(gate.alone)} who would get a message now, {would}."
    if not gate.alone:
        return "Switching it off would change nothing today." if not gate.blocks else (
            "Switching it off would let nobody through: others block the same people."
        )  # fmt: skip
    return f"Switching it off would reach {people(gate.alone)} more, and lose {_leavers(gate.alone_leavers)}."


def together(summary: Summary) -> str:
    """Say how often gates agree."""
    stopped = sum(summary.together.values())
    if not summary.entangled:
        return "Nobody is held back by more than one gate."
    return (
        f"{count(summary.entangled)} of the {count(stopped)} who are held back"
        f" ({share(summary.entangled, stopped)}) are held back by more than one gate: whichever is switched off, these"
        " would not get the message now."
    )


def relevance(found: Distributions, rows: int, *, card: bool = False) -> str:
    """Say how much evidence there is; ``card``: how probable an answer is."""
    scores = found.relevance
    nothing = sum(scores.nothing.values())
    below = sum(sum(b.counts.values()) for b in scores.bins if scores.threshold and b.high <= scores.threshold * 1.001)
    close = next((sum(b.counts.values()) for b in reversed(scores.bins) if _ends_at(b.high, scores.threshold)), 0)
    if card and scores.threshold is None:
        return "The probability of an answer is told, and no gate asks for more."
    if card:
        them = f"{people(below)} {'is' if below == 1 else 'are'} less likely to answer than the policy asks"
        return f"{them}, and {count(close)} of these {'is' if close == 1 else 'are'} close to the line."
    said = f"{people(nothing)} ({share(nothing, rows)}) gave no sign at all of wanting this"
    if scores.threshold is None:
        return f"{said}. No gate asks for more."
    return f"{said}, {count(below)} too little, and {count(close)} of these are close to the line."


def _ends_at(bound: float, threshold: float | None) -> bool:
    return threshold is not None and abs(bound / threshold - 1) < 1e-6  # noqa: PLR2004  rounding


def unsubscribing(found: Distributions) -> str:
    """Say who is too likely to leave."""
    scores = found.risk
    if scores.threshold is None and scores.weighed:
        return "No gate limits the risk by itself: it is weighed against what an offer may bring."
    if scores.threshold is None:
        return "No gate limits the risk: it is told, and changes nothing."
    over = sum(sum(b.counts.values()) for b in scores.bins if b.low >= scores.threshold * 0.999)
    return f"{people(over)} {'is' if over == 1 else 'are'} more likely to leave than the policy accepts."


def week(found: Distributions, limit: int) -> str:
    """Say how many people would have more than so many messages in a week."""
    everybody = sum(sum(counts.values()) for had, counts in found.messages.items() if had + 1 > limit)
    gated = sum(
        rows
        for had, counts in found.messages.items()
        for outcome, rows in counts.items()
        if had + (outcome is Outcome.SEND) > limit
    )
    return (
        f"Sent to all, it would be message number {limit + 1} or more within 7 days for {people(everybody)}. With"
        f" these decisions {count(gated)} {'has' if gated == 1 else 'have'} had so many, this one included."
    )


def waiting(found: Distributions) -> str:
    """Say who waits, and for how long nobody knows."""
    known, unknown = sum(found.waiting.values()), found.open_ended
    said = f"{people(known)} {'becomes' if known == 1 else 'become'} free at a time that is known"
    return f"{said}, {people(unknown)} when something ends of which nobody knows when." if unknown else f"{said}."
