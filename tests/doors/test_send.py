"""``sendgate send`` and ``sendgate release``."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from sendgate.audience.place import Place
from sendgate.ports import Answer, Receipt
from sendgate.providers.outbox import Outbox

POLICY = Path("sendgate.yaml")
CAP = "  frequency: {caps: [{limit: 1, per: 7d, within: family}]}\n"


def account(sendgate, *words: str) -> dict:
    """Send, and give the account as an object."""
    return json.loads(sendgate("send", *words, "--audience", "audience.csv", "--json").stdout)


def ends(told: dict) -> dict:
    """Give the endings that there were."""
    names = ("sent", "held", "deferred", "dropped", "failed", "in_doubt", "rejected", "left")
    assert sum(told[name] for name in names) == told["rows"]
    return {name: told[name] for name in names if told[name]}


def test_a_campaign_is_sent(shop, sendgate, letters) -> None:
    """Everybody whom no gate holds back gets one message; the account says what became of every row."""
    result = sendgate("send", "hello", "--audience", "audience.csv")
    assert result.exit_code == 0, result.output
    assert letters() == [f"p{n}@x.example" for n in range(5)]
    assert re.search(r"permission.unsubscribed +1", result.stdout)
    assert "6 rows = 5 sent + 1 dropped\n" in result.stdout
    assert result.stderr == ""


def test_the_same_command_again_sends_nothing(shop, sendgate, letters) -> None:
    """It says how many were done before."""
    sendgate("send", "hello", "--audience", "audience.csv")
    result = sendgate("send", "hello", "--audience", "audience.csv")
    assert result.exit_code == 0
    assert "6 rows = 5 sent + 1 dropped; 6 of them were done before" in result.stdout
    assert len(letters()) == 5


def test_another_run_is_another_message(shop, sendgate, letters) -> None:
    """The gate `duplicate` lets nobody be written to twice about one campaign, unless it is off."""
    sendgate("send", "hello", "--audience", "audience.csv")
    assert ends(account(sendgate, "hello", "--run", "2")) == {"dropped": 6}
    POLICY.write_text(POLICY.read_text() + "  duplicate: off\n")
    assert ends(account(sendgate, "hello", "--run", "3")) == {"sent": 5, "dropped": 1}
    assert len(letters()) == 10


def test_the_other_columns_are_data(shop, sendgate) -> None:
    """Of whatever type; with other data the same message is refused, and the row says so."""
    Path("audience.csv").write_text("email,order,person\nx@x.example,17,p0\n,,p1\n")
    assert ends(account(sendgate, "hello")) == {"sent": 2}
    texts = sorted(path.read_text().split("\n\n")[1] for path in (shop / "outbox").iterdir())
    assert [text.startswith("Order 17. ") for text in texts] == [False, True]
    Path("audience.csv").write_text("person,order\np0,18\np1,\n")
    result = sendgate("send", "hello", "--audience", "audience.csv")
    assert result.exit_code == 1
    assert re.search("rejected: asked for before, with other data +1", result.stdout)


def test_addresses_find_people_and_strangers_are_written_to(shop, sendgate, letters) -> None:
    """By their normalised address; the second time they are no strangers any more."""
    Path("audience.csv").write_text("email\n P0@X.example\nNew@Y.example\nnone\nnew@y.example\n")
    told = account(sendgate, "again")
    assert ends(told) == {"sent": 1, "dropped": 2, "rejected": 1}
    reasons = {why["reason"] for why in told["reasons"]}
    assert reasons == {"", "cannot be read", "duplicate.earlier_in_audience", "render.value_missing"}
    assert letters() == ["p0@x.example"]
    Path("templates/hello.j2").write_text(
        "{% block subject %}Hi{% endblock %}{% block text %}{{ unsubscribe_url }}{% endblock %}"
    )
    assert ends(account(sendgate, "hello")) == {"sent": 2, "dropped": 1, "rejected": 1}
    assert letters() == ["new@y.example", "p0@x.example", "p0@x.example"]


def test_an_address_that_several_have_is_rejected(shop, sendgate, letters) -> None:
    """Nobody knows who is meant, and one of them may have left: the row is refused, as in a dry run."""
    Path("more.csv").write_text("person,email,given_name\na0,p5@x.example,Ann\n")
    sendgate("import", "--people", "more.csv")
    Path("audience.csv").write_text("email\nP5@x.example\np0@x.example\n")
    result = sendgate("send", "hello", "--audience", "audience.csv", "--out", "out.jsonl")
    assert result.exit_code == 1
    assert "2 rows = 1 sent + 1 rejected" in result.stdout
    assert re.search("rejected: `email` belongs to 2 people +1", result.stdout)
    row = json.loads(Path("out.jsonl").read_text().splitlines()[0])
    assert (row["outcome"], row["detail"]) == ("rejected", "`email` belongs to 2 people")
    assert letters() == ["p0@x.example"]
    dry = sendgate("dry-run", "hello", "--audience", "audience.csv", "--from-store", files=False)
    assert "`email` belongs to 2 people" in dry.stderr


def test_what_became_of_each_row_is_written_down(shop, sendgate) -> None:
    """In the order of the audience, with its columns, the key, and why; also on a second run."""
    Path("audience.csv").write_text("key,person\nmine,p0\n,p5\n,p0\n")
    for _ in range(2):
        result = sendgate("send", "hello", "--audience", "audience.csv", "--out", "out.jsonl")
        assert "what became of each row is in out.jsonl" in result.stderr
        rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
        assert [(row["person"], row["outcome"], row["reason"]) for row in rows] == [
            ("p0", "sent", None), ("p5", "dropped", "permission.unsubscribed"),
            ("p0", "dropped", "duplicate.earlier_in_audience"),
        ]  # fmt: skip
        assert rows[2]["detail"] == "the person stands earlier in this audience"
        assert rows[0]["audience_key"] == "mine"
        assert (shop / "outbox" / f"{rows[0]['key']}.eml").exists()
    shown = sendgate("ledger", "show", rows[0]["key"], "--json")
    assert json.loads(shown.stdout)[0]["person"] == "p0"


@pytest.mark.parametrize("gone", ["the folder", "the memory"])
def test_what_was_sent_is_told_also_where_out_cannot_be_written(shop, sendgate, letters, monkeypatch, gone) -> None:
    """The account is printed, the file is named, status 1; the same command again writes it."""
    words = ("send", "hello", "--audience", "audience.csv", "--out", "there/out.csv")
    Path("there").mkdir()
    send, run = Outbox.send, Place.run

    def removes(self, parcel, arm):
        shutil.rmtree("there", ignore_errors=True)
        return send(self, parcel, arm)

    def full(self, sql, *values):
        if sql.startswith("insert into outcomes"):
            raise duckdb.OutOfMemoryException("no room\nfor more")
        return run(self, sql, *values)

    with monkeypatch.context() as patched:
        if gone == "the folder":
            patched.setattr(Outbox, "send", removes)
        else:
            patched.setattr("sendgate.audience.outcomes._AT_ONCE", 2)
            patched.setattr(Place, "run", full)
        result = sendgate(*words)
    assert result.exit_code == 1
    assert "6 rows = 5 sent + 1 dropped" in result.stdout
    assert ("`there/out.csv` cannot be written" if gone == "the folder" else "kept: no room\n") in result.stderr
    assert "is in there/out.csv" not in result.stderr
    Path("there").mkdir(exist_ok=True)
    assert sendgate(*words).exit_code == 0
    assert Path("there/out.csv").read_text().count("sent") == 5
    assert len(letters()) == 5


def test_shadow_nothing_sends_nothing(shop, sendgate, letters) -> None:
    """It decides, and a real run afterwards is not hindered."""
    result = sendgate("send", "hello", "--audience", "audience.csv", "--shadow", "nothing")
    assert "6 rows = 5 held + 1 dropped" in result.stdout
    assert letters() == []
    assert ends(account(sendgate, "hello")) == {"sent": 5, "dropped": 1}


def test_a_shadow_tells_what_would_wait_from_what_would_be_dropped(shop, sendgate) -> None:
    """As the real run does, with the time in ``--out``; but nothing of it waits, and the second look says the same."""
    POLICY.write_text(POLICY.read_text() + CAP)
    sendgate("send", "again", "--audience", "audience.csv")
    for _ in range(2):
        result = sendgate("send", "hello", "--audience", "audience.csv", "--shadow", "nothing", "--out", "out.csv")
        assert "6 rows = 5 deferred + 1 dropped" in result.stdout
        assert re.search(r"frequency.cap_reached +· +5", result.stdout)
        assert "would wait, if this were no shadow" in result.stdout
        assert "is due at" not in result.stdout
    with Path("out.csv").open() as file:
        told = [(row["outcome"], row["gate"], bool(row["until"])) for row in csv.DictReader(file)]
    assert sorted(told) == [("deferred", "frequency", True)] * 5 + [("dropped", "permission", False)]
    assert "0 messages due" in sendgate("release").stdout
    assert ends(account(sendgate, "hello")) == {"deferred": 5, "dropped": 1}


def test_shadow_everything_sends_what_a_gate_would_stop(shop, sendgate, letters) -> None:
    """But never to who said no; the account tells what would have been stopped."""
    POLICY.write_text(POLICY.read_text() + CAP)
    sendgate("send", "again", "--audience", "audience.csv")
    result = sendgate("send", "hello", "--audience", "audience.csv", "--shadow", "everything")
    assert "6 rows = 5 sent + 1 dropped" in result.stdout
    assert re.search(r"frequency.cap_reached +· +5", result.stdout)
    assert len(letters()) == 10


def test_a_row_that_cannot_be_read_is_told(shop, sendgate, letters) -> None:
    """The others are sent to; the account has it, and the exit status."""
    with Path("audience.csv").open("a") as file:
        file.write('""\n')
    result = sendgate("send", "hello", "--audience", "audience.csv")
    assert result.exit_code == 1
    assert "audience.csv:8: `person` is empty" in result.stderr
    assert "7 rows = 5 sent + 1 dropped + 1 rejected" in result.stdout


def test_a_template_that_fails_for_one_person_leaves_the_others(shop, sendgate, letters) -> None:
    """The message that cannot be written is dropped, with the name of what is missing."""
    Path("people.csv").write_text("person,email\np2,p2@x.example\n")
    sendgate("import", "--people", "people.csv")
    result = sendgate("send", "hello", "--audience", "audience.csv")
    assert "6 rows = 4 sent + 2 dropped" in result.stdout
    assert re.search("render.value_missing +1", result.stdout)
    assert letters() == [f"p{n}@x.example" for n in (0, 1, 3, 4)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["helo"], "did you mean `hello`?"),
        (["hello", "--policy", "no.yaml"], "no.yaml"),
        (["hello", "--audience", "no.csv"], "`no.csv` cannot be read"),
        (["hello", "--out", "audience.csv"], "--out would overwrite the input `audience.csv`"),
        (["hello", "--out", "out.txt"], "no extension that says its format"),
        (["hello", "--out", "no/out.csv"], "there is no folder `no`"),
        (["hello", "--workers", "0"], "0 is not in the range"),
        (["hello", "--run", "2 (shadow)"], "a run cannot be named so"),
        (["hello", "--shadow", "some"], "'some' is not one of"),
        (["hello", "--audience", "timed.csv"], "sending happens now"),
        (["hello", "--policy", "elsewhere.yaml"], "knows nobody"),
    ],
)
def test_nothing_is_sent_where_something_is_wrong(shop, sendgate, letters, words, said) -> None:
    """Status 2, a line that says what, and an empty outbox."""
    Path("timed.csv").write_text("person,at\np0,2026-01-01\n")
    Path("elsewhere.yaml").write_text(POLICY.read_text() + "store: sqlite:///other.db\n")
    result = sendgate("send", "--audience", "audience.csv", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert letters() == []


def test_a_link_to_unsubscribe_that_leads_nowhere_is_told_before_anything_is_sent(shop, sendgate) -> None:
    """Or every message would be dropped for good; `check` and `dry-run` warn of it, an outbox takes it."""
    hello = Path("campaigns/hello.yaml")
    hello.write_text(hello.read_text().replace("relationship", "transactional"))
    policy = POLICY.read_text().replace("  unsubscribe_url: https://house.example/leave\n", "")
    POLICY.write_text(policy + "provider: 'smtp://127.0.0.1:9?starttls=never'\n")
    said = "templates/hello.j2: no message can be sent: `unsubscribe_url` is printed, and brand `harbor` has none"
    result = sendgate("send", "hello", "--audience", "audience.csv")
    assert (result.exit_code, result.stderr.count(said)) == (2, 1)
    assert "\n0 messages" in sendgate("ledger", "status").stdout
    assert sendgate("check").stderr.count(said) == 1
    rehearsed = sendgate("dry-run", "hello", "--audience", "audience.csv", "--from-store", files=False)
    assert rehearsed.stderr.count(said) == 1
    POLICY.write_text(policy)
    assert said not in sendgate("check").stderr
    assert ends(account(sendgate, "hello"))["sent"] == 6


def test_a_transactional_message_needs_nobody_in_the_store(shop, sendgate, letters) -> None:
    """It goes to the address that it is asked for; only marketing has to know people's wishes."""
    POLICY.write_text(POLICY.read_text() + "store: sqlite:///other.db\n")
    Path("campaigns/hello.yaml").write_text(
        Path("campaigns/hello.yaml").read_text().replace("relationship", "transactional")
    )
    Path("templates/hello.j2").write_text(
        "{% block subject %}Hi{% endblock %}{% block text %}{{ data.order }}{% endblock %}"
    )
    Path("audience.csv").write_text("email,order\nnew@y.example,17\n")
    assert ends(account(sendgate, "hello")) == {"sent": 1}
    assert letters() == ["new@y.example"]


