"""Scorecards that a policy names: JSON files beside it, with every mistake told at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from types import MappingProxyType

from msgspec import DecodeError

from sendgate.gate import Gate
from sendgate.gates.unsubscribe_risk import UnsubscribeRisk
from sendgate.policy.document import Node, Place
from sendgate.policy.review import Review
from sendgate.policy.suggestions import suggest
from sendgate.policy.yaml_reader import read_document
from sendgate.scores.card_text import SHIPPED, parsed, shipped
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.scorecard import Scorecard

_MADE_ANEW = "train the card anew"
_SETTINGS = ("card", "response_card")
"""By which gates name cards."""


def read_cards(root: Node, gates: Iterable[Gate], review: Review) -> Mapping[str, Scorecard]:
    """Read the cards that gates name, by the name that they give; what is wrong is noted and left out."""
    cards: dict[str, Scorecard] = {}
    for gate, setting in product(gates, _SETTINGS):
        name = getattr(gate, setting, None)
        if not isinstance(name, str):
            continue
        place = root["gates"][gate.name][setting].place
        if card := cards.get(name) or _card(name, place, review):
            cards[name] = card
            if (gate.name, setting) == (UnsubscribeRisk.name, "card"):
                _note_offer_facts(card, place, review)
    return MappingProxyType(cards)


def _card(name: str, place: Place, review: Review) -> Scorecard | None:
    if not name.endswith(".json"):
        if name in SHIPPED:
            return shipped(name)
        hint = f"{suggest(name, SHIPPED)}; or a file whose name ends in .json"
        review.mistake(f"no card `{name}` comes with sendgate", place, hint=hint)
        return None
    path = Path(review.file).parent / name
    own = Review(str(path))
    card = load_card(path, own)
    if card is None and not path.exists():
        review.mistake(f"the card `{name}` cannot be read: no such file", place, hint="relative to this file")
        return None
    for mistake in own.mistakes:
        message = mistake.message.replace("this is not YAML", "this is not JSON")
        review.mistake(message, Place(mistake.line, mistake.column), hint=mistake.help, file=mistake.file)
    return card


def load_card(path: Path, review: Review) -> Scorecard | None:
    """Read a card, or note everything that is wrong with it and give None."""
    try:
        card = parsed(path.read_bytes())
    except (OSError, DecodeError):
        _note_all(path, review)
        return None
    faults = list(_faults(card))
    if not faults:
        return card
    terms = (read_document(path, review) or Node(None))["terms"].items
    for number, key, message, hint in faults:
        review.mistake(message, terms[number][key].place if number < len(terms) else Place(), hint=hint)
    return None


def _note_all(path: Path, review: Review) -> None:
    """Find out what is wrong, with places: JSON is YAML as well, and settings are judged alike."""
    from sendgate.policy.mistakes import note_mistakes  # noqa: PLC0415  only where something is wrong

    before = len(review.mistakes)
    root = read_document(path, review)
    if root is not None:
        note_mistakes(root, Scorecard, review, "the card")
    if len(review.mistakes) == before:
        review.mistake("this is not JSON: a card is written by `sendgate train`, and edited with care")


def _faults(card: Scorecard) -> Iterator[tuple[int, str, str, str]]:
    """List the terms that cannot be answered: place, key, message and help."""
    for number, term in enumerate(card.terms):
        fact = CATALOGUE.get(term.fact)
        if fact is None:
            message = f"the card asks for a fact `{term.fact}` that does not exist"
            yield number, "fact", message, suggest(term.fact, CATALOGUE)
        elif fact.definition != term.definition:
            message = (
                f"the card was made with another definition of `{term.fact}`: "
                f"`{term.definition}`, which is `{fact.definition}` by now"
            )
            yield number, "definition", message, _MADE_ANEW


def _note_offer_facts(card: Scorecard, place: Place, review: Review) -> None:
    """A risk is the same whichever offer is chosen."""
    if of_offers := [name for name in card.facts if CATALOGUE[name].of_offer]:
        message = f"a risk is about the person, and the card asks for `{of_offers[0]}` of an offer"
        review.mistake(message, place, hint="a card of the risk reads facts of people")
