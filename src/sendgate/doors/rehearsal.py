"""A dry run from files to summary: everything that a real run would decide, and nothing sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from sendgate.audience import open_run
from sendgate.audience.kept import KeptRun
from sendgate.audience.run import Run
from sendgate.decide.evidence import decide_and_tell
from sendgate.doors.facts_at_hand import Lists, Progress, Reuse, at_hand
from sendgate.errors import Mistake
from sendgate.facts.kinds import Attribute, AttributeNumber, Now
from sendgate.gates.duplicate import Duplicate
from sendgate.gates.render import Render
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.times import UNKNOWN
from sendgate.policy.advice import (
    compared,
    not_numbers,
    offers_without_events,
    repeated_sends,
    strange_names,
    values_nobody_has,
)
from sendgate.report.exhibit import SAMPLE, Exhibit, exhibit, facts_for
from sendgate.report.sampling import stratified
from sendgate.report.summary import Rendered, Sample, Summary, sends, summarise
from sendgate.wiring.settings import Setting, stranger

if TYPE_CHECKING:
    from sendgate.audience.account import Account
    from sendgate.model.campaigns import Campaign
    from sendgate.model.people import Profile


_BESIDE = "1GB"
"""Memory for reading files beside kept facts; what does not fit goes to disk."""


@dataclass(frozen=True)
class Show:
    """What a report is to show beside the decisions."""

    addresses: bool = False
    """Messages are rendered with the addresses of their recipients."""


@dataclass(frozen=True)
class Rehearsal:
    """What a dry run found."""

    summary: Summary
    account: Account
    own_times: bool
    """Rows were decided each at its own time."""
    rendered: Rendered | None
    """None where nothing was rendered, because nobody's profile was read: of kept facts, without a report."""
    warnings: tuple[Mistake, ...]
    reuse: Reuse | None
    exhibit: Exhibit | None
    """What a report shows beside; None where no report was asked for."""


def rehearse(
    setting: Setting,
    lists: Lists,
    now: float,
    *,
    out: Path | None = None,
    facts: Path | None = None,
    samples: int = 5,
    show: Show | None = None,
    progress: Progress = lambda _stage: None,
) -> Rehearsal:
    """Decide about every row of an audience; write the decisions to ``out``, keep the facts in ``facts``.

    ``show`` asks for what a report shows. ``now`` (epoch seconds) is the decision time of rows without one of their
    own. Raises InputError, with nothing written, where a file cannot be read, or ``facts`` were computed from
    something else.
    """
    plan = setting.plan
    wanted = plan.wordless.facts | (facts_for(plan) if show else frozenset())
    with at_hand(wanted, lists, now, facts, progress, later=plan.words_facts) as (run, frame, reuse, more):
        progress("deciding")
        decided = decide_and_tell(frame, plan, run.engine, more)
        summary = summarise(run.engine, decided, plan, samples)
        warnings = (
            *setting.warnings(), *_foolish(setting, run, frame, summary.rows), *_repeated(setting, run, decided)
        )  # fmt: skip
        progress("explaining and rendering samples")
        tried = sends(run.engine, decided, samples)
        sample = stratified(run.engine, decided, summary.rows, SAMPLE) if show else []
        persons = list(dict.fromkeys([*(one.person for one in tried), *(one.person for one in sample)]))
        people = _people(run, persons, lists, now, progress) if show or not isinstance(run, KeptRun) else None
        rendered = _rendered(setting, run, frame, tried, people, summary) if people is not None else None
        shown = None
        if show and people is not None:
            shown = exhibit(
                run.engine, decided, frame, setting.composer, plan, sample, people, addresses=show.addresses
            )
        if out:
            progress(f"writing {out}")
            run.write(decided, out)
        read = len(persons) if show and isinstance(run, KeptRun) else 0
        told = replace(reuse, read=read) if reuse else None
        return Rehearsal(summary, run.account, run.own_times, rendered, warnings, told, shown)


# Rendering some of the sends --------------------------------------------------------------------------------------


def _people(
    run: Run | KeptRun, persons: Sequence[str], lists: Lists, now: float, progress: Progress
) -> dict[str, Profile]:
    """Give the profiles of some people, with one reading of the events.

    Of kept facts the files are read again, as they were read for the facts (``Origin`` has seen that they are the
    same), so that what counts for an explanation is what counted for the decision.
    """
    if isinstance(run, Run):
        found = run.profiles(persons)
    elif not persons:
        found = {}
    else:
        with open_run(
            now=now, people=lists.people, events=lists.events, memory_limit=_BESIDE, progress=progress
        ) as files:
            progress(f"reading the profiles of {len(persons)} people for the report")
            found = files.profiles(persons)
    return {person: found.get(person) or stranger(person) for person in persons}


def _rendered(
    setting: Setting, run: Run | KeptRun, facts: nw.LazyFrame[Any], tried: Sequence[Sample],
    people: Mapping[str, Profile], summary: Summary,
) -> Rendered:  # fmt: skip
    """Send some rows through the path that one person takes, up to the message."""
    rows = [sample.row for sample in tried]
    moments = dict(run.engine.fetch(facts.filter(nw.col("row").is_in(rows)).select("row", Now().key))) if rows else {}
    failures = []
    for sample in tried:
        decision = setting.composer(people[sample.person], moments[sample.row]).decision
        failures += [
            (sample, f.detail)
            for f in decision.findings
            if f.gate == Render.name and f.offer == sample.offer and f.blocks
        ]
    return Rendered(len(tried), summary.outcomes[Outcome.SEND], tuple(failures))


