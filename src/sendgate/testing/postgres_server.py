"""A PostgreSQL server for tests, in a folder of its own. It has no port and no rights, and ends with who started it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

_PLACES = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin"))
"""Where initdb may be: Debian does not put it on the path."""

_UNTIL_WE_END = 'server=$1; shift; "$server" "$@" & cat >/dev/null; kill -INT $!; wait $!'
"""Runs a server until standard input ends, which it does when we stop it, and also when we are killed."""

_WAIT = 30.0
"""Seconds that starting or stopping may take."""


def programs() -> Path | None:
    """Find the folder of the server's programs; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    return Path(found).parent if found else next((place for place in _PLACES if (place / "initdb").is_file()), None)


@contextmanager
def running(folder: Path, *settings: str) -> Iterator[str]:
    """Run a server in an empty folder, with some ``name=value`` settings, and give the URL of its database.

    The path of the folder must be short: it has a socket in it. Needs ``programs()``.
    """
    bin_, user = programs(), _somebody(folder)
    assert bin_ is not None, "PostgreSQL is not installed"
    data, log = folder / "data", folder / "log"
    init: list[str | Path] = [
        bin_ / "initdb",
        "--auth=trust",
        "--username=test",
        "--encoding=UTF8",
        "--no-sync",
        "-D",
        data,
    ]
    subprocess.run(init, cwd=folder, check=True, capture_output=True, timeout=_WAIT, **user)
    options = [f"-c{setting}" for setting in ("listen_addresses=", f"unix_socket_directories={folder}", *settings)]
    command: list[str | Path] = ["sh", "-c", _UNTIL_WE_END, "sh", bin_ / "postgres", "-D", data, *options]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=out, stderr=out, **user) as server,
    ):
        try:
            _await(log, server)
            yield f"postgresql://test@/postgres?host={folder}"
        finally:
            server.communicate(timeout=_WAIT)


def _somebody(folder: Path) -> dict[str, Any]:
    """Give the folder to a user without rights where we are root, as whom PostgreSQL refuses to run."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _await(log: Path, server: subprocess.Popen[Any]) -> None:
    pause = 0.05
    for _ in range(int(_WAIT / pause)):
        told = log.read_text(errors="replace")
        if "ready to accept connections" in told:
            return
        if server.poll() is not None:
            break
        sleep(pause)
    raise RuntimeError(f"PostgreSQL does not start: {log.read_text(errors='replace')}")
