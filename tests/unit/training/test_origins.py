"""A recipe is judged at several moments, each time with what was known then."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

import numpy as np
import pytest

from sendgate.errors import InputError
from sendgate.model.campaigns import Brand, Family
from sendgate.model.times import DAY, iso
from sendgate.training.course import Sources, roll
from sendgate.training.history import LEAVING, Outcome
from sendgate.training.origins import origins
from sendgate.training.recipe import Periods
from tests.unit.training.made import matrix

WINDOW = 3 * DAY
MESSAGES = matrix()


def sources(folder: Path) -> Sources:
    """Write the log of a list that is written to every tenth day for 200 days, and that new people leave more often."""
    random, rows = Random(7), [("person", "kind", "at", "brand")]
    for number in range(700):
        joined = random.randrange(0, 190)
        rows.append((f"p{number}", "subscribed", iso(joined * DAY), "harbor"))
        for day in range(joined // 10 * 10 + 10, 200, 10):
            rows.append((f"p{number}", "sent", iso(day * DAY), "harbor"))
            if random.random() < (0.4 if day - joined < 20 else 0.04):
                rows.append((f"p{number}", "unsubscribed", iso((day + 1) * DAY), "harbor"))
                break
    rows.append(("p0", "visited", iso(210 * DAY), ""))
    with (folder / "events.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    (folder / "people.csv").write_text("person\np0\n")
    return Sources([folder / "people.csv"], [folder / "events.csv"], Family("Harbor", {"harbor": Brand("harbor")}))


def test_a_rolling_judgement_knows_nothing_of_later(tmp_path: Path) -> None:
    """Each moment is judged until the next, and its figures do not change with what comes after that."""
    where, outcome, names = sources(tmp_path), Outcome(LEAVING, WINDOW), ("tenure", "position")
    moments = [95 * DAY, 135 * DAY]
    both = roll("risk", where, outcome, names, moments, progress=lambda _stage: None)
    assert [round(one.since / DAY) for one in both] == [100, 140]
    assert [round(one.until / DAY) for one in both] == [130, 190]
    assert both[0].figures[0].auc.value > 0.6
    rows = (tmp_path / "events.csv").read_text().splitlines()
    until = [row for row in rows if row.split(",")[2] < iso(135 * DAY) or row.startswith("person")]
    (tmp_path / "events.csv").write_text("\n".join([*until, f"p0,visited,{iso(150 * DAY)},"]) + "\n")
    (early,) = roll("risk", where, outcome, names, moments[:1], progress=lambda _stage: None)
    assert early.figures == both[0].figures
    told = origins(both).splitlines()
    assert [line.split(" | ")[0] for line in told[2:]] == ["| 1970-04-10", "| 1970-05-20", "| weighted mean"]
    assert f"| {sum(one.outcomes for one in both)} |" in told[-1]
    assert len({line.count("|") for line in told}) == 1


def test_what_was_known_is_divided() -> None:
    """What is learnt from, what is chosen by, and what is judged follow each other, a window apart."""
    periods = Periods.around(MESSAGES, 200 * DAY, 250 * DAY, WINDOW)
    assert periods.learn.at.max() < periods.choose.at.min() - WINDOW
    assert periods.choose.at.max() < 200 * DAY - WINDOW
    assert 200 * DAY <= periods.judge.at.min() < periods.judge.at.max() < 250 * DAY
    assert len(periods.learn) / (len(periods.learn) + len(periods.choose)) == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize(("start", "end"), [(2, 9), (299.99, 300), (500, 900)])
def test_too_little_around_a_moment_is_said(start: float, end: float) -> None:
    """Without outcomes before it or after it, there is nothing to judge at a moment."""
    with pytest.raises(InputError, match="too few to judge"):
        Periods.around(MESSAGES, start * DAY, end * DAY, WINDOW)


def test_the_mean_weighs_with_outcomes(tmp_path: Path) -> None:
    """A moment with twice the outcomes counts twice in the figures of ranking."""
    both = roll("risk", sources(tmp_path), Outcome(LEAVING, WINDOW), ("tenure",), [95 * DAY, 135 * DAY],
                progress=lambda _stage: None)  # fmt: skip
    mean = np.average([one.figures[0].auc.value for one in both], weights=[one.outcomes for one in both])
    assert f"| {mean:.3f} |" in origins(both).splitlines()[-1]
