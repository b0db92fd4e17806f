"""A sample that stands for all."""

from __future__ import annotations

from sendgate.model.decisions import Outcome
from sendgate.report.sampling import stratified

SEND = ("send", "", "passed", "a", "", "")
RARE = ("drop", "fit", "fit.contradicted", "a", "fit;relevance", "balance")
COLUMNS = ("outcome", "gate", "reason", "offer", "blocked_by", "observed_by")


def _decided(engine, rows):
    numbers = {"row": list(map(float, range(1, len(rows) + 1))), "until": [-1e15] * len(rows)}
    texts = {"person": [f"p{at}" for at in range(len(rows))], "detail": ["because"] * len(rows)}
    return engine.table(numbers | texts | {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)})


def test_what_is_rare_is_in_the_sample(engine) -> None:
    """One row of five hundred, among the first few."""
    rows = [SEND] * 500
    rows[321] = RARE
    found = stratified(engine, _decided(engine, rows), 500, 4)
    assert len(found) == 4
    assert {one.person for one in found[:2]} == {"p0", "p321"}
    assert found[1].outcome in set(Outcome)


def test_of_what_is_rare_there_are_three(engine) -> None:
    """Though the rows are alike and stand side by side, and one is of another kind."""
    rows = [SEND] * 500
    rows[320:323] = [RARE] * 3
    rows[420:422] = [("drop", "permission", "permission.unsubscribed", "a", "permission", "")] * 2
    found = [one.person for one in stratified(engine, _decided(engine, rows), 500, 9)]
    assert {"p320", "p321", "p322", "p420", "p421"} < set(found)
    assert len(found) == len(set(found)) == 9


def test_a_sample_reaches_over_the_whole_list(engine) -> None:
    """Its beginning may be unlike the rest."""
    found = stratified(engine, _decided(engine, [SEND] * 160), 160, 99)
    assert sorted(int(one.row) for one in found) == [1, *range(10, 160, 10)]


def test_a_sample_is_no_larger_than_asked_for(engine) -> None:
    """And each row is in it once, though it is an example of several things."""
    rows = [SEND, RARE] * 40
    found = stratified(engine, _decided(engine, rows), 80, 10)
    assert len({one.row for one in found}) == len(found) == 10


def test_of_nobody_there_is_no_sample(engine) -> None:
    """An empty audience."""
    assert stratified(engine, _decided(engine, [SEND]).head(0), 0, 10) == []
