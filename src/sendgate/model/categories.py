"""Category paths such as ``home/bedding/duvets``, and the sets of goods that an offer speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Self


def normalise(path: str) -> str:
    """Trim a path and its segments and fold double slashes: ``/home / bedding/`` is ``home/bedding``."""
    return "/".join(segment for segment in (part.strip() for part in path.split("/")) if segment)


@lru_cache(maxsize=65_536)
def lineage(path: str) -> tuple[str, ...]:
    """List a path and everything above it: ``a/b`` gives ``("a", "a/b")``; the empty path gives nothing."""
    segments = path.split("/") if path else []
    return tuple("/".join(segments[: depth + 1]) for depth in range(len(segments)))


def lies_in(path: str, categories: frozenset[str]) -> bool:
    """Tell whether a path is one of the categories or lies under one, on whole segments."""
    return not categories.isdisjoint(lineage(path))


def _listed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))


@dataclass(frozen=True)
class Assortment:
    """The goods that an offer speaks of. An event is in it by any of its categories or any of its products."""

    categories: tuple[str, ...] = field(default=())
    products: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, categories: Iterable[str] = (), products: Iterable[str] = ()) -> Self:
        """Build one from any order and with repetitions, so that equal assortments compare equal.

        Empty names are left out: events without a category or a product are in no assortment.
        """
        return cls(_listed(categories), _listed(products))

    @cached_property
    def category_set(self) -> frozenset[str]:
        """The categories, for look-ups."""
        return frozenset(self.categories)

    @cached_property
    def product_set(self) -> frozenset[str]:
        """The products, for look-ups."""
        return frozenset(self.products)

    @property
    def empty(self) -> bool:
        """Whether it speaks of nothing at all, as a thank-you does."""
        return not (self.categories or self.products)

    def covers(self, other: Assortment) -> bool:
        """Tell whether whatever is in another assortment is in this one."""
        return other.product_set <= self.product_set and all(lies_in(c, self.category_set) for c in other.categories)

    @cached_property
    def holds(self) -> Callable[[str, str], bool]:
        """Tells whether an event with this category and this product is in the assortment.

        It remembers its answers: everybody's events repeat the goods of a family.
        """
        categories, products = self.category_set, self.product_set

        @lru_cache(maxsize=65_536)
        def holds(category: str, product: str) -> bool:
            return product in products or lies_in(category, categories)

        return holds
