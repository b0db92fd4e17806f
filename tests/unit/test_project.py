"""What holds for the project as a whole: its pins, its sizes, and what its wheel carries."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def pins() -> dict[str, str]:
    """Read constraints.txt as name to version."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in wanted}


def declared() -> list[Requirement]:
    """List what pyproject.toml asks for: at run time, in extras and for development."""
    groups = [*PROJECT["project"]["optional-dependencies"].values(), *PROJECT["dependency-groups"].values()]
    texts = [*PROJECT["project"]["dependencies"], *(text for group in groups for text in group)]
    wanted = [Requirement(text) for text in texts if isinstance(text, str)]
    return [requirement for requirement in wanted if requirement.name != "sendgate"]


def function_sizes() -> list[int]:
    """Count the lines of every function in src."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return [n.end_lineno - n.lineno + 1 for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build the wheel and list its files."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return set(ZipFile(next(folder.glob("*.whl"))).namelist())


def files_below(folder: str) -> set[str]:
    """List the files of a folder of the checkout, relative to it."""
    return {str(path.relative_to(ROOT / folder)) for path in (ROOT / folder).rglob("*") if path.is_file()}


def test_pins_name_no_host_and_no_place() -> None:
    """The pins install from any registry and on any machine."""
    text = (ROOT / "constraints.txt").read_text()
    assert not re.search(r"https?:|file:|@|^\s*-|index-url|find-links", text, flags=re.MULTILINE)


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_everything_declared_is_pinned_within_its_range(requirement: Requirement) -> None:
    """A dependency that is added or raised without `make lock` is noticed."""
    assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)])


def test_the_extra_all_holds_every_other_extra() -> None:
    """`sendgate[all]` leaves nothing out."""
    extras = PROJECT["project"]["optional-dependencies"]
    (everything,) = map(Requirement, extras["all"])
    assert everything.extras == extras.keys() - {"all"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    """No source file grows beyond 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_functions_are_small() -> None:
    """Half of the functions have at most 8 lines, and 95 of 100 at most 35."""
    sizes = function_sizes()
    assert statistics.median(sizes) <= 8
    assert statistics.quantiles(sizes, n=20)[-1] <= 35


@pytest.mark.parametrize("script", [".ci/run", ".ci/smoke-test", "examples/demo.sh"])
def test_scripts_can_be_run(script: str) -> None:
    """Scripts are executable in a fresh clone."""
    assert (ROOT / script).stat().st_mode & 0o100


def test_every_make_target_says_what_it_does() -> None:
    """`make help` lists every target."""
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony is not None
    assert re.findall(r"^([a-z]+):.*## ", makefile, flags=re.MULTILINE) == phony[1].split()


@pytest.mark.parametrize(("inside", "folder"), [("templates", "templates"), ("sample", "examples/sample_family")])
def test_the_wheel_carries_what_init_needs(wheel: set[str], inside: str, folder: str) -> None:
    """Every template and every sample file of the checkout is in the wheel, where `shipped` looks for it."""
    assert files_below(folder)
    assert {f"sendgate/_data/{inside}/{name}" for name in files_below(folder)} <= wheel


def test_the_wheel_carries_types_and_nothing_else(wheel: set[str]) -> None:
    """The wheel holds the package and its metadata: no tests, no benchmarks, nothing at the top level."""
    assert "sendgate/py.typed" in wheel
    assert {name.split("/")[0].partition("-")[0] for name in wheel} == {"sendgate"}
