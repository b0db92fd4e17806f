"""How well relevance tells who redeems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from random import Random

from examples.complete_journey.replay import Recipient


def auc(recipients: Iterable[Recipient], times: Counter[str] | None = None) -> float | None:
    """Give the chance that somebody who redeemed is more relevant than somebody who did not; ties count half.

    ``times`` says how often each household counts. None where only one sort of household is there.
    """
    won = below = redeemers = 0.0
    for _, tied in groupby(sorted(recipients, key=_relevance), key=_relevance):
        here = [0, 0]
        for recipient in tied:
            here[recipient.redeemed > 0] += 1 if times is None else times[recipient.person]
        won += here[1] * (below + here[0] / 2)
        below += here[0]
        redeemers += here[1]
    return won / (below * redeemers) if below and redeemers else None


def _relevance(recipient: Recipient) -> float:
    return recipient.relevance


def interval(recipients: Sequence[Recipient], draws: int = 500, seed: int = 2017) -> tuple[float, float]:
    """Give the 95 % interval of ``auc`` by drawing households, with all their messages, again and again."""
    random, ordered = Random(seed), sorted(recipients, key=_relevance)
    households = sorted({recipient.person for recipient in ordered})
    drawn = (auc(ordered, Counter(random.choices(households, k=len(households)))) for _ in range(draws))
    values = sorted(value for value in drawn if value is not None)
    return values[int(len(values) * 0.025)], values[int(len(values) * 0.975)]


def share_dropped(recipients: Sequence[Recipient]) -> float:
    """Give the share of messages that the gate `relevance` blocks."""
    return sum("relevance" in recipient.blocked_by for recipient in recipients) / len(recipients)


def share_kept(recipients: Sequence[Recipient]) -> float:
    """Give the share of redeemed coupons whose message the gate `relevance` lets pass."""
    kept = sum(recipient.redeemed for recipient in recipients if "relevance" not in recipient.blocked_by)
    return kept / max(1, sum(recipient.redeemed for recipient in recipients))


def kept_without_the_least(recipients: Sequence[Recipient], share: float) -> tuple[float, float]:
    """Give the threshold that drops a share of the messages, least relevant first, and the redemptions it keeps."""
    least = sorted(recipient.relevance for recipient in recipients)[int(share * len(recipients))]
    kept = sum(recipient.redeemed for recipient in recipients if recipient.relevance >= least)
    return least, kept / max(1, sum(recipient.redeemed for recipient in recipients))
