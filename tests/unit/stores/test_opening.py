from __future__ import annotations

import subprocess
import sys
from contextlib import closing

import pytest

from sendgate.errors import ConfigurationError, MissingExtraError, StoreError
from sendgate.stores.opening import open_store
from sendgate.testing.stores import KEYRING


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///sendgate.db", "sendgate.db"),
        ("sqlite:///with%20space#and%25.db", "with space#and%.db"),
        ("sqlite:////{folder}/else/where.db", "else/where.db"),
    ],
)
def test_opens_a_file_beside_the_policy_or_where_the_path_says(tmp_path, url, file):
    """Three slashes are the folder of the family, four the root."""
    (tmp_path / "else").mkdir()
    with closing(open_store(url.replace("{folder}", str(tmp_path)[1:]), tmp_path, KEYRING)):
        assert (tmp_path / file).is_file()


def test_opens_a_table_without_a_network(tmp_path):
    """DynamoDB is asked for nothing before the first use."""
    with closing(open_store("dynamodb://sendgate-prod?region=eu-central-1&keep_days=90", tmp_path, KEYRING)):
        pass


WRONG = [
    ("sqlit:///x.db", "there is no store `sqlit://`", "did you mean `sqlite`?"),
    ("mysql://host/db", "there is no store `mysql://`", "expected one of `sqlite`, `postgresql`, `dynamodb`"),
    ("sqlite://sendgate.db", "expected a file in `sqlite://sendgate.db`", "three slashes"),
    ("sqlite:///", "expected a file", "sqlite:///sendgate.db"),
    ("sqlite:///x.db?mode=ro", "unknown option `mode` of `sqlite://`", ""),
    ("dynamodb://", "expected the name of a table", "dynamodb://table?region=eu-central-1"),
    ("dynamodb://table/more", "expected the name of a table", ""),
    ("dynamodb://user:hush@table", "expected the name of a table", ""),
    ("dynamodb://table?regoin=eu-central-1", "unknown option `regoin` of `dynamodb://`", "did you mean `region`?"),
    ("dynamodb://table?keep_days=44", "`keep_days` cannot be `44`", "45 or more"),
    ("dynamodb://table?keep_days=a+year", "`keep_days` cannot be `a year`", "45 or more"),
    ("dynamodb://table?region=a&region=b", "stands there twice", ""),
    ("postgresql://u:hush@h/d?sslmod=require", "unknown option `sslmod`", "did you mean `sslmode`?"),
    ("postgresql://u:hush@h/d?schema=a;b", "`a;b` is no name of a schema", "small letters"),
    ("postgresql://u:hush@hush@h/d", "cannot be read", "%40 for @"),
    ("postgresql://u:hush/hush@h/d", "cannot be read", "%2F for /"),
    ("postgresql://u:x#hush@h/d", "cannot be read", "%23 for #"),
]


@pytest.mark.parametrize(("url", "message", "hint"), WRONG, ids=[url for url, _, _ in WRONG])
def test_a_wrong_address_is_told_with_what_was_meant_and_without_a_password(tmp_path, url, message, hint):
    """Every mistake says what was expected; what may be a password is not shown."""
    with pytest.raises(ConfigurationError) as refused:
        open_store(url, tmp_path, KEYRING)
    (mistake,) = refused.value.mistakes
    assert message in mistake.message
    assert hint in mistake.help
    assert "hush" not in str(mistake)
    assert list(tmp_path.iterdir()) == []


def test_all_unknown_options_are_told_at_once(tmp_path):
    """Nobody mends one and runs into the next."""
    with pytest.raises(ConfigurationError) as refused:
        open_store("dynamodb://table?a=1&b=2", tmp_path, KEYRING)
    assert len(refused.value.mistakes) == 2


def test_a_missing_driver_names_the_line_that_installs_it(tmp_path, monkeypatch):
    """Without psycopg, the error is what to type."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "sendgate.stores.postgres", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install 'sendgate\[postgres\]'"):
        open_store("postgres://u@h/d", tmp_path, KEYRING)


def test_a_missing_boto3_is_told_at_the_first_use(tmp_path, monkeypatch):
    """Nothing of AWS is loaded before."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    store = open_store("dynamodb://table", tmp_path, KEYRING)
    with pytest.raises(MissingExtraError, match=r"pip install 'sendgate\[aws\]'"):
        store.load("ann")


def test_a_store_that_cannot_be_reached_is_told_without_the_password(tmp_path):
    """A server that is away is no mistake of the address."""
    with pytest.raises(StoreError, match="PostgreSQL") as refused:
        open_store(f"postgresql://u:hush@/d?host={tmp_path}", tmp_path, KEYRING)
    assert "hush" not in str(refused.value)


def test_opening_one_store_loads_no_other_driver(tmp_path):
    """Somebody who keeps a file pays for no database client."""
    code = (
        "import sys; from pathlib import Path; from sendgate.stores.opening import open_store;"
        "from sendgate.model.keys import Keyring; keyring = Keyring.parse('k:0123456789abcdef');"
        "open_store('sqlite:///x.db', Path('.'), keyring).close(); open_store('dynamodb://table', Path('.'), keyring);"
        "print(sorted({'psycopg', 'boto3', 'botocore', 'duckdb', 'narwhals'} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
