"""What scorecards ask about: facts with a name, that become one number, and words for its bins."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Literal

from msgspec import Struct

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Fact, Facts
from sendgate.facts.sharing import visible
from sendgate.facts.sheet import Sheet
from sendgate.model.campaigns import Campaign, Channel, Family, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.times import counted


class About(Struct, frozen=True):
    """What a score is about: a campaign of a family, and one of its offers."""

    family: Family
    campaign: Campaign
    offer: Offer = Offer("")

    def seen(self, fact: Fact) -> Fact:
        """Narrow a fact to what the campaign's brand may see."""
        return visible(fact, self.campaign.brand, self.family)


_MODEL = About(
    Family("family"),
    Campaign("campaign", "brand", Channel.EMAIL, Purpose.PROMOTIONAL, ()),
    Offer("offer", Assortment(("category",), ("product",))),
)
"""What definitions speak of."""

Known = Mapping[str, Value]
Unit = Literal["count", "days", "amount", "share", "hour", "weekday"]

_WHATEVER = {
    "count": "any number of {nouns}",
    "days": "some time",
    "share": "any share",
    "amount": "any amount",
}
"""Words for a bin without bounds: a value is known, whichever."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class ScoreFact(Struct, frozen=True, dict=True):
    """One number about a person, or about a person and an offer. UNKNOWN where nobody can say."""

    name: str
    means: str
    """What it is, for whoever reads a card."""
    phrase: str
    """Words for a bin, with ``{range}`` in place of its values: "joined {range} ago"."""
    unit: Unit
    facts: Callable[[About], Facts]
    value: Callable[[Known], Value]
    noun: str = ""
    """What is counted; ``day`` for days."""
    missing: str = ""
    """Words for an unknown value."""
    of_offer: bool = False
    """It speaks of an offer, and not of the person alone."""

    @cached_property
    def definition(self) -> str:
        """A digest of what the fact means: of the facts that it reads, and of what it makes of them."""
        sheet, facts = Sheet(), self.facts(_MODEL)
        place = sheet.place(self.value({name: sheet.fact(fact) for name, fact in facts.items()}))
        written = f"{sheet.written(lambda fact: str(fact.key))}\nv{place}"
        return hashlib.sha256(written.encode()).hexdigest()[:12]

    def words(self, low: float | None, high: float | None) -> str:
        """Say what a bin means for a person: "joined 7 to 30 days ago". Bounds are None where there is none."""
        return self.phrase.format(range=self._range(low, high))

    def _range(self, low: float | None, high: float | None) -> str:
        if low is None and high is None and self.unit in _WHATEVER:
            return _WHATEVER[self.unit].format(nouns=self._plural)
        if self.unit == "count":
            return self._counts(low, high)
        if self.unit in {"hour", "weekday"}:
            return self._clock(low, high)
        low_text, high_text = (None if bound is None else self._bound(bound) for bound in (low, high))
        if low_text is None or low is None or low <= 0:
            return f"less than {high_text}{self._noun(high_text)}" if high_text else f"0{self._noun('0')} or more"
        if high_text:
            return f"{low_text} to {high_text}{self._noun(high_text)}"
        return f"{low_text}{self._noun(low_text)} or more"

    def _noun(self, number: str) -> str:
        """Name the unit after a number; one day is no days."""
        plural = self._plural
        return f" {plural.removesuffix('s') if number == '1' else plural}" if plural else ""

    @property
    def _plural(self) -> str:
        return "days" if self.unit == "days" else f"{self.noun}s" if self.noun else ""

    def _bound(self, bound: float) -> str:
        return f"{bound * 100:.3g} %" if self.unit == "share" else f"{bound:.6g}"

    def _counts(self, low: float | None, high: float | None) -> str:
        """Name whole numbers: the bound above is not among them."""
        first = max(0, -int(-(low or 0) // 1))
        if high is None:
            return f"{first} or more {self.noun}s"
        last = -int(-high // 1) - 1
        if first == last:
            return counted(first, self.noun) if first else f"no {self.noun}"
        return f"{first} to {last} {self.noun}s"

    def _clock(self, low: float | None, high: float | None) -> str:
        whole = 24 if self.unit == "hour" else len(_WEEKDAYS)
        first = min(int(low or 0), whole - 1)
        last = max(first, min(whole if high is None else int(high), whole) - 1)
        if self.unit == "hour":
            return f"{first:02d}:00 to {last:02d}:59"
        return _WEEKDAYS[first] if first == last else f"{_WEEKDAYS[first]} to {_WEEKDAYS[last]}"
