"""The stories of ``examples/stories`` come out as they are told, in both regimes and in the messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import narwhals as nw
import pytest
import yaml

from sendgate.audience import open_run
from sendgate.audience.run import Run
from sendgate.decide.tables import COLUMNS, decide_all
from sendgate.explain import Explanation, explain
from sendgate.facts.tables import with_facts
from sendgate.model.decisions import Decision
from sendgate.model.times import iso, parse_time
from sendgate.rendering.message import Email, Message
from sendgate.wiring.settings import Setting, read_setting

STORIES = Path(__file__).parents[1] / "examples" / "stories"


@dataclass(frozen=True)
class Telling:
    """One campaign of a story, with the audience it is for and what must come out for each row of it."""

    story: Path
    campaign: str
    audience: str
    rows: Sequence[Mapping[str, Any]]

    @property
    def setting(self) -> Setting:
        """The campaign under the policy of the story."""
        return _setting(self.story, self.campaign)

    @property
    def listed(self) -> Sequence[str]:
        """The rows of the audience: a person and a time."""
        return (self.story / self.audience).read_text("utf-8").splitlines()[1:]


@cache
def _setting(story: Path, campaign: str) -> Setting:
    return read_setting(str(story / campaign), story / "sendgate.yaml")


@dataclass(frozen=True)
class Told:
    """What came out for one row."""

    decision: Decision
    message: Message | None
    explanation: Explanation
    row: Mapping[str, Any]
    """The same decision from the tables."""


TELLINGS = [
    Telling(file.parent, **entry)
    for file in sorted(STORIES.glob("*/expected.yaml"))
    for entry in yaml.safe_load(file.read_text("utf-8"))
]


@dataclass(frozen=True)
class Everybody:
    """The people of all stories, read at once, for computing facts costs the same for one story as for all."""

    run: Run
    facts: nw.LazyFrame[Any]
    """What any telling asks for."""
    listed: Sequence[str]
    """Every row of every audience, once."""

    def rows(self, telling: Telling, setting: Setting) -> list[dict[str, Any]]:
        """Decide in tables about the rows of one telling, by the facts that it asks for."""
        places = [self.listed.index(line) for line in telling.listed]
        known = ("row", "person", "known", *sorted(fact.key for fact in setting.plan.facts))
        facts = self.facts.filter(nw.col("row").is_in(places)).select(*known)
        decided = self.run.engine.fetch(decide_all(facts, setting.plan, self.run.engine))
        by_place = {row[0]: dict(zip(COLUMNS, row[1:], strict=False)) for row in decided}
        return [by_place[place] for place in places]


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everybody]:
    """Read all stories; nobody is in two of them."""
    listed = list(dict.fromkeys(line for telling in TELLINGS for line in telling.listed))
    audience = tmp_path_factory.mktemp("stories") / "audience.csv"
    audience.write_text("\n".join(["person,at", *listed, ""]), encoding="utf-8")
    files = {name: sorted(STORIES.glob(f"*/{name}.csv")) for name in ("people", "events")}
    asked = frozenset().union(*(telling.setting.plan.facts for telling in TELLINGS))
    with open_run(now=0.0, audience=audience, **files) as run:
        facts = run.engine.keep(with_facts(run.tables, asked))
        assert run.account.rejected == 0
        yield Everybody(run, facts, listed)


def _told(telling: Telling, everybody: Everybody) -> list[Told]:
    """Decide about every row, in both regimes; the times are those of the audience."""
    setting = telling.setting
    return [
        _alone(setting, everybody.run.profile(person), parse_time(at), row)
        for (person, at), row in zip(
            (line.split(",") for line in telling.listed), everybody.rows(telling, setting), strict=True
        )
    ]


def _alone(setting: Setting, profile: Any, now: float, row: Mapping[str, Any]) -> Told:
    decision, message, *_ = setting.composer(profile, now)
    return Told(decision, message, explain(decision, profile, setting.campaign, setting.policy), row)


def _as_row(decision: Decision) -> dict[str, Any]:
    values = {name: getattr(decision, name) for name in COLUMNS}
    return values | {"outcome": decision.outcome.value, "blocked_by": ";".join(decision.blocked_by)}


@pytest.mark.parametrize("telling", TELLINGS, ids=lambda telling: f"{telling.story.name}/{telling.campaign}")
def test_a_story_comes_out_as_it_is_told(telling: Telling, everybody: Everybody) -> None:
    """Every row of a story has the outcome, reason, time and words of the telling, the same in both regimes."""
    for told, expected in zip(_told(telling, everybody), telling.rows, strict=True):
        decision = told.decision
        assert told.row == _as_row(decision)
        assert decision.person == expected["person"]
        assert f"{decision.outcome} {decision.reason}".removesuffix(" passed") == expected["decision"], decision.detail
        assert decision.gate == decision.reason.partition(".")[0].removesuffix("passed")
        assert iso(decision.until) == _written(expected.get("until"))
        assert list(decision.blocked_by) == expected.get("blocked_by", [])
        assert decision.offer == expected.get("offer", decision.offer)
        _check_words(decision.detail, {"has": expected.get("detail"), "lacks": expected.get("detail_lacks")})
        _check_words(_as_text(told.message), expected.get("message", {}))
        _check_words(repr(told.explanation), expected.get("explanation", {}))


def _written(until: datetime | None) -> str:
    return until.strftime("%Y-%m-%dT%H:%M:%SZ") if until else ""


def _as_text(message: Message | None) -> str:
    """Put a mail on one line, as its reader reads it."""
    return (
        " ".join(f"{message.subject} {message.preheader} {message.text}".split()) if isinstance(message, Email) else ""
    )


def _check_words(text: str, words: Mapping[str, Sequence[str] | None]) -> None:
    for fragment in words.get("has") or ():
        assert fragment in text
    for fragment in words.get("lacks") or ():
        assert fragment not in text


def test_nobody_is_in_two_stories() -> None:
    """Each story can be told by itself: what happens in one is not known in another."""
    people = [
        line.partition(",")[0]
        for file in STORIES.glob("*/people.csv")
        for line in file.read_text("utf-8").splitlines()[1:]
    ]
    assert len(set(people)) == len(people) > 12


def test_all_twelve_stories_are_there() -> None:
    """Each story has a folder, told in a README with the commands that show it."""
    folders = sorted(path for path in STORIES.iterdir() if path.is_dir())
    assert [folder.name[:2] for folder in folders] == [f"{n:02}" for n in range(1, 13)]
    for telling in TELLINGS:
        readme = (telling.story / "README.md").read_text("utf-8")
        assert f"cd examples/stories/{telling.story.name}\n" in readme
        assert f"sendgate dry-run {telling.campaign} --audience {telling.audience} --people" in readme
