from __future__ import annotations

from pathlib import Path

import pytest

from sendgate.policy.files import check_folder

CASES = Path(__file__).parents[2] / "bad_policies"


def said(case: Path) -> list[str]:
    """Give mistakes and warnings as ``sendgate check`` shows them, with paths relative to the folder."""
    folder = check_folder(case)
    lines = [*map(str, folder.mistakes), *(f"warning: {warning}" for warning in folder.warnings)]
    return [line.replace(f"{case}/", "") for line in lines]


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_a_bad_folder_is_told_all_that_is_wrong_with_it(case):
    """Every mistake and warning of all files is given, at its place, in order, and nothing else."""
    expected = (CASES / case / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert said(CASES / case) == expected


def test_messages_keep_to_the_house_style():
    """Messages begin in lower case or with what the user wrote, and have no period."""
    for case in CASES.iterdir():
        folder = check_folder(case)
        for mistake in (*folder.mistakes, *folder.warnings):
            assert mistake.message[0] == "`" or mistake.message[0].islower()
            assert not mistake.message.endswith(".")
            assert not mistake.help.endswith(".")