def test_a_campaign_may_be_a_file_anywhere(shop, sendgate, letters) -> None:
    """Not only one beside the policy."""
    Path("campaigns/hello.yaml").rename("elsewhere.yaml")
    assert sendgate("send", "elsewhere.yaml", "--audience", "audience.csv").exit_code == 0
    assert len(letters()) == 5


def test_the_account_names_the_campaign_as_the_ledger_does(shop, sendgate) -> None:
    """However it was named on the command line: by the file, or by a path."""
    Path("campaigns/hello.yaml").rename("campaigns/greeting.yaml")
    for named in ("greeting", "campaigns/greeting.yaml", "hello"):
        result = sendgate("send", named, "--audience", "audience.csv")
        assert result.stdout.startswith("hello\n"), result.stderr
        assert account(sendgate, named)["campaign"] == "hello"


# Providers and stores that do not play along ----------------------------------------------------------------------


def answers(monkeypatch, *receipts) -> None:
    """Let the outbox answer so to the first messages."""
    waiting = list(receipts)
    send = Outbox.send

    def answer(self, parcel, arm):
        if waiting:
            receipt = waiting.pop(0)
            if receipt.answer is not Answer.STOPPED:
                arm()
            return receipt
        return send(self, parcel, arm)

    monkeypatch.setattr(Outbox, "send", answer)


