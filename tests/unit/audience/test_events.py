"""Event files: what is read, what is rejected, and what is only worth a warning."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendgate.audience import open_run
from sendgate.errors import InputError
from sendgate.model.times import UNKNOWN, parse_time


def test_a_full_row_is_typed_and_normalised(folder):
    """Texts are trimmed, categories normalised, times are seconds, amounts are numbers."""
    (event,), _ = folder.events(
        "person,kind,at,brand,channel,campaign,creative,purpose,category,product,price,discount,detail,id\n"
        " p1 ,purchased,2026-02-28T23:59:59.5+02:00,harbor,email,c,cr,promotional,/home / bedding/,d1,12.50,2,x,e1\n"
    )
    assert event == {
        "person": "p1", "kind": "purchased", "at": parse_time("2026-02-28T21:59:59.5Z"), "brand": "harbor",
        "channel": "email", "campaign": "c", "creative": "cr", "purpose": "promotional", "category": "home/bedding",
        "product": "d1", "price": 12.5, "discount": 2.0, "detail": "x", "id": "e1",
    }  # fmt: skip


def test_what_is_missing_is_empty_and_never_null(folder):
    """A file with only the required columns is enough."""
    events, _ = folder.events("person,kind,at\np1,sent,2026-03-01\n")
    assert events[0]["price"] == UNKNOWN
    assert events[0]["discount"] == 0.0
    assert [name for name, value in events[0].items() if value == ""] == [
        "brand", "channel", "campaign", "creative", "purpose", "category", "product", "detail", "id",
    ]  # fmt: skip
    (empty,), _ = folder.events("person,kind,at,price,discount,brand\np1,sent,2026-03-01,,,\n")
    assert empty == events[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",sent,2026-03-01,", "`person` is empty"),
        ("  ,sent,2026-03-01,", "`person` is empty"),
        ("p1,,2026-03-01,", "`kind` is empty"),
        ("p1,sent,,", "`at` is empty"),
        ("p1,sent,yesterday,", "`at` is not an ISO 8601 time such as 2026-03-04T09:12: `yesterday`"),
        ("p1,sent,01/02/2026,", "`at` is not an ISO 8601 time such as 2026-03-04T09:12: `01/02/2026`"),
        ("p1,sent,2026-02-30,", "`at` is not an ISO 8601 time such as 2026-03-04T09:12: `2026-02-30`"),
        ("p1,sent,1772323200,", "`at` is not an ISO 8601 time such as 2026-03-04T09:12: `1772323200`"),
        ("p1,sent,0001-01-01,", "`at` is not in the years 1970 to 2199: `0001-01-01`"),
        ("p1,sent,9999-12-31T23:59:59Z,", "`at` is not in the years 1970 to 2199: `9999-12-31T23:59:59Z`"),
        ("p1,purchased,2026-03-01,twelve", "`price` is not a number such as 12.50: `twelve`"),
        ("p1,purchased,2026-03-01,NaN", "`price` is not a number such as 12.50: `NaN`"),
        ("p1,purchased,2026-03-01,inf", "`price` is not a number such as 12.50: `inf`"),
        ("p1,purchased,2026-03-01,1e999", "`price` is not a number such as 12.50: `1e999`"),
        ('p1,purchased,2026-03-01,"12,50"', "`price` is not a number such as 12.50: `12,50`"),
        ("p1,purchased,2026-03-01,-3", "`price` is negative: `-3`"),
        ("p1,sent,2026-03-01", "3 fields where the header has 4"),
        ("p1,sent,2026-03-01,,", "5 fields where the header has 4"),
        ("p1,sent,2026-03-01,\0", "the line holds a NUL byte"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_the_rest_goes_on(folder, row, reason):
    """The row does not take its neighbours with it."""
    good = "p1,sent,2026-03-01,"
    events, rejected = folder.events(f"person,kind,at,price\n{good}\n\n{row}\n{good}\n")
    assert len(events) == 2
    assert rejected == [(4, reason)]


@pytest.mark.parametrize("value", ["abc", "-1", "nan"])
def test_a_discount_is_checked_as_a_price_is(folder, value):
    """An amount is a number, and not below zero."""
    events, ((line, reason),) = folder.events(f"person,kind,at,discount\np1,purchased,2026-03-01,{value}\n")
    assert (events, line) == ([], 2)
    assert reason.startswith("`discount` is")


def test_a_very_long_value_is_shortened_in_the_reason(folder):
    """A rejection stays readable."""
    _, ((_, reason),) = folder.events(f"person,kind,at\np1,sent,{'x' * 5000}\n")
    assert len(reason) < 120


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rejected_lines_are_physical_lines(folder, end):
    """Blank lines and line breaks within quotes count, whatever ends a line."""
    lines = [
        "",
        "person,kind,at,detail",
        "p1,sent,2026-03-01,ok",
        "",
        'p2,sent,2026-03-01,"two',
        'lines"',
        "p3,sent,no,x",
    ]
    events, rejected = folder.events(end.join([*lines, "p4", ""]))
    assert [event["detail"] for event in events] == ["ok", "two\nlines"]
    assert [line for line, _ in rejected] == [7, 8]


def test_lines_are_right_beyond_the_first_block(folder):
    """Rejections keep their line when a file is read in many parts, and rows keep their order."""
    rows = [f"p{n},sent,2026-03-01,{'x' * 80}" for n in range(250_000)]
    rows[125_000] = "p,sent,never,x"
    rows[249_999] = "p,sent"
    events, rejected = folder.events("\n".join(["person,kind,at,detail", *rows]))
    assert [line for line, _ in rejected] == [125_002, 250_001]
    assert [event["person"] for event in events] == [f"p{n}" for n in range(249_999) if n != 125_000]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("person,at", "has no column `kind`: it has `person`, `at`"),
        (
            "persn,kind,time",
            "has no column `person`, `at`: it has `persn`, `kind`, `time` (did you mean `persn` for `person`?)",
        ),
        ("person,kind,kind,at", "names a column twice: `kind`, `kind`"),
        ("person,Kind,kind,at", "names a column twice: `Kind`, `kind`"),
        ("person,kind,at,note,note", "names a column twice: `note`, `note`"),
        ("person:kind:at", "has no column `person`, `kind`, `at`"),
    ],
)
def test_missing_and_doubled_columns_are_input_errors(folder, header, message):
    """Nothing is done; the message names the file, what is there, and what may have been meant."""
    with pytest.raises(InputError) as caught, folder.open(events=f"{header}\n"):
        pass
    assert message in str(caught.value)


def test_a_header_alone_is_a_file_without_events(folder):
    """A day on which nothing happened is no mistake."""
    assert folder.events("person,kind,at\n") == ([], [])
    assert folder.events("person,kind,at") == ([], [])


def test_unknown_columns_and_kinds_are_reported_once(folder):
    """They are counted, and change nothing."""
    content = "person,kind,at,shop,,till\np1,danced,2026-03-01,a,b,c\np1,danced,2026-03-01,,,\np1,Sent,2026-03-01,,,\n"
    with folder.open(events=content) as run:
        (columns, kinds) = run.account.warnings
        assert len(run.engine.fetch(run.tables.events)) == 3
    assert columns.endswith("events.csv: columns that are not read: `shop`, `till`")
    assert kinds == "kinds that no gate reads: `danced` (2), `Sent` (1); did you mean `sent`?"


def test_kinds_that_are_almost_known_are_told_with_what_was_meant(folder):
    """Who `unsubscribe` would be written to; what is only somewhat alike is no guess."""
    kinds = ["unsubscribe", "open", "Case-Closed", "optout", "fitted"]
    content = "person,kind,at\n" + "".join(f"p1,{kind},2026-03-01\n" for kind in kinds)
    with folder.open(events=content) as run:
        (told,) = run.account.warnings
    assert told.endswith("; did you mean `case_closed`, `opened`, `unsubscribed`?")


def test_channels_that_no_message_goes_by_are_reported(folder):
    """Where a channel has a meaning: a page may be viewed on the web."""
    content = (
        "person,kind,at,channel\np1,unsubscribed,2026-03-01,E-Mail\np1,sent,2026-03-01,Email\n"
        "p1,sent,2026-03-02,Email\np1,viewed,2026-03-01,web\np1,sent,2026-03-01,email\np1,sent,2026-03-01,\n"
    )
    with folder.open(events=content) as run:
        assert run.account.warnings == (
            "events of messages on channels that no campaign has: `Email` (2), `E-Mail` (1)",
        )


def test_bounces_that_do_not_say_for_how_long_are_reported(folder):
    """Whoever bounced as `hard` would be written to for ever, and nothing would say why."""
    content = (
        "person,kind,at,detail\np1,bounced,2026-03-01,hard\np1,bounced,2026-03-02,hard\np1,bounced,2026-03-01,\n"
        "p1,bounced,2026-03-01,permanent\np1,bounced,2026-03-01,transient\np1,bounced,never,soft\n"
        "p1,sent,2026-03-01,hard\n"
    )
    with folder.open(events=content) as run:
        assert run.account.warnings == (
            "bounces that are neither `permanent` nor `transient`, and count for nothing: `hard` (2), `no detail` (1)",
        )


def test_purposes_that_mean_nothing_are_reported(folder):
    """Asks that are called `promo` are none for `balance`, and a receipt that is `Transactional` counts for caps."""
    content = (
        "person,kind,at,purpose\np1,sent,2026-03-01,Transactional\np1,sent,2026-03-02,promo\np1,sent,2026-03-03,promo\n"
        "p1,sent,2026-03-01,\np1,sent,2026-03-01,service\np1,sent,never,ad\np1,opened,2026-03-01,ad\n"
    )
    with folder.open(events=content) as run:
        (said,) = run.account.warnings
    assert said.startswith(
        "messages whose purpose is none of `promotional`, `relationship`, `service`, `transactional`"
    )
    assert said.endswith(", and counts as none: `promo` (2), `Transactional` (1)")


def test_brands_are_counted_for_whoever_knows_the_family(folder):
    """In good rows; an event without a brand belongs to all."""
    content = (
        "person,kind,at,brand\np1,viewed,2026-03-01,a\np1,sent,2026-03-01,B\np1,sent,2026-03-01,a\np1,sent,never,x\n"
    )
    with folder.open(events=content + "p1,viewed,2026-03-01,\n") as run:
        assert run.account.brands == {"a": 2, "B": 1}


def test_a_repeated_id_counts_once_across_files(folder, now):
    """The first in order of files, then rows, counts; rejected rows and empty ids do not."""
    first = folder.write("1.csv", "person,kind,at,id\np1,sent,never,a\np1,sent,2026-03-01,a\np1,opened,2026-03-01,a\n")
    second = folder.write(
        "2.jsonl",
        '{"person":"p2","kind":"sent","at":"2026-03-01","id":"a"}\n'
        + 2 * ('{"person":"p3","kind":"sent","at":"2026-03-01","id":""}\n'),
    )
    third = folder.write("3.csv", "person,kind,at\np4,sent,2026-03-01\np4,sent,2026-03-01\n")
    fourth = folder.parquet("4.parquet", "select 'p5' as person, 'sent' as kind, date '2026-03-01' as \"at\", "
                                         "unnest(['b', 'a', 'b', '', null]) as id")  # fmt: skip
    with open_run(now=now, events=[first, second, third, fourth]) as run:
        events = [(row[0], row[1]) for row in run.engine.fetch(run.tables.events.select("person", "kind"))]
        assert run.account.repeated_ids == 4
        assert sum(file.accepted for file in run.account.files) == 12
    assert sorted(events) == [("p1", "sent"), ("p3", "sent"), ("p3", "sent"), ("p4", "sent"), ("p4", "sent"),
                              ("p5", "sent"), ("p5", "sent"), ("p5", "sent")]  # fmt: skip


def test_json_lines_are_read_with_their_own_types(folder):
    """Numbers, null and odd keys are fine; what is no object or no JSON is rejected by line."""
    lines = [
        '{"person": 12, "kind": "purchased", "at": "2026-03-01", "price": 12.5, "a/b~\\"c": 1}',
        "",
        '{"person": "p2", "kind": "sent", "at": "2026-03-01", "price": null}',
        "not json",
        '{"person": "p3",',
        '["p4"]',
        '{"person": "p5", "kind": "sent", "at": "2026-03-01", "price": NaN}',
        '{"person": "p\\u0000", "kind": "sent", "at": "2026-03-01"}',
        '{"person": "p7", "kind": "sent", "at": 1772323200}',
        '{"person": "\xe9"}',
    ]
    path = folder.write("e.jsonl", "\n".join(lines).encode("latin-1"))
    events, rejected = folder.events(path)
    assert [(event["person"], event["price"]) for event in events] == [("12", 12.5), ("p2", UNKNOWN)]
    assert rejected == [
        (4, "the line is not a JSON object"),
        (5, "the line is not valid JSON"),
        (6, "the line is not a JSON object"),
        (7, "`price` is not a number such as 12.50: `NaN`"),
        (8, "the line is not valid JSON"),
        (9, "`at` is not an ISO 8601 time such as 2026-03-04T09:12: `1772323200`"),
        (10, "the line is not valid UTF-8"),
    ]


_PARQUET = "select {person} as person, 'sent' as kind, {at} as \"at\", {price} as price, ' home / x' as category"


@pytest.mark.parametrize(
    "at",
    ["timestamp '2026-03-01 10:00:00.25'", "timestamptz '2026-03-01 12:00:00.25+02:00'", "'2026-03-01T10:00:00.25'",
     "timestamp_ms '2026-03-01 10:00:00.25'", "timestamp_ns '2026-03-01 10:00:00.25'"],
)  # fmt: skip
def test_parquet_times_may_be_timestamps_or_text(folder, at):
    """With or without a zone, coarse or fine, a time is the same number."""
    path = folder.parquet("e.parquet", _PARQUET.format(person=7, at=at, price="2.5::decimal(9,2)"))
    (event,), _ = folder.events(path)
    assert (event["person"], event["at"], event["price"]) == ("7", parse_time("2026-03-01T10:00:00.25Z"), 2.5)
    assert event["category"] == "home/x"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("person", "''", "`person` is empty"),
        ("person", "null", "`person` is empty"),
        ("kind", "''", "`kind` is empty"),
        ("kind", "null", "`kind` is empty"),
        ("at", "null", "`at` is empty"),
        ("at", "'infinity'", "`at` is not an ISO 8601 time such as 2026-03-04T09:12: `infinity`"),
        ("at", "timestamp '9999-01-01'", "`at` is not in the years 1970 to 2199: `9999-01-01 00:00:00`"),
        ("price", "'nan'", "`price` is not a number such as 12.50: `nan`"),
        ("price", "-1", "`price` is negative: `-1.0`"),
        ("discount", "'-inf'", "`discount` is not a number such as 12.50: `-inf`"),
        ("discount", "-1", "`discount` is negative: `-1.0`"),
    ],
)
def test_one_bad_row_among_many_good_ones_is_found(folder, column, value, reason):
    """Whatever the statistics of a Parquet file let a reader skip."""
    good = {"person": "'p' || i", "kind": "'viewed'", "at": "timestamp '2026-03-01'", "price": "1e0", "discount": "0e0"}
    written = good | {column: f"case when i = 7000 then {value} else {good[column]} end"}
    listed = ", ".join(f'{value} as "{name}"' for name, value in written.items())
    path = folder.parquet("e.parquet", f"select {listed} from range(9000) t(i)")
    with open_run(now=0.0, events=[path]) as run:
        (file,) = run.account.of("events")
    assert (file.accepted, file.rejected) == (8999, 1)
    assert [(one.line, one.reason) for one in file.rejections] == [(7001, reason)]


def test_parquet_rows_are_rejected_by_number(folder):
    """Rows are counted from 1, and good rows stay."""
    path = folder.parquet(
        "e.parquet",
        "select * from (values ('p1', 'sent', timestamp '2026-03-01', 1.0),"
        " (null, 'sent', timestamp '2026-03-01', 1.0),"
        " ('p3', 'sent', timestamp '0001-01-01', 1.0), ('p4', 'sent', timestamp '2026-03-01', 'nan'::double),"
        " ('p5', 'sent', timestamp '2026-03-01', -1.0), ('p6', 'sent', null, null),"
        " ('p7', 'sent', timestamp 'infinity', null), ('p8', 'sent', timestamp '2026-03-01', null))"
        ' as t(person, kind, "at", price)',
    )
    events, rejected = folder.events(path)
    assert [event["person"] for event in events] == ["p1", "p8"]
    assert rejected == [
        (2, "`person` is empty"),
        (3, "`at` is not in the years 1970 to 2199: `0001-01-01 00:00:00`"),
        (4, "`price` is not a number such as 12.50: `nan`"),
        (5, "`price` is negative: `-1.0`"),
        (6, "`at` is empty"),
        (7, "`at` is not an ISO 8601 time such as 2026-03-04T09:12: `infinity`"),
    ]


@pytest.mark.parametrize(
    ("at", "price", "message"),
    [
        ("1772323200", "1.0", "column `at` is of type INTEGER: expected timestamps, dates or ISO 8601 text"),
        ("1772323200.5::double", "1.0", "column `at` is of type DOUBLE"),
        ("date '2026-03-01'", "true", "column `price` is of type BOOLEAN: expected numbers"),
    ],
)
def test_parquet_columns_of_another_type_are_input_errors(folder, at, price, message):
    """A number could be seconds or milliseconds or days: nobody guesses."""
    path = folder.parquet("e.parquet", _PARQUET.format(person="'p1'", at=at, price=price))
    with pytest.raises(InputError) as caught, folder.open(events=path):
        pass
    assert message in str(caught.value)


_SAMPLE = (
    b"person,kind,at,category,price,id\n"
    b'p1,purchased,2026-02-01T10:00:00Z,"home, garden",12.5,a\n'
    b"p2,sent,2026-02-02,,,b\n"
    b'p3,viewed,2026-02-03,"a ""b""\nc",0,a\n'
)
_ADDED = st.sampled_from([b"", b'"', b"\n", b",", b"\r", b"\0", b"\xff", b"-", b"x"])
_EDITS = st.lists(st.tuples(st.integers(0, len(_SAMPLE)), st.integers(0, 3), _ADDED), max_size=5)


@settings(max_examples=60)
@given(_EDITS)
def test_rows_in_are_rows_accepted_and_rejected_whatever_the_bytes(tmp_path_factory, edits):
    """A mangled file is an input error as a whole, or every row of it is accounted for."""
    content = _SAMPLE
    for at, removed, added in edits:
        content = content[:at] + added + content[at + removed :]
    path = tmp_path_factory.mktemp("mangled") / "e.csv"
    path.write_bytes(content)
    try:
        with open_run(now=0.0, events=[path]) as run:
            (file,) = run.account.files
            counted = len(run.engine.fetch(run.tables.events)) + run.account.repeated_ids
    except InputError:
        return
    assert file.accepted == counted
    assert file.rows_in == file.accepted + file.rejected
    assert len(file.rejections) == file.rejected
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    assert all(1 < rejection.line <= len(lines) for rejection in file.rejections)
    assert file.rows_in <= len([line for line in lines if line.strip()]) - 1


@given(
    st.dictionaries(
        st.sampled_from(["person", "kind", "at", "detail"]), st.text(max_size=5) | st.integers() | st.none()
    )
)
@settings(max_examples=30)
def test_any_json_object_is_a_row_or_a_rejection(tmp_path_factory, row):
    """Whatever the values, the line is accounted for."""
    path = tmp_path_factory.mktemp("json") / "e.jsonl"
    good = {"person": "p", "kind": "sent", "at": "2026-03-01"}
    path.write_text("\n".join([json.dumps(good), json.dumps(row)]))
    with open_run(now=0.0, events=[path]) as run:
        assert run.account.files[0].rows_in == 2
        assert run.account.files[0].accepted >= 1
