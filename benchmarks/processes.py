"""Commands, each measured in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

KILO = 1 if sys.platform == "darwin" else 1024
"""The unit of ``ru_maxrss`` in bytes: kilobytes, but bytes on macOS."""


class Spent(NamedTuple):
    """What a process took."""

    seconds: float
    gigabytes: float
    """Peak resident memory."""
    processor: float
    """Seconds of processor time, of all threads: the same on a busy machine, or nearly."""


def spent(command: Sequence[str], folder: Path) -> Spent:
    """Run a command in a folder, from start to end. Raises CalledProcessError, with its output, where it fails."""
    started = perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Spent(seconds, usage.ru_maxrss * KILO / 1e9, usage.ru_utime + usage.ru_stime)


def best_of(runs: int, commands: Mapping[str, Sequence[str]], folder: Path) -> dict[str, Spent]:
    """Run commands in turn, several times, and give the quickest time and the highest peak of each.

    In turn, because a machine that others use is slow for a while, and that must hit all of them alike.
    """
    rounds = [{name: spent(command, folder) for name, command in commands.items()} for _ in range(runs)]
    return {
        name: Spent(
            min(r[name].seconds for r in rounds),
            max(r[name].gigabytes for r in rounds),
            min(r[name].processor for r in rounds),
        )
        for name in commands
    }
