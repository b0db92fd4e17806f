"""The expressions that every column goes through, against their meaning in Python."""

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sendgate.audience import sql
from sendgate.audience.place import connected
from sendgate.model.addresses import EMAIL_AS_IS, PHONE_AS_IS
from sendgate.model.categories import normalise
from sendgate.model.times import parse_time


@pytest.fixture(scope="module")
def value_of() -> Iterator[Callable[[str, object], object]]:
    """Compute an expression over the column ``v``."""
    with connected("", lambda _: None) as place:
        yield lambda expression, v: place.run(f"select {expression} from (select ? as v)", [v])[0][0]


@given(st.text("ab'", max_size=1), st.lists(st.text("ab'", max_size=1), min_size=1, max_size=20))
def test_among_is_what_it_is_in_python(value_of, text, texts):
    """However many there are, and whatever is in them."""
    assert value_of(sql.among("v", texts), text) == (text in texts)


_BLANKS = "".join(c for c in map(chr, range(0x3100)) if c.isspace())


@given(st.text(f"ab/é&{_BLANKS}", max_size=12))
def test_categories_are_normalised_as_in_the_model(value_of, path):
    """Tables and profiles agree about every path."""
    assert value_of(sql.category("v"), path) == normalise(path)
    assert path == normalise(path) or value_of(sql.untidy_category("v"), path)


@given(st.text(f"ab é{_BLANKS}", max_size=8))
def test_text_is_trimmed_as_python_does(value_of, text):
    """All of Unicode's blanks are taken away, those inside stay."""
    assert value_of(sql.trimmed("v"), text) == text.strip()


_TWO = st.integers(0, 69).map("{:02}".format)
_ISO = st.builds(
    "".join,
    st.tuples(
        st.integers(0, 9999).map("{:04}-".format),
        _TWO,
        st.just("-"),
        _TWO,
        st.sampled_from(["", "T", " "]),
        st.sampled_from(["", "10:11", "23:59:60", "24:00", "09:30:15", "9:30"]),
        st.sampled_from(["", ".5", ".123456", ".1234567", ".123456789"]),
        st.sampled_from(["", "Z", "+02:00", "-0330", "+14", "+25:00", " +01:00"]),
    ),
)


@example("1970-01-02T10:11 +01:00")
@example("1970-01-02 10:11 Z")
@given(_ISO | st.datetimes().map(lambda moment: moment.isoformat()))
def test_times_are_read_as_in_the_model(value_of, text):
    """A time that SQL reads is the one that Python reads, offset and all; one that Python refuses, SQL refuses."""
    read = value_of(sql.time_from_text("v"), text)
    try:
        expected = parse_time(text)
    except ValueError:
        assert read is None or value_of(sql.outside_time("v"), read)
    else:
        assert read == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "2026-02-30", "01/02/2026", "infinity", "epoch", "1772323200", "2026-03"]
)
def test_what_is_no_time_is_null(value_of, text):
    """DuckDB knows more ways to write a time than ISO 8601 does; they are not taken."""
    assert value_of(sql.time_from_text("v"), text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("12.50", 12.5), ("0", 0.0), ("-3", -3.0), ("+1", 1.0), (".5", 0.5), ("1e3", 1000.0), ("1,50", None), ("", None),
     ("NaN", None), ("inf", None), ("1_000", None), ("0x10", None), ("€5", None), ("12 ", None)],
)  # fmt: skip
def test_numbers_are_plain_decimal_numbers(value_of, text, number):
    """What might be meant otherwise is no number."""
    assert value_of(sql.number_from_text("v"), text) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [("12::integer", "12"), ("12.0::double", "12"), ("12.5::float", "12.5"), ("0.1::float", "0.1"),
     ("1e20::double", "100000000000000000000"), ("1e-7::double", "0.0000001"), ("12.50::decimal(9,2)", "12.5"),
     ("100::decimal(9,2)", "100"), ("'nan'::double", ""), ("true", "true"), ("date '2026-03-04'", "2026-03-04"),
     ("timestamp '2026-03-04 09:12:00'", "2026-03-04T09:12:00Z"), ("' a '::varchar", "a"), ("null::integer", ""),
     ("timestamptz '2026-03-04 09:12:00+02:00'", "2026-03-04T07:12:00Z"), ("100::bigint", "100")],
)  # fmt: skip
def test_values_become_the_text_that_people_write(value_of, value, text):
    """A number in Parquet compares with a number in a policy, whatever its type."""
    kind = value_of(f"typeof({value})", "")
    assert value_of(sql.plain_text(f"({value})", kind), "") == text


@pytest.mark.parametrize("pattern", [EMAIL_AS_IS, PHONE_AS_IS])
@given(data=st.data())
def test_patterns_for_plain_addresses_mean_the_same_to_both_engines(value_of, pattern, data):
    """RE2 in DuckDB and re in Python agree on what is plain, so no address is treated in two ways."""
    plain = data.draw(st.from_regex(re.compile(pattern), fullmatch=True))
    at = data.draw(st.integers(0, len(plain)))
    text = plain[:at] + data.draw(st.text("a1.@-+ é\n\u212a", max_size=2)) + plain[at:]
    assert value_of(sql.matches("v", pattern), text) == bool(re.fullmatch(pattern, text))


@given(st.text("a'\"`\\;é\n"))
def test_quoting_is_safe(value_of, text):
    """Whatever a file or a column is called, its name stays a name."""
    assert value_of(sql.literal(text), "") == text
    if text:
        name = sql.identifier(text)
        assert value_of(f"(select x.{name} from (select 7 as {name}) x)", "") == 7