def test_a_provider_that_takes_nothing_more_ends_the_run(shop, sendgate, letters, monkeypatch) -> None:
    """What it took stays; the rest is left for later, and the same command does it once the provider is well."""
    with monkeypatch.context() as patched:
        answers(patched, *[Receipt(Answer.STOPPED, detail="account paused")] * 2)
        result = sendgate("send", "hello", "--audience", "audience.csv", "--workers", "1")
    assert result.exit_code == 2
    assert "the run ended early: account paused" in result.stderr
    assert re.search(r"6 rows = .*left\n", result.stdout)
    assert ends(account(sendgate, "hello")) == {"sent": 5, "dropped": 1}
    assert len(letters()) == 5


def test_a_run_that_ended_halfway_has_another_status(shop, sendgate, monkeypatch) -> None:
    """1: something was done."""
    ok = Receipt(Answer.ACCEPTED, "m")
    answers(monkeypatch, ok, Receipt(Answer.STOPPED, detail="account paused"))
    result = sendgate("send", "hello", "--audience", "audience.csv", "--workers", "1")
    assert result.exit_code == 1


def test_refusals_and_doubts_are_told(shop, sendgate, letters, monkeypatch) -> None:
    """They are in the account, with the status, and are not sent again."""
    answers(monkeypatch, Receipt(Answer.UNKNOWN, detail="no answer"), Receipt(Answer.REFUSED, detail="bad address"))
    for before in ("", "; 6 of them were done before"):
        result = sendgate("send", "hello", "--audience", "audience.csv", "--workers", "1")
        assert result.exit_code == 1
        assert f"6 rows = 3 sent + 1 dropped + 1 failed + 1 in doubt{before}" in result.stdout
    assert len(letters()) == 3


