"""A family's folder in S3, brought into the container as it was at one moment."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Self

from sendgate.errors import ConfigurationError, Mistake
from sendgate.wiring.house import KEYS

_PLACE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")
_MOST_FILES = 5_000
_MOST_BYTES = 200_000_000
"""What a family's folder has at most. A container has half a gigabyte, and two versions may be there at a time."""


class _Item(NamedTuple):
    name: str
    """Below the prefix, such as ``campaigns/spring.yaml``."""
    etag: str
    size: int


class Bucket:
    """A place in S3: a bucket and a prefix."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @classmethod
    def at(cls, place: str, client: Any) -> Self:
        """Read ``s3://bucket/prefix``. Raises ConfigurationError where it is something else."""
        if not (match := _PLACE.fullmatch(place)):
            raise ConfigurationError([Mistake(place, "expected `s3://bucket/prefix`")])
        return cls(client, match["bucket"], match["prefix"] or "")

    def fetched(self, below: Path) -> Path:
        """Bring the folder below a path, and give where it is; what is there already is not fetched again.

        The folder is named by what is in it, so a change makes a new one. Folders of earlier versions but the last
        are removed. Raises ConfigurationError where the files are not those of a family.
        """
        items = sorted(self._listed())
        self._refuse(items)
        folder = below / hashlib.sha256(repr(items).encode()).hexdigest()[:16]
        if not folder.is_dir():
            _remove_old(below)
            self._fetch(items, folder)
        return folder

    def _listed(self) -> Iterator[_Item]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        for page in pages:
            for found in page.get("Contents", ()):
                name = found["Key"][len(self._prefix) :]
                if name and not name.endswith("/"):  # a folder, as the console makes it
                    yield _Item(name, found["ETag"], found["Size"])

    def _refuse(self, items: list[_Item]) -> None:
        mistakes = [
            Mistake(self._said(item.name), "secrets do not belong into a bucket", help="put them into SSM, new ones")
            for item in items
            if PurePosixPath(item.name).name == KEYS
        ]
        if any(not _lies_below(item.name) for item in items):
            mistakes.append(Mistake(self._said(), "a name in it leads out of the folder"))
        if not items:
            mistakes.append(Mistake(self._said(), "there is nothing", help="`aws s3 sync` brings a folder there"))
        if len(items) > _MOST_FILES or sum(item.size for item in items) > _MOST_BYTES:
            most = f"{_MOST_FILES:,} files and {_MOST_BYTES // 1_000_000} MB"
            mistakes.append(Mistake(self._said(), f"it is larger than {most}: this is not a family's folder alone"))
        if mistakes:
            raise ConfigurationError(mistakes)

    def _fetch(self, items: list[_Item], folder: Path) -> None:
        """Bring all files, each as it was listed, into a folder that has its name only when it is whole."""
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for item in items:
            path = partial / item.name
            path.parent.mkdir(parents=True, exist_ok=True)
            key = f"{self._prefix}{item.name}"
            answer = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=item.etag)
            with path.open("wb") as file:
                shutil.copyfileobj(answer["Body"], file)
        partial.rename(folder)

    def _said(self, name: str = "") -> str:
        return f"s3://{self._bucket}/{self._prefix}{name}"


def _lies_below(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and name.isprintable()


def _remove_old(below: Path) -> None:
    """Keep the folder that is open, and make room."""
    folders = sorted(below.glob("*"), key=lambda path: path.stat().st_mtime)
    for path in folders[:-1]:
        shutil.rmtree(path, ignore_errors=True)