# Settings that this data makes foolish ----------------------------------------------------------------------------


def _foolish(setting: Setting, run: Run | KeptRun, facts: nw.LazyFrame[Any], rows: int) -> list[Mistake]:
    """Warn about names that the family does not have, offers without any event, and values that tell nothing here."""
    if not rows:
        return []
    offers = setting.plan.candidates if not setting.plan.relevance.card else ()
    evidence = {candidate.offer.name: candidate.facts["evidence"].key for candidate in offers}
    asked = {name: Attribute(name) for name in _attributes(setting.campaign)}
    columns = {name: fact.key for name, fact in asked.items() if fact in setting.plan.facts}
    keys = [*evidence.values(), *columns.values()]
    most = {f"_{at}": nw.col(key).max() for at, key in enumerate(keys)}
    known = dict(zip(keys, run.engine.fetch(facts.select(**most))[0], strict=True)) if keys else {}
    barren = {name for name, key in evidence.items() if known[key] <= 0}
    having = {name for name in asked if name not in columns or known[columns[name]]}
    file = str(setting.campaign_file)
    nobody = [
        replace(mistake, message=f"{mistake.message} in this audience")
        for mistake in values_nobody_has(setting.campaign, having, file)
    ]
    barren_offers = _without_events(setting, run, barren) if barren and not isinstance(run, KeptRun) else []
    return [*_strange(setting, run, facts), *barren_offers, *nobody, *_not_numbers(setting, run, facts)]


def _repeated(setting: Setting, run: Run | KeptRun, decided: nw.LazyFrame[Any]) -> list[Mistake]:
    """Warn where more rows than people are sent: at times of their own they may be several messages."""
    if run.own_times or any(gate.name == Duplicate.name and gate.mode is Mode.ENFORCE for gate in setting.plan.gates):
        return []
    sent = decided.filter(nw.col("outcome") == Outcome.SEND.value)
    people = sent.group_by("person").agg(rows=nw.len())
    ((repeated,),) = run.engine.fetch(people.select(repeated=(nw.col("rows") - 1).sum()))
    return repeated_sends(int(repeated or 0), str(setting.campaign_file))


def _strange(setting: Setting, run: Run | KeptRun, facts: nw.LazyFrame[Any]) -> list[Mistake]:
    """Warn about brands and tiers that are mostly spelt otherwise: who left `Harbor` has not left `harbor`."""
    family, file = setting.policy.family, str(setting.policy_file)
    brands = strange_names("events are of brands", run.account.brands, family.brands, file)
    tier = Attribute("tier")
    if not family.tiers or tier not in setting.plan.facts:
        return brands
    tiers = _counts(run, facts.filter(nw.col(tier.key) != ""), tier)
    return [*brands, *strange_names("recipients have tiers", tiers, family.tiers, file)]


def _not_numbers(setting: Setting, run: Run | KeptRun, facts: nw.LazyFrame[Any]) -> list[Mistake]:
    """Warn about an age of `40 years`: of what is no number, no condition knows whether it is more or less than one."""
    found: list[Mistake] = []
    for name, where in compared(setting.campaign).items():
        text, number = Attribute(name), AttributeNumber(name)
        if {text, number} <= setting.plan.facts:
            strange = facts.filter((nw.col(text.key) != "") & (nw.col(number.key) == UNKNOWN))
            found += not_numbers(name, _counts(run, strange, text), where, str(setting.campaign_file))
    return found


def _counts(run: Run | KeptRun, facts: nw.LazyFrame[Any], attribute: Attribute) -> dict[str, int]:
    """Count the rows by the value of an attribute, most frequent first."""
    counted = facts.group_by(attribute.key).agg(rows=nw.len()).select(attribute.key, "rows")
    return dict(sorted(run.engine.fetch(counted), key=lambda one: (-one[1], one[0])))


def _attributes(campaign: Campaign) -> set[str]:
    conditions = (*campaign.fits, *(condition for offer in campaign.offers for condition in offer.fits))
    return {c.attribute for c in conditions} | {name for offer in campaign.offers for name in offer.requires}


def _without_events(setting: Setting, run: Run, barren: set[str]) -> list[Mistake]:
    """Look whether there is any event, of anybody, for the offers for which this audience has no evidence."""
    offers = tuple(offer for offer in setting.campaign.offers if offer.name in barren)
    products = sorted({product for offer in offers for product in offer.assortment.products})
    events = run.tables.events
    categories = {name for (name,) in run.engine.fetch(events.select("category").unique())}
    seen = run.engine.fetch(events.filter(nw.col("product").is_in(products)).select("product").unique())
    campaign = replace(setting.campaign, offers=offers)
    return offers_without_events(campaign, categories, {name for (name,) in seen}, str(setting.campaign_file))
