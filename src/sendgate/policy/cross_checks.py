"""Mistakes that show only when files are read together: names that are used but declared nowhere, or twice.

They are looked for in the documents themselves, so that they are found beside whatever else is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sendgate.model.campaigns import Family
from sendgate.policy.document import Node, Place
from sendgate.policy.review import Review
from sendgate.policy.suggestions import suggest


class Names(NamedTuple):
    """The names that a family declares; None where its file cannot tell."""

    brands: Sequence[str] | None = None
    tiers: Sequence[str] | None = None


def names_of(family: Family) -> Names:
    """Give the names that a family declares."""
    return Names(tuple(family.brands), family.tiers)


def names_in(root: Node | None) -> Names:
    """Give the names that a policy document declares, as far as it can be read."""
    if root is None:
        return Names()
    family = root["family"]
    brands = tuple(family["brands"].entries)
    if "tiers" not in family.entries:
        return Names(brands or None, () if family.entries else None)
    tiers = family["tiers"]
    declared = tuple(node.text for node in tiers.items) if isinstance(tiers.content, list) else None
    return Names(brands or None, declared)


def check_policy_names(root: Node, review: Review) -> None:
    """Note tiers in gates that the family does not have."""
    _declared(root["gates"]["recognition"]["from_tier"], names_in(root).tiers, "tier", review)


def check_campaign_names(root: Node, names: Names, review: Review) -> None:
    """Note brands and tiers that the family does not have."""
    _declared(root["brand"], names.brands, "brand", review)
    for offer in root["offers"].items:
        _declared(offer["recognises"], names.tiers, "tier", review)


def check_offer_names(root: Node, review: Review) -> None:
    """Note offers that bear the name of an earlier one."""
    first: dict[str, Place] = {}
    for offer in root["offers"].items:
        name = offer["name"]
        if name.text and first.setdefault(name.text, name.place) != name.place:
            hint = f"the first is on line {first[name.text].line}"
            review.mistake(f"there are two offers named `{name.text}`", name.place, hint=hint)


def check_campaigns_differ(campaigns: Iterable[tuple[Node, Review]]) -> None:
    """Note campaigns that bear the name of another file's: they would count as the same message."""
    files: dict[str, str] = {}
    for root, review in campaigns:
        name = root["name"]
        if name.text and files.setdefault(name.text, review.file) != review.file:
            hint = f"the first is in {files[name.text]}"
            review.mistake(f"there are two campaigns named `{name.text}`", name.place, hint=hint)


def _declared(node: Node, names: Sequence[str] | None, kind: str, review: Review) -> None:
    if node.text and not node.broken and names is not None and node.text not in names:
        hint = suggest(node.text, names) or f"the family has no {kind}s"
        review.mistake(f"`{node.text}` is not a {kind} of the family", node.place, hint=hint)
