"""All facts that a scorecard may ask for, and a card bound to a campaign."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct

from sendgate.facts.arithmetic import Value, noted, noting
from sendgate.facts.kinds import Facts
from sendgate.scores.offer_facts import OFFER_FACTS
from sendgate.scores.person_facts import PERSON_FACTS
from sendgate.scores.score_fact import About, Known, ScoreFact

CATALOGUE: Mapping[str, ScoreFact] = MappingProxyType({fact.name: fact for fact in (*PERSON_FACTS, *OFFER_FACTS)})
"""The facts by name."""

_BETWEEN = "."


def in_catalogue(name: str) -> str:
    """Give the fact of the catalogue that a name among ``Asked.facts`` belongs to; any other name as it is."""
    of, between, _ = name.rpartition(" ")[2].partition(_BETWEEN)
    return of if between and of in CATALOGUE else name


class Asked(Struct, frozen=True):
    """The facts that some names of the catalogue stand for, about one campaign and offer."""

    facts: Facts
    """Named after the catalogue's fact and its own name for what it reads."""
    names: tuple[str, ...]

    @classmethod
    def about(cls, names: Iterable[str], about: About) -> Asked:
        """Ask about a campaign, and about an offer where a fact speaks of one."""
        listed = tuple(names)
        facts = {
            f"{name}{_BETWEEN}{own}": fact for name in listed for own, fact in CATALOGUE[name].facts(about).items()
        }
        return cls(facts, listed)

    def values(self, known: Known) -> Mapping[str, Value]:
        """Turn the facts into a number for each name."""
        known = noting(known, known, self._digest)
        values = {name: noted(known, name, CATALOGUE[name].value(self._own(name, known))) for name in self.names}
        return noting(known, values)

    @property
    def _digest(self) -> str:
        """What is asked, in a few letters."""
        return hashlib.sha256(repr([(name, fact.key) for name, fact in self.facts.items()]).encode()).hexdigest()[:12]

    def _own(self, name: str, known: Known) -> Known:
        start = name + _BETWEEN
        return {key.removeprefix(start): value for key, value in known.items() if key.startswith(start)}
