"""Decisions as a file."""

import csv
import gzip
import io
import json

import duckdb
import narwhals as nw
import pytest
from backports import zstd

from sendgate.audience.output import COLUMNS, own_names
from sendgate.audience.sql import literal
from sendgate.errors import InputError
from sendgate.model.times import FOREVER, NEVER, UNKNOWN


def _decisions(run, **values: object):
    """Decide the same for every row, in an order that is not the audience's."""
    chosen = {"outcome": "send", "gate": "", "reason": "passed", "detail": "fine", "until": NEVER, "offer": "o",
              "relevance": 1.5, "unsubscribe_risk": UNKNOWN, "blocked_by": ""} | values  # fmt: skip
    listed = ", ".join(
        f"{value!r}::double as {name}" if isinstance(value, float) else f"{literal(value)} as {name}"
        for name, value in chosen.items()
    )
    return run.engine.query(f'select "row", person, {listed} from "rows" order by "row" desc')


def _written(folder, audience, name="out.csv", **values):
    out = folder.path / name
    with folder.open(audience=audience) as run:
        run.write(_decisions(run, **values), out)
    return out


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _parquet(path):
    con = duckdb.connect()
    cursor = con.execute(f"select * from '{path}'")
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    con.close()
    return rows


def test_rows_are_in_audience_order_with_the_audiences_own_columns_first(folder):
    """Rejected rows are left out; the own columns are as they came in."""
    audience = 'note,person,n\n"a, ""b""\nc",p2, 7 \nbad\nx,p1,\n,p2,0\n'
    rows = list(csv.reader(io.StringIO(_written(folder, audience).read_text(), newline="")))
    assert rows[0] == ["note", "n", *COLUMNS]
    assert [row[:4] for row in rows[1:]] == [
        ['a, "b"\nc', " 7 ", "p2", "send"],
        ["x", "", "p1", "send"],
        ["", "0", "p2", "send"],
    ]


def test_csv_is_plain(folder):
    """What is unknown or does not apply is an empty cell."""
    text = _written(folder, "person\np1\n").read_text()
    assert text == ",".join(COLUMNS) + "\np1,send,,passed,fine,,o,1.5,,\n"


@pytest.mark.parametrize(
    ("until", "text"),
    [(1772323200.0, "2026-03-01T00:00:00Z"), (1772323200.25, "2026-03-01T00:00:01Z"), (NEVER, ""), (FOREVER, "")],
)
def test_the_end_of_a_deferral_is_a_time_in_utc(folder, until, text):
    """The first full second at which it is over, since a second before it still holds; without an end it is empty."""
    (row,) = _rows(_written(folder, "person\np1\n", until=until).read_text())
    assert row["until"] == text


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), ("+49 151", "'+49 151"), ("-1+1", "'-1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
     ("-12.50", "-12.50"), ("-7", "-7"), ("7", "7"), ("a=1", "a=1"), ("-", "'-"), ("=1\n+2", "'=1\n+2"),
     ("'=1", "'=1"), ("", "")],
)  # fmt: skip
def test_cells_that_a_spreadsheet_would_run_leave_as_text(folder, cell, written):
    """Formulas are disarmed, numbers stay numbers, in the audience's columns and in our own."""
    audience = io.StringIO(newline="")
    csv.writer(audience).writerows([["person", "cell"], ["p1", cell]])
    (row,) = _rows(_written(folder, audience.getvalue(), detail=cell).read_text())
    assert (row["cell"], row["detail"]) == (written, written)


def test_names_that_a_spreadsheet_would_run_leave_as_text(folder):
    """A heading is a cell as well."""
    text = _written(folder, "person,=1+1,@x,-7,'=1+1\np1,a,b,c,d\n").read_text()
    assert text.startswith("''=1+1,'@x,-7,'=1+1,person,")


def test_values_of_any_type_leave_as_text(folder):
    """Bytes of a Parquet file, and what else becomes text, are guarded as text is; numbers and times are left alone."""
    path = folder.parquet(
        "a.parquet", "select 'p1' as person, '=1+1'::blob as b, '@x'::enum('@x') as e, -2.5::double as d, -3 as n"
    )
    (row,) = _rows(_written(folder, path).read_text())
    assert (row["b"], row["e"], row["d"], row["n"]) == ("'=1+1", "'@x", "-2.5", "-3")


