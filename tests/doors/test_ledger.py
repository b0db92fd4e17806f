"""``sendgate ledger``, ``profile``, ``unsubscribe`` and ``forget``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sendgate.ports import Answer, Receipt
from sendgate.providers.outbox import Outbox

SEND = ("send", "hello", "--audience", "audience.csv", "--workers", "1")


@pytest.fixture
def sent(shop, sendgate, monkeypatch):
    """The family after a run: three sent, one dropped, one refused, one in doubt."""
    waiting = [Receipt(Answer.UNKNOWN, detail="no answer"), Receipt(Answer.REFUSED, detail="bad address")]
    send = Outbox.send

    def answer(self, parcel, arm):
        if not waiting:
            return send(self, parcel, arm)
        arm()
        return waiting.pop(0)

    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "send", answer)
        sendgate(*SEND)
    return shop


def key_of(sendgate, who: str) -> str:
    """Give the key of somebody's message."""
    (message,) = messages_of(sendgate, who)
    return message["key"]


def messages_of(sendgate, who: str) -> list:
    """Give somebody's messages."""
    return json.loads(sendgate("profile", who, "--json").stdout)["messages"]


def counts(sendgate, *words: str) -> dict:
    """Give the ledger's counts."""
    return json.loads(sendgate("ledger", "status", *words, "--json").stdout)


def test_status_counts_messages_by_state(sent, sendgate) -> None:
    """Of everything, of a campaign by the name of its file or its own, or of one run."""
    expected = {"sent": 3, "dropped": 1, "failed": 1, "unknown": 1}
    assert counts(sendgate) == counts(sendgate, "hello") == counts(sendgate, "hello", "--run", "") == expected
    assert counts(sendgate, "again") == counts(sendgate, "hello", "--run", "x") == {}
    text = sendgate("ledger", "status").stdout
    assert re.search(r"^unknown +1 +in doubt", text, re.MULTILINE)
    assert text.endswith("6 messages\n")
    Path("campaigns/hello.yaml").unlink()
    assert counts(sendgate, "hello") == expected, "the ledger still knows a campaign whose file is gone"
    assert "did you mean" in sendgate("ledger", "status", "agian").stderr


def test_status_says_what_it_counts(sent, sendgate) -> None:
    """Nothing of a run, which may be misspelt, is not nothing of everything."""
    assert sendgate("ledger", "status", "--run", "2026-4").stdout.startswith("everything, run 2026-4\n\n0 messages")
    assert sendgate("ledger", "status", "hello").stdout.startswith("hello\n")


def test_doubts_are_listed_and_settled(sent, sendgate) -> None:
    """By what the provider's log says; a second answer is refused."""
    key = key_of(sendgate, "p0")
    assert key in sendgate("ledger", "unknown").stdout
    for unclear in ([], ["--sent", "--not-sent"]):
        assert "were they sent?" in sendgate("ledger", "settle", key, *unclear).stderr
    result = sendgate("ledger", "settle", key, "nonsense", "--sent")
    assert (result.exit_code, result.stdout) == (1, f"{key}: sent now\n")
    assert "`nonsense`: the ledger has no such message" in result.stderr
    result = sendgate("ledger", "settle", key, "--not-sent")
    assert result.exit_code == 2
    assert "a message that is sent is not in doubt" in result.stderr
    assert sendgate("ledger", "unknown").stdout == "no message is in doubt\n"


