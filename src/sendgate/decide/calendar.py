"""Several campaigns at once: when each is to go out, what its messages are worth, and what they leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from sendgate.decide.plan import Plan
from sendgate.errors import InputError
from sendgate.facts.after import Sends
from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.kinds import Fact
from sendgate.facts.sentence import Sentence, say
from sendgate.model.campaigns import Offer, Purpose
from sendgate.model.events import Event
from sendgate.scores.catalogue import in_catalogue

GATE = "plan"
"""Named, in place of a gate, where a message gives way to others of the plan."""


@dataclass(frozen=True)
class Entry:
    """One campaign of a calendar."""

    plan: Plan
    at: float
    """When it is to go out, epoch seconds."""
    priority: float = 1.0
    """The weight of its messages against those of the others."""
    value: float | None = None
    """What a message is worth; without, what the evidence and the offer say."""

    @property
    def name(self) -> str:
        """The campaign's."""
        return self.plan.campaign.name

    @property
    def gives_way(self) -> bool:
        """Whether its messages may be left out for the sake of others. What is owed, is sent."""
        return self.plan.campaign.purpose is not Purpose.TRANSACTIONAL

    def worth(self, offer: Offer, rank: Value) -> Value:
        """Give value x priority, or relevance x incentive fit x the offer's value x priority."""
        if self.value is not None:
            return settle(float(self.value * self.priority))
        return settle(rank * float(self.priority * (1.0 if offer.value is None else offer.value)))

    def left_behind(self, offer: Offer) -> Event:
        """Give the event that a message leaves in the log, but for its time."""
        campaign = self.plan.campaign
        categories = offer.assortment.categories
        return Event(
            "sent",
            0.0,
            brand=campaign.brand,
            channel=campaign.channel.value,
            campaign=campaign.name,
            creative=offer.creative,
            purpose=campaign.purpose.value,
            category=categories[0] if len(categories) == 1 else "",
            product=offer.product,
        )


@dataclass(frozen=True)
class Calendar:
    """The campaigns of a period, in the order in which they go out."""

    entries: tuple[Entry, ...]
    until: float
    """The horizon, epoch seconds: what waits until then or less is decided again when it is due."""

    @cached_property
    def sends(self) -> Sends:
        """What the messages of the calendar leave behind."""
        return Sends(
            tuple(tuple(entry.left_behind(offer) for offer in entry.plan.campaign.offers) for entry in self.entries)
        )

    def wordless(self) -> Calendar:
        """Give the same calendar, which does not say on what evidence messages are sent."""
        entries = (replace(e, plan=e.plan.wordless) for e in self.entries)
        return replace(self, entries=tuple(entries))

    def needs(self, entry: Entry) -> frozenset[Fact]:
        """Give the facts, as they are without the calendar, that deciding about a campaign needs.

        Raises InputError where a gate asks for something that cannot be foreseen.
        """
        if refused := next(self._refusals(entry.plan), ""):
            raise InputError(refused)
        return self.sends.needs(entry.plan.facts)

    def _refusals(self, plan: Plan) -> Iterator[str]:
        for who, facts in plan.asking:
            for name, fact in facts.items():
                if why := self.sends.refusal(fact):
                    yield f"{who} asks for `{in_catalogue(name)}`, which a plan cannot foresee: it {why}"


def gave_way(worth: Value) -> Sentence:
    """Say why a message is left out that nothing else stands in the way of."""
    words = "gives way to messages of the plan that are worth more together; this one is worth {worth:amount}"
    return say(words, worth=worth)
