"""The nearest right name, and lists of names in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from sendgate.model.enumerating import backticked

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
    return f"expected one of {backticked(known, _FEW)}"


def suggest_file(path: Path, endings: tuple[str, ...]) -> str:
    """Ask ``did you mean …?`` of a file in the same folder with one of some endings, or else say which there are."""
    if near := nearest_file(path, endings):
        return f"did you mean `{path.parent / near}`?"
    if not path.parent.is_dir():
        return f"there is no folder `{path.parent}`"
    names = _names_beside(path, endings)
    return f"the files of its kind there: {backticked(names, _FEW)}" if names else ""


def suggest_beside(path: Path, written: str, endings: tuple[str, ...], otherwise: str = "relative to this file") -> str:
    """Ask ``did you mean …?`` of a file as it is written in another file, or else say what such names are."""
    near = nearest_file(path, endings)
    return f"did you mean `{Path(written).with_name(near)}`?" if near else otherwise


def nearest_file(path: Path, endings: tuple[str, ...]) -> str:
    """Find the name of the file in the same folder, with one of some endings, that was probably meant, if any."""
    names = _names_beside(path, endings)
    stems = {_stem(name): name for name in sorted(names, key=lambda name: name.endswith(path.suffix))}
    near = nearest(_stem(path.name), stems)
    return stems[near] if near else ""


def _names_beside(path: Path, endings: tuple[str, ...]) -> list[str]:
    with suppress(OSError):
        return sorted(file.name for file in path.parent.iterdir() if file.name.lower().endswith(endings))
    return []


def _stem(name: str) -> str:
    """Give what tells files apart: all but the endings, which are alike."""
    return name.partition(".")[0]


def alternatives(phrases: Sequence[str]) -> str:
    """Join as ``a, b or c``, each once."""
    once = list(dict.fromkeys(phrases))
    return " or ".join([", ".join(once[:-1]), once[-1]] if len(once) > 1 else once)
