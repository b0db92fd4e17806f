"""A decision in words for people: the gates, the offers side by side, and what the family knows.

What is told of a person's history is what the campaign's brand may see; see ``facts.sharing``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from msgspec import to_builtins
from msgspec.structs import replace

from sendgate.facts.profile import Subject, compile_fact
from sendgate.facts.quiet import zone_for
from sendgate.facts.sentence import full_minute
from sendgate.gate import Ask, Gate, Scope, Unit
from sendgate.gates.quiet_hours import QuietHours
from sendgate.gates.relevance import Relevance, whole_hundredths
from sendgate.gates.unsubscribe_risk import UnsubscribeRisk
from sendgate.model.campaigns import Campaign, Family, Incentive, Offer
from sendgate.model.decisions import Decision, Finding, Mode, Outcome
from sendgate.model.events import BEHAVIOUR, MESSAGING, Event
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.times import EARLIEST, FOREVER, HOUR, LATEST, UNKNOWN, iso_end, span
from sendgate.policy.policy import Policy
from sendgate.scores.scorecard import Summed


class Mark(StrEnum):
    """How a gate stands, at a glance."""

    PASSES = "passes"
    BLOCKS = "blocks"
    OBSERVES = "observes"
    """It would block, if it were enforced."""
    EXEMPT = "exempt"
    """It has nothing to ask here."""


@dataclass(frozen=True)
class Verdict:
    """What one gate said."""

    mark: Mark
    gate: str
    observed: str
    """What it saw; empty where that says nothing beside a limit."""
    limit: str
    sentence: str


@dataclass(frozen=True)
class OfferWords:
    """How one offer stands."""

    name: str
    chosen: bool
    spoken_of: bool
    """The decision speaks of it: it was chosen, or it came furthest."""
    incentive: str
    evidence: str
    relevance: float
    incentive_fit: float
    verdicts: tuple[Verdict, ...]
    scores: Mapping[str, str]
    """Where cards decide: what the probability of an answer is made of, by what it is used for."""

    @property
    def rank(self) -> float:
        """What offers are chosen by."""
        return self.relevance * self.incentive_fit

    def told(self, number: float) -> str:
        """Write a relevance or a rank as sentences do: in percent where a card gives the probability of an answer."""
        return f"{number:.2%}" if Relevance.name in self.scores else f"{whole_hundredths(number):.2f}"


@dataclass(frozen=True)
class History:
    """What happened with one brand."""

    brand: str
    """The name; ``without a brand`` for events that name none."""
    speaks: bool
    """It is the brand whose campaign this is."""
    counts: Mapping[str, int]
    """By kind of event; kinds that did not happen are absent."""
    last_purchase: str


@dataclass(frozen=True)
class Score:
    """A probability that a card gave."""

    of: str
    """``risk``, ``relevance``, or ``response``: the answer that is weighed against the risk."""
    offer: str
    """Empty for the risk, which is the same for all offers."""
    made: Summed

    @property
    def words(self) -> str:
        """Say the probability and what it is made of."""
        return f"{self.made.probability:.2%}, {self.made.words}"


@dataclass(frozen=True)
class Explanation:
    """A decision with everything that makes it plausible."""

    decision: Decision
    brand: str
    known: bool
    local_time: str
    zone: str
    zone_assumed: bool
    until: str
    """When to ask again, as the person's clock shows it; empty where there is no such time."""
    gates: tuple[Verdict, ...]
    """About the person."""
    offers: tuple[OfferWords, ...]
    off: tuple[str, ...]
    """Gates that were not asked, each with the reason."""
    history: tuple[History, ...]
    customer_since: str
    """The day of the first purchase from a brand that is told of; empty where there is none."""
    withheld: str
    """Why something is not told; empty where nothing is withheld."""
    risk: str
    """What the risk of an unsubscribe is made of."""
    scores: tuple[Score, ...]
    """What each probability that a card gave is made of; the risk first."""


def explain(decision: Decision, profile: Profile, campaign: Campaign, policy: Policy) -> Explanation:
    """Put a decision about a profile into words."""
    subject, made = Subject(profile, decision.at), scores(decision, profile, campaign, policy)
    zone = zone_for(profile["timezone"], _assumed_zone(policy))
    own = policy.family.brands.get(campaign.brand)
    return Explanation(
        decision=decision,
        brand=(own.name if own else "") or campaign.brand,
        known=profile.known,
        local_time=clock(decision.at, zone),
        zone=str(zone),
        zone_assumed=str(zone) != profile["timezone"],
        until=_until(decision, zone),
        gates=tuple(_verdict(finding, policy, zone) for finding in decision.findings if not finding.offer),
        offers=tuple(_offer(offer, decision, policy, zone, made) for offer in campaign.offers),
        off=tuple(_off(policy)),
        history=tuple(_history(subject, campaign, policy.family, zone)),
        customer_since=_since(subject, campaign, policy.family, zone),
        withheld=_withheld(subject, campaign, policy.family),
        risk=made[0].made.words,
        scores=made,
    )


