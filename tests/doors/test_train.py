"""``train`` and ``evaluate``: from one's own export to a card, and to what it is worth."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from sendgate.doors.cli import cli
from sendgate.policy.files import load_policy
from sendgate.scores.card_text import parsed

POLICY = """\
family: {name: Harbor, brands: {harbor: {}}}
gates:
  unsubscribe_risk: {at_most: 0.2, card: cards/risk.json}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a list of which new people leave more often, and a card learnt from it."""
    folder, random = tmp_path_factory.mktemp("train"), Random(5)
    rows = [("person", "kind", "at", "brand", "campaign")]
    for number in range(1000):
        joined, gone = random.randrange(0, 90), False
        rows.append((f"p{number}", "subscribed", moment(joined), "harbor", ""))
        for day in range(joined + 2, 100, 9):
            if not gone:
                rows.append((f"p{number}", "sent", moment(day), "harbor", f"mail-{day}"))
                gone = random.random() < (0.25 if day - joined < 10 else 0.06)
                if gone:
                    rows.append((f"p{number}", "unsubscribed", moment(day + 1), "harbor", ""))
    with (folder / "events.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    (folder / "people.csv").write_text("person\np0\n")
    (folder / "sendgate.yaml").write_text(POLICY.replace("card: cards/risk.json", "card: published-rates"))
    done = run(folder, "train", "risk", "--out", folder / "cards" / "risk.json", "--report", folder / "risk.md",
               "--fact", "tenure", "--fact", "messages_7d", "--fact", "position")  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder


def moment(day: int) -> str:
    """Write a day of 2026."""
    return f"2026-{day // 28 + 1:02d}-{day % 28 + 1:02d}T09:00:00Z"


def run(folder: Path, *args: object, events: Path | None = None, window: str | None = None) -> Result:
    """Run a command on the list, or on another log of it."""
    log = events or folder / "events.csv"
    files = ["--people", folder / "people.csv", "--events", log, "--policy", folder / "sendgate.yaml"]
    window = window or ("" if "--window" in args or args[0] == "evaluate" else "3d")
    return CliRunner().invoke(cli, [str(arg) for arg in (*args, *files, *(["--window", window] if window else []))])


def test_a_card_is_learnt_and_can_be_used(folder: Path) -> None:
    """The card says where it comes from, tells new people from others, and a policy takes it."""
    card = parsed((folder / "cards" / "risk.json").read_bytes())
    (tenure,) = [term for term in card.terms if term.fact == "tenure"]
    assert tenure.bins[0].points > tenure.bins[-1].points + 0.5
    assert card.provenance is not None
    assert card.provenance.outcomes is not None
    assert card.provenance.outcomes > 100
    assert card.provenance.metrics is not None
    assert 0.5 < card.provenance.metrics["auc"] < 0.9
    (folder / "own.yaml").write_text(POLICY)
    assert load_policy(folder / "own.yaml").cards["cards/risk.json"] == card


def test_the_report_tells_what_it_is_worth(folder: Path) -> None:
    """The page, the drawing and the figures for machines lie beside each other."""
    told = (folder / "risk.md").read_text()
    assert "## Against other models" in told
    assert "joined less than" in told
    assert (folder / "risk.svg").read_text().startswith("<svg")
    assert json.loads((folder / "risk.figures.json").read_text())["models"][0]["model"] == "risk"


def test_a_card_is_judged_on_other_messages(folder: Path) -> None:
    """What a card predicts it says of itself; since when, the command line."""
    done = run(folder, "evaluate", folder / "cards" / "risk.json", "--since", moment(60), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["since"] >= moment(60)[:10]
    assert told["models"][0]["auc"]["value"] > 0.55


def test_figures_for_machines_and_a_report_go_together(folder: Path) -> None:
    """The report is written beside what is printed, and an option that is not read is told."""
    card = folder / "cards" / "risk.json"
    asked = ("--since", moment(60), "--json", "--report", folder / "both.md", "--campaigns", folder / "nowhere")
    done = run(folder, "evaluate", card, *asked)
    assert json.loads(done.stdout) == json.loads((folder / "both.figures.json").read_text())
    assert "## Against other models" in (folder / "both.md").read_text()
    assert "--campaigns is not read: the card is about people alone" in done.stderr


def test_a_card_is_judged_by_its_own_window(folder: Path) -> None:
    """Unless the command line says otherwise, and then the difference is told."""
    card = folder / "cards" / "risk.json"
    own = json.loads(run(folder, "evaluate", card, "--since", moment(60), "--json").stdout)
    assert own["looked_for"] == "unsubscribed or complained within 3 days"
    assert not own["warnings"] or "is judged on what" not in own["warnings"][-1]
    other = json.loads(run(folder, "evaluate", card, "--since", moment(60), "--window", "5d", "--json").stdout)
    assert any("within 3 days, and is judged on what unsubscribed" in warning for warning in other["warnings"])


def test_a_card_is_not_praised_for_what_it_has_seen(folder: Path) -> None:
    """A card that is judged on the messages it learnt from says so, loudly and in the report."""
    done = run(folder, "evaluate", folder / "cards" / "risk.json", "--report", folder / "seen.md")
    assert done.exit_code == 0, done.output
    assert "WARNING: all " in done.output
    assert "none of them is later than what it was learnt from" in (folder / "seen.md").read_text()


def test_the_report_shows_what_is_written(folder: Path) -> None:
    """The points of the report are those of the file."""
    card = parsed((folder / "cards" / "risk.json").read_bytes())
    told = (folder / "risk.md").read_text().partition("## The card")[2]
    assert all(f"| {b.words} | {b.points:+.2f} | {b.rows:,} |" in told for term in card.terms for b in term.bins)
    assert "all are later than what it was learnt from" in (folder / "risk.md").read_text()


def test_a_shipped_card_is_judged_too(folder: Path) -> None:
    """Published rates are far off a list on which so many leave, and the table says so."""
    done = run(folder, "evaluate", "published-rates")
    assert done.exit_code == 0, done.output
    assert "published-rates" in done.stdout
    assert "it predicts 0." in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["train", "risk", "--out", "x.pickle"], "expected a name that ends in .json"),
        (["train", "risk", "--out", "x.json", "--report", "x.html"], "expected a name that ends in .md"),
        (["train", "risk", "--out", "x.json", "--fact", "tenur"], "did you mean `tenure`?"),
        (["train", "risk", "--out", "x.json", "--fact", "spend_here"], "speaks of an offer"),
        (["train", "relevance", "--out", "x.json"], "there are no campaigns"),
        (["train", "risk", "--out", "x.json", "--since", "2026-06-10"], "no message to learn from"),
        (["train", "risk", "--out", "x.json", "--until", "2026-01-09"], "longer history"),
        (["evaluate", "nowhere.json"], "no such file"),
        (["evaluate", "publishedrates"], "did you mean `published-rates`?"),
        (["evaluate", "sendgate.yaml"], "unknown key `family`"),
    ],
)
def test_what_cannot_be_done_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], said: str) -> None:
    """Whatever is wrong is told in a line, with exit status 2, and nothing is written."""
    monkeypatch.chdir(folder)
    done = run(folder, *args)
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert not (folder / "x.json").exists()


def test_no_folder_is_made_for_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a card is made where there is a card, and is gone where there is none."""
    monkeypatch.chdir(folder)
    for words in (["--out", "new/x.pickle"], ["--out", "new/x.json", "--since", "2026-06-10"]):
        done = run(folder, "train", "risk", *words)
        assert done.exit_code == 2, done.output
        assert not Path("new").exists()
    done = run(folder, "train", "risk", "--out", "sendgate.yaml/x.json")
    assert "there is no folder `sendgate.yaml`" in done.output


