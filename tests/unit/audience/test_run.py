"""A run as a whole: the engine, its limits, and what it leaves behind."""

import hashlib
import subprocess
import sys
import tempfile

import duckdb
import narwhals as nw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendgate.audience import open_run
from sendgate.errors import InputError, MissingExtraError


@settings(max_examples=25)
@given(st.lists(st.text("ab'\\é😀\0\n", min_size=1, max_size=6), min_size=1, max_size=4), st.text("s'é", max_size=4))
def test_the_share_of_a_person_is_the_one_that_hashlib_computes(people, salt):
    """Both regimes put the same persons into the control group."""
    with open_run(now=0.0) as run:
        frame = run.engine.table({"person": people})
        shares = dict(run.engine.fetch(run.engine.with_hash_share(frame, "share", salt).select("person", "share")))
    for person in people:
        digest = hashlib.sha256(f"{salt}\0{person}".encode()).digest()
        assert shares[person] == int.from_bytes(digest[:4]) / 2**32


def test_small_tables_are_made_of_numbers_and_texts():
    """Also without rows, and with whole numbers among the doubles."""
    with open_run(now=0.0) as run:
        table = run.engine.table({"it's": ["a", "b'\n"], "n": [1, 2.5]})
        assert run.engine.fetch(table) == [("a", 1.0), ("b'\n", 2.5)]
        assert table.collect_schema() == {"it's": nw.String(), "n": nw.Float64()}
        assert run.engine.fetch(run.engine.table({"n": []})) == []


def test_a_kept_frame_is_computed_once(folder):
    """Two looks at a kept random number see the same."""
    with open_run(now=0.0) as run:
        kept = run.engine.keep(run.engine.query("select random() as r"))
        assert run.engine.fetch(kept) == run.engine.fetch(kept)


def test_a_brief_frame_is_computed_once_and_gone_afterwards(folder):
    """What is read by several queries takes room for as long as they run."""
    with open_run(now=0.0) as run:
        with run.engine.briefly(run.engine.query("select random() as r")) as brief:
            assert run.engine.fetch(brief) == run.engine.fetch(brief)
        with pytest.raises(duckdb.CatalogException):
            run.engine.fetch(run.engine.query("from kept_1"))


def test_every_row_gets_a_number_of_its_own(folder):
    """Equal rows too."""
    with open_run(now=0.0) as run:
        numbered = run.engine.numbered(run.engine.query("select 'a' as x from range(3000)"), "n")
        assert len({n for _, n in run.engine.fetch(numbered)}) == 3000


def test_tables_without_an_audience_have_their_columns(folder):
    """Explaining one person needs no audience."""
    with open_run(now=5.0) as run:
        tables = run.tables
        assert run.engine.fetch(tables.rows) == run.engine.fetch(tables.events) == []
        assert tables.rows.collect_schema().names()[:5] == ["row", "person", "at", "earlier", "known"]
        assert {"person", "kind", "at", "price", "discount", "detail"} < set(tables.events.collect_schema().names())
        assert tables.now == 5.0


def test_the_stages_are_told(folder):
    """A command line can show what takes so long."""
    told: list[str] = []
    with folder.open(people="person\np1\n", events="person,kind,at\n", audience="person\np1\n", progress=told.append):
        pass
    assert [stage.partition(" ")[0] for stage in told] == ["reading", "reading", "reading", "matching"]


def test_a_file_that_is_named_twice_is_refused(folder):
    """Each of its events would count twice, however it is written; an audience of the same name is another role."""
    events, people = folder.write("e.csv", "person,kind,at\n"), folder.write("p.csv", "person\n")
    folder.path.joinpath("link.csv").symlink_to(events)
    again = [events, folder.path / "link.csv"]
    with pytest.raises(InputError) as refused, open_run(now=0.0, events=again, people=[people, people]):
        pass
    assert str(refused.value).splitlines() == [
        f"`{people}` is named twice: give each file once",
        f"`{folder.path / 'link.csv'}` is the file `{events}` once more: give each file once",
    ]
    with open_run(now=0.0, events=[events], people=[people], audience=people) as run:
        assert len(run.account.files) == 3


