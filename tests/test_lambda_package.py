"""The package for AWS Lambda: how it is put together. ``make lambda`` builds it whole, and tries its handlers."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def build():
    """The build as a module."""
    spec = importlib.util.spec_from_file_location("sendgate_lambda_build", ROOT / "deploy" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path):
    """A folder as pip leaves it, with one module of ours and one of somebody else's."""
    made = tmp_path / "installed"
    for name, text in {
        "sendgate/errors.py": (ROOT / "src/sendgate/errors.py").read_text(),
        "sendgate/__pycache__/errors.cpython-30.pyc": "x",
        "bin/sendgate": "#!/usr/bin/python",
        "phonenumbers/geodata/data0.py": "x = 1",
        "phonenumbers/phonenumber.py": "x = 1",
        "sendgate-1.dist-info/RECORD": "x",
        "sendgate-1.dist-info/METADATA": "Name: sendgate",
        "sendgate-1.dist-info/entry_points.txt": "[sendgate.gates]",
    }.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return made


def names(zipped):
    """List what is in a zip."""
    with zipfile.ZipFile(zipped) as archive:
        return archive.namelist()


def test_only_what_is_read_is_packed(build, folder, tmp_path):
    """Code and what plug-ins are found by stay; scripts, notes of pip and foreign bytecode go."""
    build.tidy(folder)
    build.packed(folder, tmp_path / "lambda.zip")
    assert names(tmp_path / "lambda.zip") == [
        "phonenumbers/phonenumber.py", "sendgate/errors.py", "sendgate-1.dist-info/METADATA",
        "sendgate-1.dist-info/entry_points.txt",
    ]  # fmt: skip


def test_the_same_files_give_the_same_bytes(build, folder, tmp_path):
    """Whenever and wherever it is built: a deployment without a change is none."""
    build.tidy(folder)
    other = tmp_path / "elsewhere" / "installed"
    shutil.copytree(folder, other)
    for place, zipped in ((folder, "one.zip"), (other, "two.zip")):
        build.compiled(place)
        build.packed(place, tmp_path / zipped)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_it_is_compiled_for_where_it_will_lie(build, folder):
    """Tracebacks name the path on Lambda, and no time is compared: zips have none that mean anything."""
    build.tidy(folder)
    build.compiled(folder)
    (cache,) = (folder / "sendgate" / "__pycache__").iterdir()
    content = cache.read_bytes()
    assert b"/var/task/sendgate/errors.py" in content
    assert str(folder).encode() not in content
    assert int.from_bytes(content[4:8], "little") == 0b01


def test_what_cannot_be_compiled_is_refused(build, folder, capfd):
    """Half a package is not deployed."""
    (folder / "sendgate" / "broken.py").write_text("def")
    with pytest.raises(build.BuildError, match="cannot be compiled"):
        build.compiled(folder)


@pytest.mark.parametrize(
    ("listed", "size", "words"),
    [
        (["sendgate/errors.py", "duckdb/__init__.py"], 10, "there is duckdb in it"),
        (["rich/table.py", "pandas/__init__.py"], 10, "there is pandas, rich in it"),
        (["sendgate/errors.py"], 20_000_001, "20,000,000 at most"),
    ],
)
def test_what_does_not_belong_there_is_refused(build, listed, size, words):
    """No columnar library, and no more than fits comfortably."""
    with pytest.raises(build.BuildError, match=words):
        build.check(listed, size)


def test_a_familys_folder_comes_along_without_people(build, folder, tmp_path):
    """Policy, campaigns and templates; neither secrets nor what is known of anybody."""
    family = tmp_path / "family"
    shutil.copytree(ROOT / "examples" / "sample_family", family)
    (family / "sendgate.keys").write_text("a:secret")
    (family / "sendgate.db").write_text("x")
    build.bring(family, folder)
    brought = {path.relative_to(folder / "family").parts[0] for path in (folder / "family").rglob("*")}
    assert brought <= {"sendgate.yaml", "campaigns", "templates"}
    assert {"sendgate.yaml", "campaigns"} <= brought


def test_a_folder_that_is_no_family_is_refused(build, folder, tmp_path):
    """It would fail at the first message."""
    with pytest.raises(build.BuildError, match="no family's folder"):
        build.bring(tmp_path, folder)


def test_handlers_that_cannot_be_imported_are_told(build, tmp_path):
    """Where there is nothing but the standard library and the package."""
    with pytest.raises(build.BuildError, match="No module named 'sendgate'"):
        build.imports(tmp_path)


def test_the_handlers_import_nothing_columnar_and_no_boto3():
    """boto3 is there on Lambda, and is loaded when something is called; the rest would not fit."""
    pytest.importorskip("aws_lambda_powertools", reason="needs the extra `aws`")
    handlers = "decide_handler, feedback_handler, release_handler, send_handler"
    program = f"import sys; from sendgate.doors.aws_lambda import {handlers}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in told.stdout.split()}
    assert not loaded & {"duckdb", "narwhals", "numpy", "pandas", "pyarrow", "rich", "boto3", "click", "asyncio"}
    assert "sendgate" in loaded


def test_without_the_extra_the_line_that_installs_it_is_told():
    """The door names what it needs."""
    program = "import sys; sys.modules['aws_lambda_powertools'] = None; import sendgate.doors.aws_lambda.sending"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install 'sendgate[aws]'" in told.stderr