def test_kinds_spelt_otherwise_are_named_where_there_is_nothing_to_learn(folder: Path, tmp_path: Path) -> None:
    """Where no message has an outcome, a longer history is no remedy, and what the log calls its events is told."""
    log = tmp_path / "events.csv"
    log.write_text((folder / "events.csv").read_text().replace("unsubscribed", "Unsubscribed"))
    done = run(folder, "train", "risk", "--out", tmp_path / "x.json", "--fact", "tenure", events=log)
    assert done.exit_code == 2, done.output
    assert "longer history" not in done.output
    assert "no outcome, unsubscribed or complained within 3 days, followed any of" in told(done)
    assert "kinds that no gate reads: `Unsubscribed` (" in told(done)
    log.write_text((folder / "events.csv").read_text().replace(",sent,", ",Sent,"))
    done = run(folder, "train", "risk", "--out", tmp_path / "x.json", "--fact", "tenure", events=log)
    assert "no message to learn from" in told(done)
    assert "kinds that no gate reads: `Sent` (" in told(done)


def test_a_window_without_time_is_refused(folder: Path) -> None:
    """Nothing can follow within no time, and the option is named."""
    done = run(folder, "train", "risk", "--out", folder / "x.json", window="0d")
    assert done.exit_code == 2, done.output
    assert "Invalid value for '--window': expected some time, not `0d`" in told(done)


