"""What all tests share: how Hypothesis searches, and what is read once for all of them."""

from __future__ import annotations

import gc
import os
from functools import cache

import pytest
from hypothesis import settings

# A slow machine is not a wrong answer, so no deadline. CI draws the same examples every time: a change fails for what
# it changed. At a desk each run draws new ones, and the failing example is printed in a form that can be pasted.
settings.register_profile("sendgate", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
settings.load_profile("sendgate")


@pytest.fixture(scope="session")
def models():
    """Read the models of the services of AWS once: for every client that takes longer than most tests do."""
    session = pytest.importorskip("botocore.session", reason="needs the extra `aws`")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))
        yield


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later search for garbage: that took a tenth of the time."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let everything be found again: DuckDB complains of what is left over at the end of the process."""
    gc.unfreeze()
