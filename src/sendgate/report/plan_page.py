"""A plan of several campaigns as one HTML file, for a meeting."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from sendgate.facts.sentence import moment_text
from sendgate.model.decisions import Outcome
from sendgate.model.times import counted, to_datetime
from sendgate.report import charts
from sendgate.report.agenda import Agenda, Fate, Told
from sendgate.report.charts import Column
from sendgate.report.frame import page
from sendgate.report.phrases import count, people
from sendgate.report.plan import ALONE, WORTH, chosen


class About(NamedTuple):
    """What was planned, in words."""

    family: str
    plan_file: str
    policy_file: str
    stamp: str
    until: str


def plan_page(about: About, found: Agenda, account: str) -> str:
    """Write the page; addresses in it are shortened."""
    days = sorted({day for day, _ in found.days})
    return page(
        "plan.html.j2",
        title="Plan of campaigns",
        **about._asdict(),
        headline=headline(found),
        lede=lede(found),
        figures=list(_figures(found)),
        gained=gained(found),
        found=found,
        campaigns=[(campaign, chosen(campaign)) for campaign in found.campaigns],
        parts=_parts,
        first=lambda campaign: campaign.first.outcomes[Outcome.SEND],
        when=moment_text,
        bar=charts.bar,
        columns=charts.columns,
        days=[f"{to_datetime(day):%d %b}" for day in days],
        agenda=list(_calendar(found, days)),
        people_columns=_people_columns(found),
        people_rows=_people_rows(found),
        people_words=people_words(found),
        examples=list(_examples(found.samples)),
        worth=WORTH,
        alone=ALONE,
        account=account,
    )


def headline(found: Agenda) -> str:
    """Say how many messages go out."""
    best = found.best is not None
    alone = sum(campaign.alone for campaign in found.campaigns)
    sent = found.messages(best=best)
    return f"{count(sent)} messages in {len(found.campaigns)} campaigns" + (
        f", where {count(alone)} would have gone out one by one." if alone > sent else "."
    )


def lede(found: Agenda) -> str:
    """Say for whom messages stood in each other's way."""
    if found.best is None:
        return "First come, first served: each campaign sees what the earlier ones have sent."
    return (
        f"For {people(found.contested)} messages stood in each other's way, and {people(found.changed)} get others than"
        " they would first come, first served."
    )


def gained(found: Agenda) -> str:
    """Say what the choice is worth; empty where there was none."""
    if found.best is None:
        return ""
    before, after = found.worth(best=False), found.worth(best=True)
    more = found.messages(best=True) - found.messages(best=False)
    extra = f", with {counted(abs(more), 'message')} {'more' if more > 0 else 'fewer'}" if more else ""
    by = f" ({(after - before) / before:.1%})".replace("%", " %") if before else ""
    gain = f"{after - before:,.1f}{by}"
    return f"Together the messages are worth {after:,.1f}: {gain} more than first come, first served{extra}."


def people_words(found: Agenda) -> str:
    """Say how many messages reach how many people."""
    counts = found.best or found.first
    nothing, most = counts.get(0, 0), max(counts, default=0)
    return f"{count(nothing)} of {people(found.people)} hear nothing; nobody hears more than {counted(most, 'time')}."


def _figures(found: Agenda) -> Iterator[tuple[str, str, str, str]]:
    best = found.best is not None
    yield "send", "sent", count(found.messages(best=best)), "messages go out"
    yield "defer", "waiting", count(sum(chosen(c).outcomes[Outcome.DEFER] for c in found.campaigns)), "beyond the plan"
    yield "rejected", "gave way", count(sum(chosen(c).gave_way for c in found.campaigns)), "to messages worth more"
    yield "drop", "dropped", count(sum(chosen(c).dropped for c in found.campaigns)), "should not be sent at all"


def _parts(fate: Fate) -> list[tuple[str, float]]:
    return [
        ("send", fate.outcomes[Outcome.SEND]),
        ("defer", fate.outcomes[Outcome.DEFER]),
        ("alone", fate.gave_way),
        ("drop", fate.dropped),
    ]


def _calendar(found: Agenda, days: list[float]) -> Iterator[tuple[str, list[tuple[int, str]], int]]:
    most = max(found.days.values(), default=0)
    for i, campaign in enumerate(found.campaigns):
        rows = [found.days.get((day, i), 0) for day in days]
        yield campaign.name, [(number, charts.heat(number, most)) for number in rows], sum(rows)


def _people_rows(found: Agenda) -> list[tuple[int, ...]]:
    sides = [found.meant, found.first, *([found.best] if found.best is not None else [])]
    return [(n, *(side.get(n, 0) for side in sides)) for n in range(max(max(side, default=0) for side in sides) + 1)]


def _people_columns(found: Agenda) -> list[Column]:
    kinds = ("drop", "defer", "send")
    return [
        Column(
            [[(kind, number)] for kind, number in zip(kinds, numbers, strict=False)],
            f"{n} messages: {', '.join(count(number) for number in numbers)}",
            str(n),
        )
        for n, *numbers in _people_rows(found)
    ]


def _examples(samples: tuple[Told, ...]) -> Iterator[tuple[str, list[Told]]]:
    for person, told in groupby(samples, key=lambda one: one.person):
        yield person, list(told)


def about(family: str, plan: str, policy: str, known: float, until: float) -> About:
    """Say what was planned."""
    return About(family, plan, policy, f"known at {moment_text(known)}", moment_text(until))
