"""Build ``dist/lambda.zip``: what AWS Lambda on arm64 runs, compiled, the same bytes each time.

``make lambda`` calls it. boto3 is not in it, because the runtime has it. The zip is for the version of Python that
builds it, which is the one that compiled it: deploy it with the same ``PythonVersion``.
"""

from __future__ import annotations

import argparse
import compileall
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMIT = 20_000_000
"""Bytes of the zip at most."""

BESIDE = ("aws-lambda-powertools", "phonenumbers")
"""What a function needs beside the core: the extra ``aws`` without boto3, and numbers of all countries."""

FAMILY = ("sendgate.yaml", "campaigns", "templates")
"""What of a family's folder comes along. People, events and secrets have no business in a package."""

COLUMNAR = ("duckdb", "narwhals", "numpy", "pandas", "pyarrow", "rich")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
ARM = ("--platform", "manylinux2014_aarch64", "--platform", "manylinux_2_28_aarch64",
       "--implementation", "cp", "--python-version", VERSION)  # fmt: skip

_UNREAD = (
    "bin", "phonenumbers/carrierdata", "phonenumbers/geodata", "phonenumbers/tzdata", "sendgate/_data/sample"
)  # fmt: skip
"""Scripts, where a number is from and whose it is, and the people of the sample: most of it all, and nobody asks."""

_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""What pip writes about an installation: it differs from machine to machine, and nobody reads it there."""

_CHECK = f"""
import sys
sys.path[:0] = [sys.argv[1]]
from sendgate.doors.aws_lambda import decide_handler, feedback_handler, release_handler, send_handler
found = sorted({{name.partition(".")[0] for name in sys.modules}} & {{*{COLUMNAR!r}, "boto3"}})
sys.exit(f"the handlers import {{', '.join(found)}}" if found else 0)
"""


class BuildError(Exception):
    """The zip would not do."""


def install(wheel: Path, folder: Path, *platform: str) -> None:
    """Install a wheel of sendgate and what it needs, with the pinned versions, into a folder."""
    command = [
        sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--target", str(folder),
        "--only-binary", ":all:", "--no-compile", "--constraint", str(ROOT / "constraints.txt"), *platform,
        str(wheel), *BESIDE,
    ]  # fmt: skip
    subprocess.run(command, check=True)


def tidy(folder: Path) -> None:
    """Remove what no function reads."""
    for unread in [*(folder / name for name in _UNREAD), *folder.rglob("__pycache__")]:
        shutil.rmtree(unread, ignore_errors=True)
    for note in [path for info in folder.glob("*.dist-info") for path in info.iterdir() if path.name in _NOTES]:
        note.unlink()


def bring(family: Path, folder: Path) -> None:
    """Copy a family's folder, as far as it belongs into a package."""
    if not (family / FAMILY[0]).is_file():
        raise BuildError(f"`{family}` is no family's folder: it has no `{FAMILY[0]}`")
    for name in FAMILY:
        if (family / name).is_dir():
            shutil.copytree(family / name, folder / "family" / name)
        elif (family / name).is_file():
            (folder / "family").mkdir(exist_ok=True)
            shutil.copyfile(family / name, folder / "family" / name)


def compiled(folder: Path) -> None:
    """Compile everything. Times are not looked at, so that a zip without times is not compiled again at each start."""
    done = compileall.compile_dir(
        folder, quiet=1, stripdir=str(folder), prependdir="/var/task",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )  # fmt: skip
    if not done:
        raise BuildError("something in it cannot be compiled")


def packed(folder: Path, zipped: Path) -> None:
    """Pack a folder; the same files give the same bytes."""
    zipped.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())


def check(names: Iterable[str], size: int) -> None:
    """Refuse what is too large, or has a columnar library in it."""
    tops = {name.partition("/")[0] for name in names}
    if found := sorted(tops & set(COLUMNAR)):
        raise BuildError(f"there is {', '.join(found)} in it")
    if size > LIMIT:
        raise BuildError(f"it has {size:,} bytes, {LIMIT:,} at most")


def imports(folder: Path) -> None:
    """Import the handlers where there is nothing but the standard library and a folder."""
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", _CHECK, str(folder)], check=False, capture_output=True, text=True
    )
    if told.returncode:
        raise BuildError(f"the handlers cannot be imported: {told.stderr}")


def build(wheel: Path, zipped: Path, family: Path | None) -> int:
    """Build, and give the size in bytes. Raises BuildError."""
    with tempfile.TemporaryDirectory() as made:
        # What is for arm64 cannot run here, so the same set is tried for this machine.
        here, there = Path(made) / "here", Path(made) / "there"
        install(wheel, here)
        tidy(here)
        imports(here)
        install(wheel, there, *ARM)
        tidy(there)
        if family:
            bring(family, there)
        compiled(there)
        packed(there, zipped)
    with zipfile.ZipFile(zipped) as archive:
        check(archive.namelist(), zipped.stat().st_size)
    return zipped.stat().st_size


def main() -> int:
    """Build what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, help="a wheel of sendgate")
    parser.add_argument("--family", type=Path, help="put this family's folder into the package")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "lambda.zip", help="(default: dist/lambda.zip)")
    arguments = parser.parse_args()
    try:
        size = build(arguments.wheel, arguments.out, arguments.family)
    except BuildError as error:
        print(f"lambda: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.out}: {size / 1e6:.1f} MB for arm64 and Python {VERSION}: deploy with PythonVersion={VERSION}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
