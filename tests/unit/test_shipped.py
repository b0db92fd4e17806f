"""Where templates and sample data are found."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

from sendgate import shipped


def test_a_checkout_uses_its_own_folders() -> None:
    """In a checkout, an edited template is the one that is used."""
    root = Path(__file__).parents[2]
    assert root / "templates" == shipped.TEMPLATES
    assert root / "examples" / "sample_family" == shipped.SAMPLE_FAMILY


def test_what_is_shipped_is_there() -> None:
    """Both folders exist."""
    assert shipped.TEMPLATES.is_dir()
    assert shipped.SAMPLE_FAMILY.is_dir()


def test_an_installed_package_uses_the_files_inside_it(tmp_path: Path) -> None:
    """A wheel needs no checkout, even where folders of the same names lie around."""
    package = tmp_path / "lib" / "site-packages" / "sendgate"
    (package / "_data").mkdir(parents=True)
    (tmp_path / "lib" / "templates").mkdir()
    shutil.copy(shipped.__file__, package)
    found = runpy.run_path(str(package / "shipped.py"))
    assert found["TEMPLATES"] == package / "_data" / "templates"
    assert found["SAMPLE_FAMILY"] == package / "_data" / "sample"
