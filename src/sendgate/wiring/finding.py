"""Where a family's folder has what a setting names: its campaigns and its templates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sendgate import shipped
from sendgate.errors import ConfigurationError, Mistake

TEMPLATES = "templates"
"""The folder of templates beside the policy."""


def templates_of(folder: Path) -> Path:
    """Give the templates of a family's folder: its own, or the shipped ones where it has none at all."""
    own = folder / TEMPLATES
    return own if own.is_dir() else shipped.TEMPLATES


def find_campaign(text: str, folder: Path) -> Path:
    """Find a campaign's file by its path, by its file's name, or by the ``name`` that stands in it.

    Raises ConfigurationError where there is none, with the nearest name.
    """
    from sendgate.policy.suggestions import suggest

    path = Path(text)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return path
    names = campaign_names(folder)
    if text in names:
        return names[text]
    hint = suggest(text, names) or f"there are no campaigns in `{folder / 'campaigns'}`"
    raise ConfigurationError([Mistake(text, "there is no such campaign", help=hint, in_file=False)])


def campaign_names(folder: Path) -> dict[str, Path]:
    """Give the campaign files of a folder by all that they may be called."""
    return dict(_campaign_names(folder))


def _campaign_names(folder: Path) -> Iterator[tuple[str, Path]]:
    """List what campaigns may be called; the names of files come last, so that they count first."""
    from sendgate.policy.files import campaign_files
    from sendgate.policy.review import Review
    from sendgate.policy.yaml_reader import read_document

    files = campaign_files(folder)
    for path in files:
        root = read_document(path, Review(str(path)))
        if root and root["name"].text:
            yield root["name"].text, path
    for path in files:
        yield path.stem, path