def as_record(decision: Decision) -> dict[str, Any]:
    """Give a decision as JSON has it: the columns of a dry run, and the findings.

    As in the files that a dry run writes, what is empty or unknown is null, and ``until`` is ISO 8601 text: a deferral
    without it is open-ended. Observed values and limits are as the gates have them: times are epoch seconds, durations
    seconds.
    """
    return {
        "person": decision.person,
        "outcome": decision.outcome.value,
        "gate": decision.gate or None,
        "reason": decision.reason.value,
        "detail": decision.detail or None,
        "until": (iso_end(decision.until) or None) if decision.until < LATEST else None,
        "offer": decision.offer or None,
        "relevance": _known(decision.relevance),
        "unsubscribe_risk": _known(decision.unsubscribe_risk),
        "blocked_by": ";".join(decision.blocked_by) or None,
        "findings": [_finding_record(finding) for finding in decision.findings],
    }


def _finding_record(finding: Finding) -> dict[str, Any]:
    return {
        "gate": finding.gate,
        "offer": finding.offer or None,
        "blocks": finding.blocks,
        "mode": finding.mode.value,
        "reason": finding.reason.value,
        "observed": _known(finding.observed),
        "limit": _known(finding.limit),
        "detail": finding.detail or None,
    }


def _known(value: float | str) -> float | str | None:
    """Give null for what is empty, unknown, never or open-ended, so that numbers are finite and mean something."""
    if isinstance(value, str):
        return value or None
    return value if UNKNOWN < value < FOREVER else None


def clock(seconds: float, zone: tzinfo) -> str:
    """Write a moment as a clock on the wall shows it: ``Wed 4 Mar 2026, 09:12``."""
    moment = datetime.fromtimestamp(seconds, zone)
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M}"


def day(seconds: float, zone: tzinfo) -> str:
    """Write the day of a moment: ``4 Mar 2026``."""
    moment = datetime.fromtimestamp(seconds, zone)
    return f"{moment.day} {moment:%b %Y}"


def _assumed_zone(policy: Policy) -> str:
    return next((gate.assume_timezone for gate in policy.gates if isinstance(gate, QuietHours)), "UTC")


def _until(decision: Decision, zone: tzinfo) -> str:
    if not decision.deferred:
        return ""
    return f"{clock(full_minute(decision.until), zone)} {zone}" if EARLIEST <= decision.until < LATEST else "open-ended"


# Gates ------------------------------------------------------------------------------------------------------------

_SURELY_A_MOMENT = 1e8
"""1973: no count and hardly a duration comes near."""


def _verdict(finding: Finding, policy: Policy, zone: tzinfo) -> Verdict:
    unit = policy.gate(finding.gate).measures(Scope.OFFER if finding.offer else Scope.PERSON)
    compared = _compared(finding, unit)
    return Verdict(
        _mark(finding),
        finding.gate,
        _value(finding.observed, unit, zone) if compared else "",
        _value(finding.limit, unit, zone) if compared and finding.limit != "" else "",
        finding.detail,
    )


def _compared(finding: Finding, unit: Unit) -> bool:
    """Whether a value and its limit say something side by side.

    What never happened, a time beside hours of the day, or one moment after another do not: the sentence tells those.
    """
    observed, limit = finding.observed, finding.limit
    if finding.reason is Reason.EXEMPT:
        return False
    if isinstance(observed, str) or isinstance(limit, str):
        return limit == "" or (isinstance(observed, str) and isinstance(limit, str))
    return all(UNKNOWN < value < FOREVER for value in (observed, limit)) and not _is_moment(limit, unit)


def _is_moment(value: float, unit: Unit) -> bool:
    return unit is Unit.TIME and value >= _SURELY_A_MOMENT


def _mark(finding: Finding) -> Mark:
    if finding.reason is Reason.EXEMPT:
        return Mark.EXEMPT
    if not finding.blocks:
        return Mark.PASSES
    return Mark.BLOCKS if finding.mode is Mode.ENFORCE else Mark.OBSERVES


def _value(value: float | str, unit: Unit, zone: tzinfo) -> str:
    if isinstance(value, str):
        return value or "unknown"
    if _is_moment(value, unit):
        return day(value, zone)
    if unit is Unit.TIME and value >= HOUR:
        return span(value)
    if unit in _PRECISE:
        return format(value, _PRECISE[unit])
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"