def test_leaving_and_answering_are_not_learnt_together(folder: Path) -> None:
    """An outcome that is both says what cannot be told apart."""
    done = run(folder, "train", "risk", "--out", folder / "x.json", "--outcome", "clicked", "--outcome", "complained")
    assert done.exit_code == 2, done.output
    assert "`clicked` and `complained` cannot be one outcome" in told(done)


def test_messages_that_offered_nobody_knows_what_are_counted(folder: Path, tmp_path: Path) -> None:
    """A relevance is not learnt from campaigns without a file, and says how many messages that leaves out."""
    (tmp_path / "campaigns").mkdir()
    for day in (2, 3, 5, 6):
        (tmp_path / "campaigns" / f"mail-{day}.yaml").write_text(
            f"name: mail-{day}\nbrand: harbor\nchannel: email\npurpose: promotional\noffers: [{{name: one}}]\n"
        )
    two = "offers: [{name: one, creative: a}, {name: two, creative: b}]"
    mail = tmp_path / "campaigns" / "mail-5.yaml"
    mail.write_text(mail.read_text().replace("offers: [{name: one}]", two))
    rows = (folder / "events.csv").read_text().replace("unsubscribed", "clicked").replace("mail-4\n", "\n")
    # Few campaigns: the facts of each are counted by themselves.
    rows = re.sub(r"mail-([6-9]|[1-8]\d|9[01])\n", "mail-6\n", rows)
    (tmp_path / "events.csv").write_text(rows)
    done = run(folder, "train", "relevance", "--out", tmp_path / "x.json", "--campaigns", tmp_path / "campaigns",
               "--fact", "tenure", events=tmp_path / "events.csv")  # fmt: skip
    assert done.exit_code == 0, done.output
    sent = Counter(
        row.split(",")[4] for row in rows.splitlines() if ",sent," in row and row.split(",")[2] <= moment(97)
    )
    without = {name: n for name, n in sent.items() if name and int(name[5:]) >= 92}
    assert f"messages that name no campaign, left out: {sent['']}" in told(done)
    assert f"messages of campaigns without a file, left out: {sum(without.values())}: `mail-" in told(done)
    assert f"does not tell the campaign's offers apart, left out: {sent['mail-5']}" in told(done)


def told(done: Result) -> str:
    """Give what was printed, as one line."""
    return " ".join(done.output.split())


def test_a_missing_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the libraries that learning needs, the line that installs them is the answer."""
    for name in [name for name in sys.modules if name.startswith("sendgate.training")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    done = run(folder, "train", "risk", "--out", folder / "x.json", "--fact", "tenure")
    assert done.exit_code == 2, done.output
    assert "pip install 'sendgate[train]'" in done.output
