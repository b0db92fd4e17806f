"""Torture the sending protocol: ``python -m tests.torture [--long] [NAME ...]``.

Exit status 1 where something broke.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.torture.faults import POINTS, STEPS
from tests.torture.trials import Found, away, caps, kills, naive, queue

Trial = Callable[[Path], Found]


def trials(*, long: bool) -> dict[str, Trial]:
    """List the trials by name, at the size for a desk or for a night."""
    times = 1000 if long else 20
    return {
        "caps": partial(caps, processes=8, decisions=1_000_000 if long else 4_000),
        "naive": partial(naive, processes=8, decisions=4_000),
        "queue": partial(queue, processes=8, messages=100_000 if long else 2_000),
        **{point: partial(kills, point=point, times=times) for point in POINTS},
        **{f"away-at-{step}": partial(away, step=step, times=times) for step in STEPS},
    }


def main() -> int:
    """Run trials, a line of JSON each. The naive store must be caught; nothing else must break anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--long", action="store_true", help="as often as docs/reliability.md says")
    arguments = parser.parse_args()
    known = trials(long=arguments.long)
    if unknown := set(arguments.names) - set(known):
        parser.error(f"no such trial: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    broke = [_broke(name, known[name]) for name in arguments.names or known]
    return int(any(broke))


def _broke(name: str, trial: Trial) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        found = trial(Path(folder))
        seconds = time.perf_counter() - start
    broken = found.pop("violations")
    print(json.dumps({"trial": name, **found, "broken": len(broken), "seconds": round(seconds, 1)}), flush=True)
    if name == "naive":
        return not broken
    for violation in broken[:10]:
        print(f"  {violation}", file=sys.stderr, flush=True)
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