def test_a_wide_list_is_written_whole(folder):
    """Each of hundreds of columns is guarded by itself."""
    names = [f"c{at}" for at in range(400)]
    values = [f"={at}" if at % 3 else f"-{at}" for at in range(400)]
    path = folder.write("wide.csv", f"person,{','.join(names)}\np1,{','.join(values)}\n")
    (row,) = _rows(_written(folder, path, "out.csv").read_text())
    assert [row[name] for name in names] == [value.replace("=", "'=") for value in values]


def test_an_id_or_an_attribute_cannot_be_a_formula_either(folder):
    """The person comes from outside as well."""
    (row,) = _rows(_written(folder, "person\n=cmd|'/c calc'!A1\n").read_text())
    assert row["person"] == "'=cmd|'/c calc'!A1"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("out.csv.gz", lambda path: _rows(gzip.decompress(path.read_bytes()).decode())),
        ("out.csv.zst", lambda path: _rows(zstd.decompress(path.read_bytes()).decode())),
        ("out.jsonl", lambda path: [json.loads(line) for line in path.read_text().splitlines()]),
        ("out.jsonl.gz", lambda path: [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]),
        ("out.parquet", _parquet),
    ],
)
def test_every_format_is_written(folder, name, read):
    """The extension says which; only CSV needs protection from spreadsheets."""
    rows = read(_written(folder, "person,note\np1,a\np2,=1\n", name))
    assert [row["note"] for row in rows] == ["a", "'=1" if "csv" in name else "=1"]
    assert [float(row["relevance"]) for row in rows] == [1.5, 1.5]


def test_typed_columns_of_a_parquet_audience_keep_their_type(folder):
    """A number in is a number out."""
    path = folder.parquet("a.parquet", "select 'p1' as person, 7 as n, -2.5::double as d, date '2026-03-01' as day")
    (row,) = _parquet(_written(folder, path, "out.parquet"))
    assert (row["n"], row["d"], str(row["day"]), row["relevance"]) == (7, -2.5, "2026-03-01", 1.5)
    (row,) = _rows(_written(folder, path, "out.csv").read_text())
    assert (row["n"], row["d"], row["day"]) == ("7", "-2.5", "2026-03-01")


def test_own_columns_in_the_way_of_ours_step_aside(folder):
    """The output of one run can be the audience of the next."""
    audience = "person,Reason,audience_reason,until\np1,old,older,x\n"
    (row,) = _rows(_written(folder, audience).read_text())
    assert row["reason"] == "passed"
    assert list(row)[:3] == ["audience_audience_Reason", "audience_reason", "audience_until"]
    assert list(row.values())[:3] == ["old", "older", "x"]
    assert own_names({"a": "own_0", "person": "own_1"}) == {"a": "own_0"}


def test_a_second_run_replaces_the_first(folder):
    """There is never half a file, and nothing is left lying about."""
    _written(folder, "person\np1\n")
    out = _written(folder, "person\np2\n")
    assert [row["person"] for row in _rows(out.read_text())] == ["p2"]
    assert sorted(path.name for path in folder.path.iterdir()) == ["audience.csv", "out.csv"]


@pytest.mark.parametrize("name", ["out.xlsx", "out", "missing/out.csv"])
def test_a_file_that_cannot_be_written_is_an_input_error(folder, name):
    """Nothing is left behind."""
    with pytest.raises(InputError, match="out"):
        _written(folder, "person\np1\n", name)
    assert [path.name for path in folder.path.iterdir()] == ["audience.csv"]


def test_a_decision_that_fails_leaves_the_old_file(folder):
    """An error in the middle of writing does not touch what was there."""
    out = folder.write("out.csv", "old")
    with folder.open(audience="person\np1\n") as run:
        decisions = _decisions(run).with_columns(relevance=nw.col("person").cast(nw.Float64))
        with pytest.raises(duckdb.Error):
            run.write(decisions, out)
    assert out.read_text() == "old"
    assert sorted(path.name for path in folder.path.iterdir()) == ["audience.csv", "out.csv"]
