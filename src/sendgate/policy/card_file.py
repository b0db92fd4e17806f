"""Scorecards that a policy names: JSON files beside it, with every mistake told at its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import product
from operator import getitem
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import DecodeError, ValidationError, convert

from sendgate.gate import Gate
from sendgate.gates.relevance import Relevance
from sendgate.gates.unsubscribe_risk import UnsubscribeRisk
from sendgate.policy.document import Node, Place
from sendgate.policy.review import Review
from sendgate.policy.suggestions import suggest
from sendgate.policy.yaml_reader import read_document
from sendgate.scores.card_text import SHIPPED, parsed, shipped
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.scorecard import Scorecard, Term

_MADE_ANEW = "train the card anew"
_WITH_CARE = "a card is written by `sendgate train`, and edited with care"
_NUMBER = re.compile(r"\s*[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?\s*")
_SETTINGS = ("card", "response_card")
"""By which gates name cards."""
_LEAVING, _ANSWER = "that somebody leaves", "that somebody answers"
_WANTED: Mapping[tuple[str, str], str] = {
    (UnsubscribeRisk.name, "card"): _LEAVING,
    (UnsubscribeRisk.name, "response_card"): _ANSWER,
    (Relevance.name, "card"): _ANSWER,
}
"""The outcome that each setting means."""
_SIGNS = {
    _LEAVING: re.compile("unsubscri|complain|leav"),
    _ANSWER: re.compile(r"\bopen|click|redeem|redempt|purchas|\bbuy|answer|respon"),
}
"""By what a card is told to speak of an outcome: it says so in words."""


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
            if wanted := _WANTED.get((gate.name, setting)):
                _note_other_outcome(card, wanted, place, review)
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
    for warning in own.warnings:
        review.warn(warning.message, Place(warning.line, warning.column), hint=warning.help, file=warning.file)
    return card


def load_card(path: Path, review: Review) -> Scorecard | None:
    """Read a card, or note everything that is wrong with it and give None. What is foolish is warned of."""
    try:
        text = path.read_bytes()
        card = parsed(text)
        json.loads(text, object_pairs_hook=_once)
    except (OSError, ValueError):  # all that decoding raises is one
        _note_all(path, review)
        return None
    faults = list(_faults(card))
    if not faults:
        _warn(card, path, review)
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
            _note_as_json(path, root, review)
    if len(review.mistakes) == before:
        review.mistake(f"this is not JSON: {_WITH_CARE}")


def _once(entries: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a key that is given twice: of two values, JSON would take the last without a word."""
    if len(made := dict(entries)) < len(entries):
        raise ValueError("a key is given twice")
    return made


def _note_as_json(path: Path, root: Node, review: Review) -> None:
    """Find out what is right as YAML, and not as JSON: where quotes make text of a number, say so for each."""
    text = path.read_bytes()
    try:
        data = msgspec.json.decode(text)
    except DecodeError as error:
        at = re.search(r"\(byte (\d+)\)", str(error))
        before = text[: int(at[1]) if at else len(text)].decode("utf-8", "replace")
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        review.mistake(f"this is not JSON: {_WITH_CARE}", place)
        return
    while found := _strict_mistake(data):
        keys, why = found
        *above, last = keys
        value = reduce(getitem, keys, data)
        node = reduce(_below, keys, root)
        named = next((f"`{key}`" for key in reversed(keys) if isinstance(key, str)), "the card")
        if not (isinstance(value, str) and _NUMBER.fullmatch(value) and "str" in why):
            review.mistake(f"{named}: {why[:1].lower()}{why[1:]}", node.place)
            return
        review.mistake(f'{named} must be a number, and `"{value}"` is text', node.place, hint="leave out the quotes")
        reduce(getitem, above, data)[last] = float(value)


_Keys = list[str | int]


def _strict_mistake(data: object) -> tuple[_Keys, str] | None:
    """Give the keys that lead to the first mistake, and what it is."""
    try:
        convert(data, Scorecard)
    except ValidationError as error:
        why, _, path = str(error).partition(" - at `$")
        keys: _Keys = [int(number) if number else key for key, number in re.findall(r"\.(\w+)|\[(\d+)\]", path)]
        return (keys, why) if keys else None
    return None


def _below(node: Node, key: str | int) -> Node:
    return node[key] if isinstance(key, str) else node.items[key]


def _warn(card: Scorecard, path: Path, review: Review) -> None:
    """Warn of what a card was warned of when it was made, and of what does nothing, or not what it says."""
    for warning in card.provenance.warnings if card.provenance else ():
        review.warn(f"the card was warned of when it was made: {warning}", hint=f"do not rely on it: {_MADE_ANEW}")
    if not card.terms:
        review.warn("the card has no terms: everybody gets the same probability")
    if odd := [number for number, term in enumerate(card.terms) if _moves_otherwise(term)]:
        terms = (read_document(path, review) or Node(None))["terms"].items
        for number in odd:
            term = card.terms[number]
            message = f"`{term.fact}` is said to be `forced` {term.forced}, and its points are not"
            review.warn(message, terms[number]["forced"].place, hint="right the points, or leave out `forced`")


def _moves_otherwise(term: Term) -> bool:
    points = [term.line.at_start, term.line.at_end] if term.line else [b.points for b in term.bins]
    return bool(term.forced) and points != sorted(points, reverse=term.forced == "falling")


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


def _note_other_outcome(card: Scorecard, wanted: str, place: Place, review: Review) -> None:
    """Refuse a card of another outcome: it would order people the wrong way round."""
    about = _outcome(card)
    hint = "risk and relevance are two cards: see `sendgate train`"
    if not about:
        message = f"the card does not say what it predicts, and the probability {wanted} is needed here"
        review.warn(message, place, hint="say it in `predicts`, such as `clicked` or `unsubscribed`")
    elif about != wanted:
        message = f"the card gives the probability {about} (`{card.predicts}`); the one {wanted} is needed here"
        review.mistake(message, place, hint=hint)


def _outcome(card: Scorecard) -> str:
    """Tell which outcome a card speaks of, by its provenance or else by what it predicts; empty where that is open."""
    for words in (card.provenance.outcome if card.provenance else "", card.predicts):
        found = [about for about, signs in _SIGNS.items() if signs.search(words.lower())]
        if len(found) == 1:
            return found[0]
    return ""


def _note_offer_facts(card: Scorecard, place: Place, review: Review) -> None:
    """A risk is the same whichever offer is chosen."""
    if of_offers := [name for name in card.facts if CATALOGUE[name].of_offer]:
        message = f"a risk is about the person, and the card asks for `{of_offers[0]}` of an offer"
        review.mistake(message, place, hint="a card of the risk reads facts of people")
