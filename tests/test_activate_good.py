"""The newsletter log becomes a history, and the late part judges what is known about leaving."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from examples.activate_good.__main__ import BESIDE, TABLES, UNTIL_THE_NEXT, convert
from sendgate.model.times import LATEST, parse_time
from sendgate.scores.card_text import PUBLISHED, shipped
from sendgate.training.course import evaluate
from sendgate.training.history import LEAVING, Outcome, Period
from sendgate.training.judging import LOGISTIC

ROOT = Path(__file__).parents[1]


def test_the_log_is_told_in_events(tmp_path: Path) -> None:
    """Who is new at a later newsletter joined just before it; who is gone afterwards left soon after the last one."""
    con = duckdb.connect()
    con.sql(
        "select * from (values (0, timestamp '2020-01-01 12:00:00'), (1, timestamp '2020-02-01 12:00:00'))"
        " as t(newsletter_id, sent_at_utc)"
    ).write_parquet(str(tmp_path / "newsletters.parquet"))
    con.sql(
        "select * from (values (1, 0, 1, 0, 0.0), (1, 1, 0, 0, 0.0), (2, 1, 1, 1, 1.0))"
        " as t(recipient_id, newsletter_id, opened_within_week, clicked, left_list_after)"
    ).write_parquet(str(tmp_path / "sends.parquet"))
    convert(tmp_path, tmp_path / "out")
    told = con.sql(f'select person, kind, "at"::varchar from \'{tmp_path}/out/events.parquet\' order by person, "at"')
    assert told.fetchall() == [
        ("1", "sent", "2020-01-01 12:00:00"),
        ("1", "opened", "2020-01-01 18:00:00"),
        ("1", "sent", "2020-02-01 12:00:00"),
        ("2", "subscribed", "2020-02-01 11:59:00"),
        ("2", "sent", "2020-02-01 12:00:00"),
        ("2", "opened", "2020-02-01 18:00:00"),
        ("2", "clicked", "2020-02-01 19:00:00"),
        ("2", "unsubscribed", "2020-02-02 12:00:00"),
    ]
    con.close()


def test_without_the_log_it_says_so(tmp_path: Path) -> None:
    """Whoever has no copy of the log is told what is missing, and where it was looked for."""
    args = [sys.executable, "-m", "examples.activate_good", "--data", str(tmp_path)]
    run = subprocess.run(args, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert (run.returncode, run.stdout) == (2, "")
    assert f"no newsletters.parquet in `{tmp_path}`" in run.stderr


@pytest.mark.skipif(
    not all((BESIDE / f"{table}.parquet").is_file() for table in TABLES), reason="the log is not beside the project"
)
def test_the_shipped_card_tells_a_little_on_real_newsletters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Published rates tell people of a real list apart as little as anything does; more would be a leak."""
    monkeypatch.setitem(sys.modules, "lightgbm", None)  # it need not be there, and takes longer than all the rest
    sources = convert(BESIDE, tmp_path)
    since = parse_time("2020-08-01")
    period = Period(since, LATEST)
    judged = evaluate(
        shipped(PUBLISHED), sources, Outcome(LEAVING, UNTIL_THE_NEXT), period, progress=lambda _stage: None
    )
    assert judged.judgement.rows == 46_350
    assert 0.5 < judged.judgement.figures[0].auc.value < 0.7
    assert not judged.judgement.warnings
    assert judged.judgement.figures[-1].model == LOGISTIC