def test_what_failed_is_tried_again(sent, sendgate, letters) -> None:
    """By key or all at once, and then released."""
    assert sendgate("ledger", "retry", "--state", "failed", "--campaign", "again").stdout == "there are none\n"
    result = sendgate("ledger", "retry", "--state", "failed", "--campaign", "hello")
    assert (result.exit_code, result.stdout) == (0, f"{key_of(sendgate, 'p1')}: released now\n")
    assert "1 message = 1 sent" in sendgate("release").stdout
    assert letters() == [f"p{n}@x.example" for n in range(1, 5)]
    result = sendgate("ledger", "retry", key_of(sendgate, "p1"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a message that is sent cannot become released" in result.stderr


def test_doubts_are_not_sent_again_by_a_slip_of_the_hand(sent, sendgate, letters) -> None:
    """Somebody has to say yes."""
    result = sendgate("ledger", "retry", "--state", "unknown")
    assert result.exit_code == 2
    assert "nobody is there to say yes: add --yes" in result.stderr
    assert sendgate("ledger", "retry", "--state", "unknown", "--yes").exit_code == 0
    assert "1 message = 1 sent" in sendgate("release").stdout


def test_what_was_only_held_is_never_tried_again(shop, sendgate, letters) -> None:
    """A shadow is a run of its own: sent from there, a message would go twice. It is counted apart from drops."""
    shadow, real = (*SEND, "--shadow", "nothing", "--json"), (*SEND, "--json")
    policy = Path("sendgate.yaml")
    policy.write_text(policy.read_text() + "  duplicate: off\n")
    assert (json.loads(sendgate(*shadow).stdout)["held"], json.loads(sendgate(*real).stdout)["sent"]) == (5, 5)
    assert counts(sendgate) == {"held": 5, "dropped": 2, "sent": 5}
    assert re.search("^held +5 +would have been sent", sendgate("ledger", "status").stdout, re.MULTILINE)
    result = sendgate("ledger", "retry", "--state", "dropped")
    assert result.stdout.count("released now") == 1, "the real drop, and none of the shadow"
    (key,) = {message["key"] for message in messages_of(sendgate, "p0") if message["state"] == "dropped"}
    result = sendgate("ledger", "retry", key)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "only to be seen" in result.stderr
    sendgate("release")
    assert len(letters()) == 5


@pytest.mark.parametrize(
    "words", [[], ["key", "--state", "failed"], ["key", "--campaign", "hello"], ["--state", "sent"]]
)
def test_a_retry_needs_keys_or_a_state(sent, sendgate, words) -> None:
    """Not both, and none that has nothing to try again."""
    assert sendgate("ledger", "retry", *words).exit_code == 2


def test_a_message_is_shown(sent, sendgate) -> None:
    """In words, or with all that is kept, as `profile` has it: times as people write them, and null for none."""
    key = key_of(sendgate, "p5")
    text = sendgate("ledger", "show", key).stdout
    assert re.search(r"^reason +permission.unsubscribed", text, re.MULTILINE)
    assert "token" not in text
    result = sendgate("ledger", "show", key, "nonsense", "--json")
    assert result.exit_code == 1
    (entry,) = json.loads(result.stdout)
    assert (entry["state"], entry["due"]) == ("dropped", None)
    assert [entry] == messages_of(sendgate, "p5")
    assert "`nonsense`: the ledger has no such message" in result.stderr


def test_sweeping_nothing_says_so(sent, sendgate) -> None:
    """Nobody died."""
    assert sendgate("ledger", "sweep").stdout == "nothing was left behind\n"


# One person -------------------------------------------------------------------------------------------------------


def test_a_profile_has_all_that_is_known(sent, sendgate) -> None:
    """Attributes, the last events and the messages; found by id or address."""
    text = sendgate("profile", " P0@X.example").stdout
    assert re.search(r"^given_name +Pat0", text, re.MULTILINE)
    assert text.count("viewed") == 2
    assert re.search(r"unknown +hello: no answer", text)
    assert sendgate("profile", "p0", "--last", "1").stdout.count("viewed") == 1
    assert "2 events" in sendgate("profile", "p0", "--last", "0").stdout


def test_somebody_unknown_has_no_profile(sent, sendgate) -> None:
    """Status 2, and the name is not repeated."""
    result = sendgate("profile", "nobody@x.example")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "sendgate: the store knows nobody by this name or address\n"


def test_a_link_to_unsubscribe_is_followed(sent, sendgate) -> None:
    """Once: the next campaign of the brand leaves the person alone, the sister brand does not."""
    (mail,) = (path.read_text() for path in Path("outbox").glob("*.eml") if "To: p2@" in path.read_text())
    token = re.search(r"List-Unsubscribe: <https://house.example/leave\?token=([^>]+)>", mail.replace("\n ", ""))[1]
    assert sendgate("unsubscribe", token).stdout == "unsubscribed from email of harbor\n"
    assert sendgate("unsubscribe", token).stdout == "was unsubscribed already from email of harbor\n"
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    result = sendgate("unsubscribe", forged)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "not a link that we sent" in result.stderr
    Path("audience.csv").write_text("person\np2\n")
    again = json.loads(sendgate("send", "again", "--audience", "audience.csv", "--json").stdout)
    assert again["reasons"][0]["reason"] == "permission.unsubscribed"
    campaign = Path("campaigns/again.yaml")
    campaign.write_text(campaign.read_text().replace("brand: harbor", "brand: kids"))
    assert (
        json.loads(sendgate("send", "again", "--run", "2", "--audience", "audience.csv", "--json").stdout)["sent"] == 1
    )


def test_a_person_is_forgotten(sent, sendgate, letters) -> None:
    """In the store and in the outbox; the others stay, and nothing is sent to that address any more."""
    draft = Path("outbox", f".{key_of(sendgate, 'p2')}.1.1")
    draft.write_text("left behind by a process that was killed")
    result = sendgate("forget", "p2@x.example", "--yes")
    assert result.exit_code == 0
    assert "this erases 0 events and 1 message" in result.stderr
    assert "erased: 1 message in the outbox" in result.stdout
    assert not draft.exists()
    assert letters() == ["p3@x.example", "p4@x.example"]
    assert "asked to be forgotten" in sendgate("profile", "p2").stdout
    Path("audience.csv").write_text("email\nP2@x.example\np3@x.example\n")
    told = json.loads(sendgate("send", "again", "--audience", "audience.csv", "--json").stdout)
    assert (told["sent"], told["dropped"]) == (1, 1)
    assert sendgate("forget", "p2", "--yes").stdout.startswith("there was nothing to erase\n")


def test_nobody_is_forgotten_by_a_slip_of_the_hand(sent, sendgate) -> None:
    """Somebody has to say yes."""
    result = sendgate("forget", "p2")
    assert result.exit_code == 2
    assert "nobody is there to say yes: add --yes" in result.stderr
    assert sendgate("profile", "p2").exit_code == 0


@pytest.mark.parametrize("who", ["p2", "p2@x.example"])
def test_who_else_has_the_address_is_told(sent, sendgate, letters, who) -> None:
    """Whether it is asked for by id or by address: nothing is sent there, and the other is kept until asked for."""
    Path("people.csv").write_text("person,email,given_name\nsame,p2@x.example,Pat\n")
    sendgate("import", "--people", "people.csv")
    result = sendgate("forget", who, "--yes")
    assert "somebody else has one of these addresses" in result.stderr
    assert "kept: `same`, who has one of these addresses as well" in result.stdout
    Path("audience.csv").write_text("email\nP2@x.example\n")
    told = json.loads(sendgate("send", "again", "--audience", "audience.csv", "--json").stdout)
    assert (told["sent"], told["dropped"]) == (0, 1)
    assert letters() == ["p3@x.example", "p4@x.example"]
    assert "somebody else" not in sendgate("forget", "p2@x.example", "--yes").stderr
    assert "asked to be forgotten" in sendgate("profile", "same").stdout


def test_a_person_who_was_never_known_is_kept_out(sent, sendgate) -> None:
    """An address that asks before it is imported."""
    assert sendgate("forget", "New@x.example", "--yes").exit_code == 0
    Path("people.csv").write_text("person,email\nnew,new@x.example\n")
    assert "0 written, 1 left out" in sendgate("import", "--people", "people.csv").stdout


def test_what_was_sent_to_a_stranger_goes_with_the_person(sent, sendgate, letters) -> None:
    """An address that was written to before it was known whose it is."""
    Path("templates/hello.j2").write_text(
        "{% block subject %}Hi{% endblock %}{% block text %}{{ unsubscribe_url }}{% endblock %}"
    )
    Path("audience.csv").write_text("email\nzoe@x.example\n")
    sendgate(*SEND)
    assert "zoe@x.example" in letters()
    Path("people.csv").write_text("person,email\nzoe,zoe@x.example\n")
    sendgate("import", "--people", "people.csv")
    result = sendgate("forget", " Zoe@X.example", "--yes")
    assert "somebody else" not in result.stderr
    assert "erased: 1 message in the outbox" in result.stdout
    assert "zoe@x.example" not in letters()
    assert sendgate("ledger", "status", "--json").stdout.count("sent") == 1
    for who in ("zoe", "zoe@x.example"):
        assert "asked to be forgotten" in sendgate("profile", who).stdout