def test_a_quota_ends_the_run_and_the_next_day_goes_on(shop, sendgate, letters) -> None:
    """It counts what was sent in the last 24 hours, by whichever run."""
    POLICY.write_text(POLICY.read_text() + "sending: {daily_quota: 3, rate: 1000}\n")
    result = sendgate("send", "hello", "--audience", "audience.csv")
    assert "the daily quota is used up" in result.stderr
    assert len(letters()) == 3
    POLICY.write_text(POLICY.read_text().replace("daily_quota: 3", "daily_quota: 5"))
    assert ends(account(sendgate, "hello")) == {"sent": 5, "dropped": 1}


def test_a_message_that_somebody_else_has_is_left(shop, sendgate, monkeypatch) -> None:
    """It is told how, and the status says that something is left."""

    class KilledError(BaseException):
        pass

    def dies(self, parcel, arm):
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "send", dies)
        with pytest.raises(KilledError):
            sendgate("send", "hello", "--audience", "audience.csv", "--workers", "1")
    result = sendgate("send", "hello", "--audience", "audience.csv")
    assert result.exit_code == 1
    assert "in the hands of another worker, or of one that died" in " ".join(result.stdout.split())
    assert " + 2 left" in result.stdout


# What waits -------------------------------------------------------------------------------------------------------