_PRECISE = {Unit.SHARE: ".2%", Unit.MONEY: ".4f"}


def _off(policy: Policy) -> Iterable[str]:
    for gate in policy.gates:
        if gate.mode is Mode.OFF:
            yield gate.name
        elif not gate.configured:
            yield f"{gate.name} (needs settings)"


def _offer(offer: Offer, decision: Decision, policy: Policy, zone: tzinfo, made: Sequence[Score]) -> OfferWords:
    ranking = next(ranking for ranking in decision.offers if ranking.offer == offer.name)
    return OfferWords(
        name=offer.name,
        chosen=decision.outcome is Outcome.SEND and decision.offer == offer.name,
        spoken_of=decision.offer == offer.name,
        incentive="" if offer.incentive is Incentive.NONE else offer.incentive.value.replace("_", " "),
        evidence=str(ranking.evidence),
        relevance=ranking.relevance,
        incentive_fit=ranking.incentive_fit,
        verdicts=tuple(_verdict(finding, policy, zone) for finding in decision.findings if finding.offer == offer.name),
        scores={score.of: score.words for score in made if score.offer == offer.name and score.of != "risk"},
    )


# What the family knows --------------------------------------------------------------------------------------------

_TOLD = (*BEHAVIOUR, *MESSAGING)
"""Kinds of events that a history tells, in this order."""


def _history(subject: Subject, campaign: Campaign, family: Family, zone: tzinfo) -> Iterable[History]:
    """Tell what happened with each brand, the one that speaks first."""
    events = [event for kind in _TOLD for event in subject.by_kind.get(kind, ())]
    others = [key for key in family.brands if key != campaign.brand and _sees(subject, campaign, family, key)]
    for key in (campaign.brand, *others, *([""] if subject.shares else [])):
        own = [event for event in events if event.brand == key]
        if own or key == campaign.brand:
            name = (family.brands[key].name if key in family.brands else key) or key or "without a brand"
            counts = Counter(event.kind for event in own)
            yield History(name, key == campaign.brand, counts, _last_purchase(own, zone))


def _since(subject: Subject, campaign: Campaign, family: Family, zone: tzinfo) -> str:
    bought = subject.by_kind.get("purchased", ())
    first = next((event for event in bought if _sees(subject, campaign, family, event.brand)), None)
    return day(first.at, zone) if first else ""


def _sees(subject: Subject, campaign: Campaign, family: Family, brand: str) -> bool:
    if brand == campaign.brand or not subject.shares:
        return brand == campaign.brand
    return brand not in family.brands or family.brands[brand].shares_profile


def _last_purchase(events: Sequence[Event], zone: tzinfo) -> str:
    bought = [event for event in events if event.kind == "purchased"]
    if not bought:
        return ""
    last = max(bought, key=lambda event: event.at)
    return f"{last.product or last.category or 'something'} on {day(last.at, zone)}"


def _withheld(subject: Subject, campaign: Campaign, family: Family) -> str:
    if not subject.shares:
        return "this person withdrew sharing: other brands are not told of"
    private = any(not brand.shares_profile for key, brand in family.brands.items() if key != campaign.brand)
    return "brands that do not share their profiles are not told of" if private else ""


# Scores -----------------------------------------------------------------------------------------------------------


def scores(decision: Decision, profile: Profile, campaign: Campaign, policy: Policy) -> tuple[Score, ...]:
    """Take apart every probability that a card gave: the risk, and for each offer what the policy has a card for."""
    subject = Subject(profile, decision.at)
    person = Ask(policy.family, campaign, cards=policy.cards)
    offers = [replace(person, offer=offer) for offer in campaign.offers]
    risk, relevance = policy.gate(UnsubscribeRisk.name), policy.gate(Relevance.name)
    risk = risk if isinstance(risk, UnsubscribeRisk) else UnsubscribeRisk()
    found = [("risk", "", risk.summed(person, _known_of(risk, person, subject)))]
    for ask in offers:
        name = ask.offer.name if ask.offer else ""
        if isinstance(relevance, Relevance) and (made := relevance.summed(ask, _known_of(relevance, ask, subject))):
            found.append(("relevance", name, made))
        if answer := risk.response_summed(ask, _known_of(risk, ask, subject)):
            found.append(("response", name, answer))
    return tuple(Score(*one) for one in found)


def _known_of(gate: Gate, ask: Ask, subject: Subject) -> Mapping[str, float]:
    return {name: compile_fact(fact)(subject) for name, fact in gate.facts(ask).items()}


def score_record(score: Score) -> dict[str, Any]:
    """Give a score as JSON has it: ``start`` and the ``points`` of all ``parts`` sum to ``score``."""
    return {"of": score.of, "offer": score.offer or None, **to_builtins(score.made)}
