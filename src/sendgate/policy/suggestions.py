"""The nearest right name, and lists of names in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_FEW = 12


def nearest(word: str, names: Iterable[str]) -> str:
    """Find the name that was probably meant, or the empty text."""
    from difflib import get_close_matches  # noqa: PLC0415  only where something is wrong

    plain = {name.casefold().replace("-", "_"): name for name in names}
    found = get_close_matches(word.casefold().replace("-", "_"), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""


def suggest(word: str, names: Iterable[str]) -> str:
    """Ask ``did you mean …?``, or else list what there is."""
    known = list(names)
    if near := nearest(word, known):
        return f"did you mean `{near}`?"
    if not known:
        return ""
    more = f" and {len(known) - _FEW} more" if len(known) > _FEW else ""
    return f"expected one of {', '.join(f'`{name}`' for name in known[:_FEW])}{more}"


def alternatives(phrases: Sequence[str]) -> str:
    """Join as ``a, b or c``, each once."""
    once = list(dict.fromkeys(phrases))
    return " or ".join([", ".join(once[:-1]), once[-1]] if len(once) > 1 else once)