def capped(sendgate) -> None:
    """Send one campaign, and let a cap hold back the other."""
    POLICY.write_text(POLICY.read_text() + CAP)
    sendgate("send", "again", "--audience", "audience.csv")
    told = account(sendgate, "hello")
    assert ends(told) == {"deferred": 5, "dropped": 1}


@pytest.fixture
def later(monkeypatch):
    """Let days pass."""

    def pass_days(days: float) -> None:
        from sendgate.doors import releasing
        from sendgate.wiring import house

        clock = house.time.time

        class Time:
            time = staticmethod(lambda: clock() + days * 86_400)
            sleep = staticmethod(house.time.sleep)
            monotonic = staticmethod(house.time.monotonic)

        monkeypatch.setattr(house, "time", Time)
        monkeypatch.setattr(releasing, "time", Time)

    return pass_days


def test_what_waits_is_not_released_early(shop, sendgate, letters) -> None:
    """Nothing is due yet."""
    capped(sendgate)
    result = sendgate("release")
    assert (result.exit_code, result.stdout) == (0, "0 messages due = nothing\n")


def test_what_is_due_is_decided_again_and_sent(shop, sendgate, letters, later) -> None:
    """Once, whatever campaign it is of; what changed meanwhile counts."""
    capped(sendgate)
    Path("events.csv").write_text("person,kind,at\np0,unsubscribed,2026-02-01\n")
    sendgate("import", "--events", "events.csv")
    later(8)
    result = sendgate("release")
    assert result.exit_code == 0
    assert "5 messages = 4 sent + 1 dropped" in result.stdout
    assert letters().count("p1@x.example") == 2
    assert sendgate("release").stdout == "0 messages due = nothing\n"


def test_a_limit_takes_so_many(shop, sendgate, later) -> None:
    """The rest waits for the next time."""
    capped(sendgate)
    later(8)
    told = [json.loads(sendgate("release", "--limit", "2", "--json").stdout)["sent"] for _ in range(4)]
    assert told == [2, 2, 1, 0]


def test_messages_of_a_campaign_that_is_gone_are_told_and_left(shop, sendgate, later, monkeypatch) -> None:
    """They stay in the ledger; others go on, however many are in the way."""
    capped(sendgate)
    monkeypatch.setattr("sendgate.doors.releasing._PAGE", 2)
    later(8)
    hello = Path("campaigns/hello.yaml").rename("hello.yaml")
    result = sendgate("release")
    assert result.exit_code == 1
    assert "5 left as they are: campaign `hello`: there is no such campaign" in result.stderr
    hello.rename("campaigns/hello.yaml")
    assert "5 messages = 5 sent" in sendgate("release").stdout


def test_a_channel_that_changed_does_not_make_another_message(shop, sendgate, letters, later) -> None:
    """A key names the channel: whatever was asked for by mail is not sent as something else."""
    capped(sendgate)
    later(8)
    text = Path("campaigns/hello.yaml").read_text().replace("email", "sms").replace("hello.j2", "offer-sms.j2")
    Path("campaigns/hello.yaml").write_text(text)
    Path("templates/offer-sms.j2").write_text("{% block text %}Hi{% endblock %}")
    result = sendgate("release")
    assert "5 left as they are: campaign `hello` goes by another channel now" in result.stderr


def test_watching_stays_until_somebody_says_stop(shop, sendgate, later, monkeypatch) -> None:
    """It looks again and again; a store that is away is told, and tried again."""
    from sendgate.doors.cli import release
    from sendgate.errors import StoreError

    capped(sendgate)
    rounds = []

    def waited(seconds, stop):
        rounds.append(seconds)
        if len(rounds) == 1:
            later(8)
        if len(rounds) == 2:
            monkeypatch.setattr("sendgate.stores.sqlite.SqliteStore.unfinished", away)
        return len(rounds) < 3

    def away(self, *args):
        raise StoreError("the store is away")

    monkeypatch.setattr(release, "_waited", waited)
    result = sendgate("release", "--watch", "60")
    assert "0 messages due = nothing\n" in result.stdout
    assert "5 messages = 5 sent" in result.stdout
    assert result.stderr == "sendgate: the store is away\n"
    assert (result.exit_code, rounds) == (2, [60, 60, 60])
