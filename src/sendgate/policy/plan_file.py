"""A plan of several campaigns as people write it: which campaign goes to whom, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.model.settings import Checks, Duration, NotNegative, Settings, Text, seconds
from sendgate.model.times import parse_time
from sendgate.policy.document import Node
from sendgate.policy.reading import read
from sendgate.policy.review import Review
from sendgate.policy.suggestions import suggest_beside

MOST = 16
"""Campaigns in a plan: with more, the ways to choose among them are too many to look at."""

_LISTS = (".csv", ".jsonl", ".parquet", ".gz", ".zst")


class Choose(StrEnum):
    """Which messages a person gets where there is no room for all."""

    FIRST = "first"
    """Those that come first."""
    BEST = "best"
    """Those that are worth most together."""


def _time(value: str) -> None:
    try:
        parse_time(value)
    except ValueError:
        raise ValueError("expected a time such as 2026-03-04T09:00:00Z") from None


class EntrySection(Settings, frozen=True):
    """One campaign of the plan."""

    checks: ClassVar[Checks] = {"at": _time}

    campaign: Annotated[
        Text, Meta(description="the campaign's file, relative to this one, or its name beside the policy")
    ]
    at: Annotated[Text, Meta(description="when it is to go out, in ISO 8601; without an offset it is UTC")]
    audience: Annotated[Text, Meta(description="the list of recipients, relative to this file")]
    priority: Annotated[NotNegative, Meta(description="the weight of its messages against those of the others")] = 1.0
    value: Annotated[
        NotNegative | None,
        Meta(description="what a message is worth, in place of relevance x incentive fit x the offer's value"),
    ] = None


def _few(entries: list[EntrySection]) -> None:
    if len(entries) > MOST:
        raise ValueError(f"{len(entries)} campaigns are too many for one plan: at most {MOST}")


class PlanFile(Settings, frozen=True):
    """The campaigns of a period, with their times and audiences."""

    checks: ClassVar[Checks] = {"campaigns": _few}

    campaigns: Annotated[list[EntrySection], Meta(min_length=1, description="what is to go out")]
    horizon: Annotated[
        Duration, Meta(description="how long after the last campaign a message that waits may still go out")
    ] = "7d"
    choose: Annotated[
        Choose,
        Meta(description="which messages a person gets where there is no room for all: the first, or the best"),
    ] = Choose.FIRST


@dataclass(frozen=True)
class Slot:
    """One campaign of a plan, as its file has it."""

    campaign: Path
    at: float
    audience: Path
    priority: float
    value: float | None


@dataclass(frozen=True)
class Schedule:
    """What stands in a plan's file, in the order in which it goes out."""

    slots: tuple[Slot, ...]
    until: float
    """The horizon, epoch seconds."""
    choose: Choose


def read_plan(root: Node, review: Review, find: Callable[[str], Path]) -> Schedule | None:
    """Make a schedule of a document, or note everything that is wrong with it and give None.

    ``find`` gives the file of a campaign; it raises LookupError, with the help, where there is none. Audiences are
    looked for beside the plan.
    """
    before = len(review.mistakes)
    folder = Path(review.file).parent
    campaigns = [_campaign(entry["campaign"], review, find) for entry in root["campaigns"].items]
    for entry in root["campaigns"].items:
        _check_audience(entry["audience"], folder, review)
    file = read(root, PlanFile, review)
    if file is None or len(review.mistakes) > before:
        return None
    slots = [
        Slot(campaign, parse_time(entry.at), folder / entry.audience, entry.priority, entry.value)
        for campaign, entry in zip(campaigns, file.campaigns, strict=True)
    ]
    slots.sort(key=lambda slot: slot.at)
    return Schedule(tuple(slots), slots[-1].at + seconds(file.horizon), file.choose)


def campaigns_named(root: Node, find: Callable[[str], Path]) -> list[Path]:
    """List the campaign files that a plan names and that are there, each once, whatever else is wrong with it."""
    nobody = Review("")
    found = [_campaign(entry["campaign"], nobody, find) for entry in root["campaigns"].items]
    return [path for path in dict.fromkeys(found) if path != Path()]


def _campaign(node: Node, review: Review, find: Callable[[str], Path]) -> Path:
    if node.text:
        try:
            return find(node.text)
        except LookupError as error:
            review.mistake(f"there is no campaign `{node.text}`", node.place, hint=str(error.args[0]))
    return Path()


def _check_audience(node: Node, folder: Path, review: Review) -> None:
    if node.text and not (folder / node.text).is_file():
        hint = suggest_beside(folder / node.text, node.text, _LISTS)
        review.mistake(f"there is no file `{folder / node.text}`", node.place, hint=hint)


def advise_on_plan(schedule: Schedule, worths: dict[Path, bool | None], root: Node, review: Review) -> None:
    """Warn about a choice that cannot be what it seems.

    ``worths`` says of each campaign whether its offers have a value of their own; None where its messages rest on no
    evidence at all.
    """
    seen: set[Path] = set()
    for slot, node in zip(schedule.slots, _in_order(root), strict=True):
        if slot.campaign in seen:
            review.warn("this campaign is planned twice: gate `duplicate` drops it for whom it reached", node.place)
        seen.add(slot.campaign)
        if schedule.choose is Choose.BEST and slot.value is None and worths[slot.campaign] is None:
            hint = "give it a `value`"
            review.warn("messages without evidence are worth nothing in the choice", node["campaign"].place, hint=hint)
    told = {worths[slot.campaign] for slot in schedule.slots if slot.value is None} - {None}
    if schedule.choose is Choose.BEST and len(told) > 1:
        hint = "give all of them a value, or none"
        review.warn("some campaigns have offers with a `value`, others without: their worths differ in kind", hint=hint)


def _in_order(root: Node) -> list[Node]:
    """List the entries in the order of their times, as ``read_plan`` does."""
    return sorted(root["campaigns"].items, key=lambda node: parse_time(node["at"].text))
