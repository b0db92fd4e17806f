from __future__ import annotations

import pytest
import yaml

from sendgate.policy import yaml_reader
from sendgate.policy.document import Place, Plain
from sendgate.policy.review import Review
from sendgate.policy.yaml_reader import DEEPEST, LARGEST, parse_document, read_document


def parsed(text):
    """Give the data of a right document."""
    review = Review("a.yaml")
    root = parse_document(text, review)
    assert not review.mistakes
    return root.data()


def wrong(text):
    """Give the mistakes of a wrong document."""
    review = Review("a.yaml")
    parse_document(text, review)
    return [str(mistake) for mistake in review.mistakes]


@pytest.mark.parametrize(
    "word", ["off", "on", "no", "yes", "y", "21:00", "00123", "1e3", "2026-03-04", "0x1F", "1_000"]
)
def test_words_stay_words(word):
    """No scalar turns into a flag, a number of minutes, an octal number or a date."""
    assert parsed(f"a: {word}") == {"a": word}


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_nothing(word):
    """A key without a value has none, and so has one with a null."""
    assert parsed(f"a: {word}") == {"a": None}


def test_quoted_text_is_text_even_where_it_looks_like_nothing():
    """Quotes make text of anything."""
    assert parsed("a: 'null'\nb: \"\"\nc: |\n  ~\nd: !!str ~") == {"a": "null", "b": "", "c": "~", "d": "~"}


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("12", 12.0),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("01234", "01234"),
        (".5", ".5"),
        ("12345678901234567890", "12345678901234567890"),
        ("12 ", "12 "),
    ],
)
def test_what_plain_words_mean_where_a_scalar_is_asked_for(word, meaning):
    """Numbers and flags are those of YAML 1.2; postcodes and long identifiers stay text."""
    assert Plain(word).meant() == meaning
    assert type(Plain(word).meant()) is type(meaning)


def test_every_key_and_value_has_its_place():
    """Lines and columns count from 1, and columns count characters."""
    root = parse_document("# first\nä: {b: [x, y]}\n", Review("a.yaml"))
    assert root["ä"].key == Place(2, 1)
    assert root["ä"]["b"].key == Place(2, 5)
    assert root["ä"]["b"].items[1].place == Place(2, 12)


def test_a_repeated_alias_is_reported_once():
    """A bomb does not fill the screen."""
    assert wrong("a: &a [x]\nb: [*a, *a, *a]\nc: *a\n") == [
        "a.yaml:1:4: anchor `&a` is not supported (leave it out)",
        "a.yaml:2:5: alias `*a` is not supported (write the value out)",
    ]


def test_depth_is_limited_and_the_limit_is_allowed():
    """Values at the limit are read; those below it are refused."""
    inside = DEEPEST - 2
    assert parsed("a: " + "[" * inside + "x" + "]" * inside)
    assert "nested deeper" in wrong("a: " + "[" * DEEPEST + "x" + "]" * DEEPEST)[0]


def test_a_hundred_thousand_brackets_end_quickly():
    """Nesting is refused before it costs memory or the stack."""
    assert "nested deeper" in wrong("[" * 100_000)[0]


def test_a_large_file_is_refused_unread(write):
    """No more than the limit is read."""
    review = Review("a.yaml")
    assert read_document(write("a.yaml", b"a: " + b"x" * LARGEST), review) is None
    assert review.mistakes[0].message == "the file is larger than 4 MB"


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfa: 1\n", b"a: 1\r\n", b"---\na: 1\n...\n", b"%YAML 1.1\n---\na: 1\n"]
)
def test_files_from_other_systems_are_read(write, content):
    """A BOM, CRLF, document markers and a version do no harm."""
    assert read_document(write("a.yaml", content), Review("a.yaml")).data() == {"a": "1"}


def test_a_folder_is_not_a_file(tmp_path):
    """What cannot be read is a mistake, not a crash."""
    review = Review("a.yaml")
    assert read_document(tmp_path, review) is None
    assert review.mistakes[0].message == "cannot be read: is a directory"


@pytest.mark.parametrize(
    "text", ["a: [1, 2", "a: 'x", "{", "a: b: c", "a: @x", "a:\n\t- b", "a: \x00", "a: *b", "- a\n- b"]
)
def test_the_python_reader_agrees_that_it_is_wrong(text, monkeypatch):
    """Where PyYAML comes without its C part, the same documents are refused."""
    with_c = wrong(text)
    monkeypatch.setattr(yaml_reader, "_LOADER", yaml.SafeLoader)
    without_c = wrong(text)
    assert len(with_c) == len(without_c) == 1
    assert with_c[0].startswith("a.yaml:")
