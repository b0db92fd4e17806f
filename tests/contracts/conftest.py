"""Where the stores under test live."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path

import pytest

from sendgate.testing import postgres_server


@pytest.fixture(scope="session")
def server():
    """Run PostgreSQL for the session, and give its URL."""
    if postgres_server.programs() is None:
        pytest.skip("there is no PostgreSQL on this machine (Debian: apt-get install postgresql)")
    # Not pytest's own folder: its path is too long for a socket, and others may not enter it.
    with tempfile.TemporaryDirectory(prefix="sendgate-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with postgres_server.running(Path(folder), "deadlock_timeout=50ms") as url:
            yield url


@pytest.fixture(scope="session")
def schemas():
    """Name schemas that no test has used."""
    return (f"test{number}" for number in count())


@pytest.fixture
def schema(schemas):
    """Name a schema for one test."""
    return next(schemas)
