"""The sample family that `sendgate init` copies and `make demo` runs."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from sendgate import shipped
from sendgate.audience import open_run
from sendgate.decide.tables import decide_all
from sendgate.facts.tables import with_facts
from sendgate.model.times import parse_time
from sendgate.wiring.checking import check
from sendgate.wiring.settings import read_setting

ROOT = Path(__file__).parents[1]
FAMILY = shipped.SAMPLE_FAMILY
NOW = parse_time("2026-03-04T17:00:00Z")


def test_it_is_made_by_its_script(tmp_path: Path) -> None:
    """The script makes the very files that are there, to the byte."""
    script = ROOT / "examples" / "make_sample_family.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, timeout=120)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    there = {path.name: path.read_bytes() for path in FAMILY.glob("*.csv")}
    assert made.keys() == there.keys()
    assert [name for name in made if made[name] != there[name]] == []


def test_it_has_no_mistakes_and_no_warnings() -> None:
    """What somebody starts from is right: policy, campaigns and templates."""
    checked = check(FAMILY)
    assert (checked.mistakes, checked.warnings) == ((), ())


@cache
def _decided(campaign: str, audience: str) -> tuple[Counter[str], dict[str, str]]:
    """Dry-run a campaign: how many rows have each reason, and the reason of each person's first row."""
    plan = read_setting(campaign, FAMILY / "sendgate.yaml").plan
    files = {"people": [FAMILY / "people.csv"], "events": [FAMILY / "events.csv"]}
    with open_run(now=NOW, audience=FAMILY / audience, **files) as run:
        facts = run.engine.keep(with_facts(run.tables, plan.facts))
        rows = run.engine.fetch(decide_all(facts, plan, run.engine).select("row", "person", "outcome", "reason"))
        assert run.account.rejected == 0
    said = [(person, f"{outcome} {reason}".removesuffix(" passed")) for _, person, outcome, reason in sorted(rows)]
    return Counter(reason for _, reason in said), dict(reversed(said))


def test_a_dry_run_shows_a_varied_picture() -> None:
    """Of the sample audience some are sent to, many are dropped for many reasons, and some wait for three."""
    reasons, _ = _decided("duvets", "audience.csv")
    assert sum(reasons.values()) == 2_001
    assert reasons["send"] > 200
    assert {"defer quiet_hours.quiet", "defer frequency.cap_reached", "defer moment.after_purchase"} <= reasons.keys()
    assert len([reason for reason in reasons if reason.startswith("drop ")]) >= 8


@pytest.mark.parametrize(
    ("campaign", "audience", "expected"),
    [
        (
            "duvets",
            "audience.csv",
            {
                "nils": "drop relevance.too_little_evidence",
                "paul": "drop just_bought.category",
                "wanda": "drop unsubscribe_risk.too_high",
                "elin": "send",
                "anna": "send",
                "bruno": "send",
            },
        ),
        ("thank-you", "recent-buyers.csv", {"tom": "send"}),
    ],
)
def test_the_people_of_the_stories_are_among_them(campaign: str, audience: str, expected: dict[str, str]) -> None:
    """Those whom the demo explains, and others of the stories, are decided as the stories tell."""
    _, said = _decided(campaign, audience)
    assert {person: said[person] for person in expected} == expected
