"""Measure what is claimed: ``python -m benchmarks [NAME ...]``; exit status 1 where a target is not met."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.claims import Figure, show
from benchmarks.everybody import agree

MILLION = 1_000_000
BENCHMARKS = {
    "everybody": ("A dry run of {people:,} people against SQL by hand", MILLION),
    "tune": ("One setting in fifteen values over the kept facts of {people:,} people", MILLION),
    "plan": ("Ten campaigns for {people:,} people", MILLION),
    "train": ("A card learnt from the messages to {people:,} people", 260_000),
    "large": ("A long audience", 10 * MILLION),
    "one-person": ("One person", 1),
    "scorecard": ("A learnt score", 1),
    "imports": ("The first decision in a fresh interpreter", 1),
    "rendering": ("Writing messages", 1),
    "smtp": ("Handing mail to a mail server", 1),
    "sending": ("Sending", 1),
    "reserve": ("Reserving, by several processes at once", 1),
    "lambda": ("Ten records on AWS Lambda", 1),
    "lambda-imports": ("The cold start of a function", 1),
}
"""Names with what they are about, and how many people they take; each is a module of its own."""

_MODULES = {"lambda": "lambda_records"}
"""Where the name is a word of Python."""


AGREE = "agree"
"""Measures nothing: it compares decisions row by row."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}, or agree alone; default: all"
    )
    parser.add_argument("--people", type=int, help="take so many people instead")
    parser.add_argument("--runs", type=int, default=3, help="measure so many times and take the best (default: 3)")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / ".data", help="folder for generated files")
    arguments = parser.parse_args()
    if arguments.names != [AGREE] and (unknown := set(arguments.names) - set(BENCHMARKS)):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    return arguments


def _measure(name: str, arguments: argparse.Namespace) -> list[Figure]:
    title, usual = BENCHMARKS[name]
    people = arguments.people or usual
    figures: list[Figure] = import_module(f"benchmarks.{_MODULES.get(name, name.replace('-', '_'))}").run(
        arguments.data.resolve(), people, arguments.runs
    )
    show(title.format(people=people), figures)
    return figures


def main() -> int:
    """Run the benchmarks asked for, each after the other."""
    arguments = _arguments()
    if arguments.names == [AGREE]:
        found = agree(arguments.data.resolve(), arguments.people or 20_000)
        print("\n".join(found) or "SQL by hand, a dry run, and one from kept facts agree on every row, to the letter")
        return 1 if found else 0
    names = arguments.names or list(BENCHMARKS)
    figures = [figure for name in names for figure in _measure(name, arguments)]
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