def test_nothing_is_left_behind(folder, monkeypatch, tmp_path):
    """Temporary files go when the run ends, also when it fails."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with folder.open(events="person,kind,at\np1,sent,2026-03-01\n"):
        assert list(place.iterdir())
    assert list(place.iterdir()) == []
    with pytest.raises(InputError), folder.open(events="person\n"):
        pass
    assert list(place.iterdir()) == []


def test_too_little_memory_is_an_input_error(folder):
    """What cannot be computed is said in a sentence, not in a traceback."""
    with pytest.raises(InputError, match=r"(?i)memory"), folder.open(memory_limit="30MB") as run:
        run.engine.keep(run.engine.query("select list(range) as l from range(100000000)"))


def _python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


_WHOLE_RUN = """
import sys
from pathlib import Path
import narwhals as nw
from sendgate.audience import open_run
with open_run(now=2e9, audience=Path(sys.argv[1]), events=[Path(sys.argv[2])], people=[Path(sys.argv[1])]) as run:
    tables = run.tables
    sent = tables.events.filter(nw.col("kind") == "sent").group_by("person").agg(n=nw.len(), last=nw.col("at").max())
    joined = run.engine.keep(tables.rows.join(sent, on="person", how="left").with_columns(nw.col("n").fill_null(0)))
    run.engine.fetch(run.engine.with_hash_share(joined, "share", "salt"))
    run.profile("p1")
if len(sys.argv) > 3:
    raise SystemExit(7)
"""


@pytest.mark.parametrize("more", [[], ["fail"]])
def test_a_run_ends_in_silence(folder, more):
    """DuckDB's bindings complain at exit about whatever outlives the connection; nothing does."""
    people = folder.write("p.csv", "person,age\np1,1\np2,2\n")
    events = folder.write("e.csv", "person,kind,at\np1,sent,2026-03-01\n")
    ended = _python(_WHOLE_RUN, str(people), str(events), *more)
    assert (ended.returncode, ended.stdout, ended.stderr) == (7 if more else 0, "", "")


_WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from sendgate.audience import open_run
try:
    with open_run(now=0.0): pass
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("library", ["duckdb", "narwhals"])
def test_a_missing_library_is_told_with_the_line_that_installs_it(library):
    """The small core comes without tables."""
    told = _python(_WITHOUT, library).stdout
    assert told.strip() == f"MissingExtraError {MissingExtraError('reading audiences', 'audience')}"


_READ_BIG = """
import resource, sys
from pathlib import Path
from sendgate.audience import open_run
import sendgate.audience.run
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open_run(now=0.0, events=[Path(sys.argv[1])]) as run:
    (file,) = run.account.files
    print(file.accepted, file.rejected, *[(r.line, r.reason) for r in file.rejections], sep="|")
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(after - before)
"""


@pytest.mark.parametrize(
    ("name", "filler", "reason"),
    [
        ("e.csv", b"x", "the line is longer than 1 MiB"),
        ("e.csv", b'"', "the line is longer than 1 MiB"),
        ("e.csv", b"\0", "the line is longer than 1 MiB"),
        ("e.jsonl", b"x", "the line is longer than 1 MiB"),
    ],
)
def test_a_line_of_a_hundred_megabytes_costs_no_memory(folder, name, filler, reason):
    """The line is rejected, the lines around it are read, and little of it is ever held."""
    good = b'{"person":"p1","kind":"sent","at":"2026-03-01"}\n' if name.endswith("jsonl") else b"p1,sent,2026-03-01\n"
    path = folder.path / name
    with path.open("wb") as file:
        file.write(b"person,kind,at\n" * name.endswith("csv") + good)
        for _ in range(100):
            file.write(filler * 2**20)
        file.write(b"\n" + good)
    told = _python(_READ_BIG, str(path))
    path.unlink()
    account, grown = told.stdout.splitlines()
    line = 3 if name.endswith("csv") else 2
    assert account == f"2|1|{(line, reason)}"
    assert int(grown) * (1 if sys.platform == "darwin" else 1024) < 150 * 2**20


def test_a_mebibyte_of_quotes_in_one_cell_is_read(folder):
    """The longest row that is allowed is also one that can be read."""
    cell = '""' * (2**19 - 100)
    with folder.open(
        events=f'person,kind,at,detail\np1,sent,2026-03-01,"{cell}"\np2,sent,2026-03-01,a"{cell}\n'
    ) as run:
        lengths = [len(row[0]) for row in run.engine.fetch(run.tables.events.select("detail"))]
        assert run.account.rejected == 0
    assert lengths == [len(cell) // 2, len(cell) + 2]
