"""Files that are not what their name says, and files that cannot be read at all."""

import gzip

import pytest
from backports import zstd

from sendgate.errors import InputError

_EVENTS = b"person,kind,at\np1,sent,2026-03-01\n"
_JSON = b'{"person": "p1", "kind": "sent", "at": "2026-03-01"}\n'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.csv", _EVENTS),
        ("E.CSV", _EVENTS),
        ("e.csv", b"\xef\xbb\xbf" + _EVENTS),
        ("e.csv", _EVENTS.replace(b"\n", b"\r\n")),
        ("e.csv", _EVENTS.replace(b",", b";")),
        ("e.csv", _EVENTS.replace(b",", b"\t")),
        ("e.csv", b"\n\n" + _EVENTS),
        ("e.csv", _EVENTS.replace(b"person", b' "Person" ').replace(b' "Person" ', b'"Person "')),
        ("e.csv.gz", gzip.compress(_EVENTS, mtime=0)),
        ("e.csv.zst", zstd.compress(_EVENTS)),
        ("e.jsonl", _JSON),
        ("e.jsonl", b"\xef\xbb\xbf" + _JSON.replace(b"\n", b"\r\n")),
        ("e.jsonl.gz", gzip.compress(_JSON, mtime=0)),
        ("e.jsonl.zst", zstd.compress(_JSON)),
    ],
)
def test_the_same_rows_come_out_of_every_format(folder, name, content):
    """Compression, byte order mark, line ends and delimiter make no difference."""
    (event,), rejected = folder.events(folder.write(name, content))
    assert (event["person"], event["kind"], event["at"]) == ("p1", "sent", 1772323200.0)
    assert rejected == []


_PARQUET = b"PAR1....PAR1"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("e.csv", _PARQUET, "is not a text file, as its name says: it is a Parquet file"),
        ("e.csv", gzip.compress(_EVENTS, mtime=0), "is not a text file, as its name says: it is compressed with gzip"),
        ("e.jsonl", zstd.compress(_JSON), "it is compressed with zstd"),
        ("e.csv", b"PK\x03\x04", "it is a zip or spreadsheet file"),
        ("e.csv", _EVENTS.decode().encode("utf-16"), "it is UTF-16 text"),
        ("e.csv", _EVENTS.decode().encode("utf-16-le"), "is it UTF-16?"),
        ("e.csv", _JSON, "is not CSV, as its name says: it looks like JSON Lines"),
        ("e.csv", _EVENTS.replace(b"\n", b"\r"), "carriage returns for line ends"),
        ("e.csv", b"p\xe9rson,kind,at\n", "has no header that can be read: the line is not valid UTF-8"),
        ("e.jsonl", _EVENTS, "is not JSON Lines, as its name says: none of its lines is a JSON object"),
        ("e.jsonl", b'{\n  "person": "p1"\n}\n', "none of its lines is a JSON object"),
        ("e.jsonl", b"{}\n", "has no column `person`, `kind`, `at`: it has none"),
        ("e.jsonl", b'[{"person": "p1"}]', "it is a JSON array. Write each of its objects on a line of its own"),
        ("e.jsonl", b'\n[\n{"person": "p1", "kind": "sent", "at": "2026-03-01"}\n]\n', "it is a JSON array"),
        ("e.jsonl", b" [ ]", "it is a JSON array"),
        ("e.parquet", _EVENTS, "is not a Parquet file, as its name says: it is something else, perhaps text"),
        ("e.parquet", b"", "is not a Parquet file, as its name says: it is empty"),
        ("e.parquet", b"PAR1 and then the disk was full", "is cut short"),
        ("e.parquet", b"PAR1" + b"nonsense" * 9 + b"PAR1", "cannot be read"),
        ("e.csv.gz", _EVENTS, "is not compressed with gzip, as its name says"),
        ("e.csv.zst", _EVENTS, "is not compressed with zstd, as its name says"),
        ("e.csv.gz", gzip.compress(_EVENTS * 999, mtime=0)[:-20], "is cut short"),
        ("e.csv.gz", gzip.compress(_EVENTS, mtime=0)[:15] + b"\0\0\0\0\0\0\0\0\0\0\0\0", "cannot be unpacked"),
        ("e.csv.gz", gzip.compress(_PARQUET, mtime=0), "it is a Parquet file"),
        ("e.csv.zst", zstd.compress(_EVENTS * 999)[:-9], "is cut short"),
        ("e.csv", b"", "is empty: expected a header line"),
        ("e.csv", b"\xef\xbb\xbf\r\n\r\n", "is empty: expected a header line"),
        ("e.jsonl", b"\n", "is empty: expected a JSON object on each line"),
        ("e.xlsx", b"", "expected .csv, .jsonl or .parquet; .csv and .jsonl also with .gz or .zst"),
        ("e.parquet.gz", b"", "expected .csv, .jsonl or .parquet"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_an_input_error(folder, name, content, message):
    """Nothing is done, and the message says which file and what it is instead."""
    path = folder.write(name, content)
    with pytest.raises(InputError) as caught, folder.open(events=path):
        pass
    assert message in str(caught.value)
    assert f"`{path}`" in str(caught.value)


def test_a_missing_file_and_a_folder_are_input_errors(folder):
    """All files that cannot be read are named at once."""
    with (
        pytest.raises(InputError) as caught,
        folder.open(people=folder.path / "a.csv", events=folder.path / "b.parquet"),
    ):
        pass
    message = str(caught.value)
    assert message.count("no such file") == 2
    (folder.path / "d.csv").mkdir()
    with pytest.raises(InputError, match="is a directory"), folder.open(people=folder.path / "d.csv"):
        pass


@pytest.mark.parametrize("name", ["it's.csv", "a*b[1]?.csv", "ü {}.csv", "--.csv", "a*b[1]?.parquet", "it's;.parquet"])
def test_a_file_may_have_any_name(folder, name):
    """No character of a name is taken for a pattern, a quote or a place to fill in."""
    if name.endswith(".parquet"):
        folder.parquet(
            "plain.parquet", "select 'p1' as person, 'sent' as kind, date '2026-03-01' as at_".replace("at_", '"at"')
        )
        path = (folder.path / "plain.parquet").rename(folder.path / name)
    else:
        path = folder.write(name, _EVENTS)
    assert len(folder.events(path)[0]) == 1


@pytest.mark.parametrize("name", ["a[1].parquet", "a*.parquet", "a?.parquet", "f[1]/a1.parquet", "f?/a*.parquet"])
def test_a_file_is_read_and_not_others_whose_names_are_alike(folder, name):
    """A name or a folder with `*`, `?` or `[` in it means itself, and not the files that such a pattern would match."""
    event = "select '{}' as person, 'sent' as kind, date '2026-03-01' as \"at\""
    for other in ("a1.parquet", "a2.parquet", "f1/a1.parquet", name):
        (folder.path / other).parent.mkdir(exist_ok=True)
        folder.parquet(other, event.format("meant" if other == name else "another"))
    assert [event["person"] for event in folder.events(folder.path / name)[0]] == ["meant"]


def test_a_header_of_one_endless_name_is_none(folder):
    """A file that is something else may have such a first line."""
    with pytest.raises(InputError, match="no header that can be read: a name in it has more than 131,072 characters"):
        folder.events("x" * 200_000 + "\n")


def test_a_header_may_be_long(folder):
    """Only its names may not: with another separator than its own, all of it would be one name."""
    names = ",".join(f"column_{at:04}_{'x' * 90}" for at in range(2000))
    assert len(folder.events(f"person,kind,at,{names}\np1,sent,2026-03-01{',' * 2000}\n")[0]) == 1


def test_a_page_that_is_damaged_is_an_input_error_whenever_it_is_read(folder, now):
    """Columns of a Parquet file that nothing needs at first are read in the end, and the file is named."""
    path = folder.parquet(
        "a.parquet", "select 'p' || i as person, 'some words ' || i * i as note from range(3000) t(i)"
    )
    content = bytearray(path.read_bytes())
    middle = content.index(b"some words 0") + 200
    content[middle : middle + 900] = bytes(byte ^ 0x5A for byte in content[middle : middle + 900])
    path.write_bytes(content)
    with (
        pytest.raises(InputError, match=r"the tables cannot be computed: .*a\.parquet"),
        folder.open(audience=path) as run,
    ):
        list(run.recipients())


def test_names_of_columns_are_trimmed_in_every_format(folder):
    """A blank around a name is no part of it."""
    line = '{" person ": "p1", "kind ": "sent", " at": "2026-03-01"}'
    query = "select 'p1' as \" person \", 'sent' as \"kind \", date '2026-03-01' as \" at\""
    for path in (folder.write("e.jsonl", line), folder.parquet("e.parquet", query)):
        assert [event["person"] for event in folder.events(path)[0]] == ["p1"]


def test_a_column_that_duckdb_has_a_use_for_is_refused_in_our_words(folder):
    """The error names the file and the column."""
    path = folder.parquet(
        "e.parquet", "select 'p1' as person, 'sent' as kind, date '2026-03-01' as \"at\", 1 as file_row_number"
    )
    with pytest.raises(InputError, match=r"e\.parquet` has a column `file_row_number`.*rename it"):
        folder.events(path)
