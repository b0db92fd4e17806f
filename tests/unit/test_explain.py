"""A decision in words for people."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest

from sendgate.catalog import gate_classes
from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.explain import Explanation, Mark, as_record, clock, day, explain
from sendgate.facts.quiet import zone_for
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.decisions import Decision, Outcome
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import DAY, HOUR, parse_time
from sendgate.policy.policy import Policy

NOW = parse_time("2026-03-04T12:00:00Z")

FAMILY = Family(
    "Harbor",
    MappingProxyType(
        {
            "harbor": Brand("harbor", "Harbor Home"),
            "kids": Brand("kids", "Harbor Kids"),
            "lumen": Brand("lumen", "Lumen", shares_profile=False),
        }
    ),
    ("member", "gold"),
)
CAMPAIGN = Campaign(
    "toys",
    "kids",
    Channel.EMAIL,
    Purpose.PROMOTIONAL,
    (Offer("blocks", Assortment.of(["toys"])), Offer("bear", Assortment.of(["toys/bears"]))),
)
SUBSCRIBED = Event("subscribed", NOW - 100 * DAY)
VIEWED = Event("viewed", NOW - DAY, "kids", category="toys/bears", product="bear")


def _policy(**settings: object) -> Policy:
    return Policy(FAMILY, tuple(kind.of(settings.get(name, {})) for name, kind in gate_classes().items()))


def _decided(profile: Profile, campaign: Campaign, policy: Policy) -> Decision:
    return Decider(Plan(policy, campaign))(profile, NOW)


def _profile(*events: Event, known: bool = True, **attributes: str) -> Profile:
    made = Profile.of("ann", {"email": "ann@x.example", **attributes}, events)
    return made if known else Profile(made.person, made.attributes, made.events, known=False)


def _explained(profile: Profile, policy: Policy | None = None, campaign: Campaign = CAMPAIGN) -> Explanation:
    policy = policy or _policy()
    return explain(_decided(profile, campaign, policy), profile, campaign, policy)


def test_every_gate_about_the_person_has_a_mark_and_a_sentence() -> None:
    """In the order in which they are asked."""
    told = _explained(_profile(SUBSCRIBED, VIEWED))
    assert [v.gate for v in told.gates][:3] == ["permission", "deliverability", "duplicate"]
    assert all(v.sentence for v in told.gates)
    assert {v.gate: v.mark for v in told.gates}["permission"] is Mark.PASSES


def test_a_blocking_and_an_observing_gate_differ() -> None:
    """One stops the message, the other would have."""
    asks = [Event("sent", NOW - n * DAY, "harbor", purpose="promotional") for n in range(1, 4)]
    policy = _policy(balance={"unanswered": 2, "mode": "observe"}, frequency={"caps": [{"limit": 1, "per": "7d"}]})
    marks = {v.gate: v.mark for v in _explained(_profile(SUBSCRIBED, *asks), policy).gates}
    assert marks["balance"] is Mark.OBSERVES
    assert marks["frequency"] is Mark.BLOCKS


def test_a_gate_that_has_nothing_to_ask_is_exempt() -> None:
    """Its values would mean nothing."""
    verdict = next(v for v in _explained(_profile(SUBSCRIBED)).gates if v.gate == "fit")
    assert (verdict.mark, verdict.observed, verdict.limit) == (Mark.EXEMPT, "", "")


def test_values_are_told_in_the_words_of_their_gate() -> None:
    """Moments as days, durations in their unit, probabilities in percent."""
    policy = _policy(unsubscribe_risk={"at_most": 0.01})
    bought = Event("purchased", NOW - HOUR, "harbor", category="sofas")
    verdicts = {v.gate: v for v in _explained(_profile(SUBSCRIBED, bought), policy).gates}
    assert (verdicts["moment"].observed, verdicts["moment"].limit) == ("4 Mar 2026", "2 days")
    assert verdicts["unsubscribe_risk"].limit == "1.00%"
    assert (verdicts["balance"].observed, verdicts["balance"].limit) == ("0", "6")


@pytest.mark.parametrize(("past", "until"), [(0.0, "12:00"), (0.5, "12:01"), (60.0, "12:01")])
def test_a_wait_ends_when_it_is_said_to(past: float, until: str) -> None:
    """At the first full minute, and no second before: what happened is told by its own minute."""
    sent = Event("sent", NOW - 7 * DAY + DAY + past, "kids", purpose="promotional")
    told = _explained(
        _profile(SUBSCRIBED, VIEWED, VIEWED, sent), _policy(frequency={"caps": [{"limit": 1, "per": "7d"}]})
    )
    assert told.until == f"Thu 5 Mar 2026, {until} UTC"
    assert told.decision.detail.endswith(f"free again on 2026-03-05 {until} UTC")
    assert told.local_time == "Wed 4 Mar 2026, 12:00"


@pytest.mark.parametrize(("email", "seen"), [("ann@x.example", 1.0), ("", 0.0)])
def test_an_address_is_seen_where_there_is_one(email: str, seen: float) -> None:
    """Beside the one that is needed."""
    profile = _profile(SUBSCRIBED, email=email)
    found = next(f for f in _decided(profile, CAMPAIGN, _policy()).findings if f.gate == "deliverability")
    assert (found.observed, found.limit, found.blocks) == (seen, 1.0, not email)
    told = next(v for v in _explained(profile).gates if v.gate == "deliverability")
    assert (told.observed, told.limit) == (f"{seen:.0f}", "1")


def test_values_that_cannot_be_compared_are_left_to_the_sentence() -> None:
    """What never happened, one moment after another, and a moment beside hours of the day have no limit to keep."""
    left = Event("unsubscribed", NOW - HOUR, "kids")
    blocking = set()
    for events in ((SUBSCRIBED,), (SUBSCRIBED, left), ()):
        for quiet in ({"from": "21:00", "to": "08:00"}, {"from": "11:00", "to": "13:00"}):
            for verdict in _explained(_profile(*events), _policy(quiet_hours=quiet)).gates:
                if verdict.gate in {"permission", "quiet_hours", "moment"}:
                    blocking.add((verdict.gate, verdict.mark))
                    assert (verdict.observed, verdict.limit) == ("", "")
                    assert verdict.sentence
    assert {("permission", Mark.BLOCKS), ("permission", Mark.PASSES), ("quiet_hours", Mark.BLOCKS)} < blocking


def test_money_is_told_in_the_currency_with_both_sides() -> None:
    """Of each offer that has a value, whether it may go or not; an offer without one is not weighed."""
    offers = (replace(CAMPAIGN.offers[0], value=5.0), replace(CAMPAIGN.offers[1], value=20.0), Offer("free"))
    policy = _policy(unsubscribe_risk={"permission_value": 50, "response_rate": 0.01})
    policy = replace(policy, family=replace(FAMILY, currency="EUR"))
    told = _explained(_profile(SUBSCRIBED, VIEWED), policy, replace(CAMPAIGN, offers=offers))
    small, large, free = (next(v for v in o.verdicts if v.gate == "unsubscribe_risk") for o in told.offers)
    assert (small.mark, small.observed, small.limit) == (Mark.BLOCKS, "0.1598", "0.0500")
    assert small.sentence.startswith(
        "1,000 such messages would gain 50.00 EUR (1.00 % answer, worth 5.00 each) and cost 159.80 EUR in permission"
    )
    assert (large.mark, large.observed, large.limit) == (Mark.PASSES, "0.1598", "0.2000")
    assert "gain 200.00 EUR" in large.sentence
    assert free.mark is Mark.EXEMPT


def test_gates_that_are_not_asked_say_why() -> None:
    """Off, or without the settings that they need."""
    off = _explained(_profile(SUBSCRIBED), _policy(intent={"mode": "off"})).off
    assert "intent" in off
    assert "frequency (needs settings)" in off
    assert "permission" not in " ".join(off)


def test_the_chosen_offer_is_marked_with_its_evidence() -> None:
    """And ranked against the others."""
    told = _explained(_profile(SUBSCRIBED, VIEWED, VIEWED))
    chosen = [offer for offer in told.offers if offer.chosen]
    assert told.decision.outcome is Outcome.SEND
    assert [offer.name for offer in chosen] == [told.decision.offer]
    assert chosen[0].evidence == "viewed 2 times in 2 days"
    assert chosen[0].told(chosen[0].rank) == f"{chosen[0].rank:.2f}"
    assert chosen[0].rank == pytest.approx(max(offer.rank for offer in told.offers))


def test_a_drop_speaks_of_the_offer_that_came_furthest() -> None:
    """None is chosen."""
    told = _explained(_profile(SUBSCRIBED))
    assert [(o.name, o.chosen, o.spoken_of) for o in told.offers] == [("blocks", False, True), ("bear", False, False)]
    assert Mark.BLOCKS in {v.mark for v in told.offers[0].verdicts if v.gate == "relevance"}


@pytest.mark.parametrize("at_least", [1.0, 0.5])
def test_relevance_is_told_as_its_sentence_tells_it(at_least: float) -> None:
    """Down to the hundredth: 0.998 beside "evidence of 0.99" is not 1.00."""
    signs = {"viewed": {"weight": 1, "half_life": "400d"}}
    policy = _policy(relevance={"signs": signs, "at_least": at_least, "product_factor": 1})
    blocks = _explained(_profile(SUBSCRIBED, VIEWED), policy).offers[0]
    (sentence,) = (v.sentence for v in blocks.verdicts if v.gate == "relevance")
    assert (blocks.told(blocks.relevance), round(blocks.relevance, 3)) == ("0.99", 0.998)
    assert sentence.startswith("evidence of 0.99 ")


def test_the_history_tells_what_sister_brands_know() -> None:
    """Nothing bought from the brand that writes, much from its sister: both can be seen."""
    bought = [Event("purchased", NOW - n * 100 * DAY, "harbor", category="sofas") for n in (1, 2, 3)]
    own, sister, everybody = _explained(_profile(SUBSCRIBED, *bought)).history
    assert (own.brand, own.speaks, own.counts, own.last_purchase) == ("Harbor Kids", True, {}, "")
    assert (sister.brand, sister.counts, sister.last_purchase) == (
        "Harbor Home",
        {"purchased": 3},
        "sofas on 24 Nov 2025",
    )
    assert (everybody.brand, everybody.counts) == ("without a brand", {"subscribed": 1})


def test_a_brand_that_does_not_share_is_not_told_of() -> None:
    """Neither its events nor its name."""
    told = _explained(_profile(SUBSCRIBED, Event("purchased", NOW - DAY, "lumen", product="lamp")))
    assert "Lumen" not in {brand.brand for brand in told.history}
    assert told.customer_since == ""
    assert told.withheld == "brands that do not share their profiles are not told of"


def test_a_person_who_withdrew_sharing_is_known_to_the_own_brand_only() -> None:
    """And the explanation says that something is withheld."""
    bought = [Event("purchased", NOW - DAY, brand, product="x") for brand in ("harbor", "kids")]
    told = _explained(_profile(SUBSCRIBED, *bought, Event("sharing_withdrawn", NOW - DAY)))
    assert [brand.brand for brand in told.history] == ["Harbor Kids"]
    assert told.withheld == "this person withdrew sharing: other brands are not told of"


def test_what_lies_in_the_future_is_not_told() -> None:
    """A replay of last March knows nothing of April."""
    told = _explained(_profile(SUBSCRIBED, Event("purchased", NOW + DAY, "kids", product="x")))
    assert told.history[0].counts == {}
    assert told.customer_since == ""


def test_a_deferral_ends_by_the_clock_of_the_person() -> None:
    """An open case has no end."""
    sent = Event("sent", NOW - HOUR, "kids")
    policy = _policy(frequency={"caps": [{"limit": 1, "per": "1d"}]})
    told = _explained(_profile(SUBSCRIBED, VIEWED, VIEWED, sent, timezone="Europe/Berlin"), policy)
    assert (told.until, told.zone, told.zone_assumed) == ("Thu 5 Mar 2026, 12:00 Europe/Berlin", "Europe/Berlin", False)
    case = _explained(_profile(SUBSCRIBED, VIEWED, VIEWED, Event("case_opened", NOW - HOUR)))
    assert case.until == "open-ended"


def test_an_unknown_zone_is_assumed_and_said_so() -> None:
    """From the setting of the quiet hours."""
    policy = _policy(quiet_hours={"assume_timezone": "America/New_York"})
    told = _explained(_profile(SUBSCRIBED), policy)
    assert (told.local_time, told.zone, told.zone_assumed) == ("Wed 4 Mar 2026, 07:00", "America/New_York", True)


def test_the_risk_is_told_with_what_adds_to_it() -> None:
    """Even where its gate is off."""
    told = _explained(_profile(Event("subscribed", NOW - DAY, "kids")))
    assert told.risk == "starts at -6.21, joined less than 7 days ago: +1.78 = -4.43"


def test_probabilities_of_cards_are_taken_apart() -> None:
    """Of each offer, for relevance and for what is weighed against the risk, so that a reader can add them up."""
    risk = {"permission_value": 50, "response_card": "evidence"}
    policy = _policy(relevance={"card": "evidence", "at_least": 0.001}, unsubscribe_risk=risk)
    offer = replace(CAMPAIGN.offers[0], value=5.0)
    campaign = replace(CAMPAIGN, offers=(offer,))
    told = _explained(_profile(SUBSCRIBED, VIEWED), policy, campaign)
    assert [(score.of, score.offer) for score in told.scores] == [
        ("risk", ""), ("relevance", offer.name), ("response", offer.name),
    ]  # fmt: skip
    (words,) = told.offers
    assert words.relevance == told.scores[1].made.probability
    assert words.scores["relevance"].startswith(f"{words.told(words.relevance)}, starts at ")
    assert words.told(words.rank) == f"{words.rank:.2%}"
    for score in told.scores:
        assert score.made.start + sum(part.points for part in score.made.parts) == pytest.approx(score.made.score)


def test_a_record_is_json_with_finite_numbers() -> None:
    """Never, for ever and unknown are null."""
    told = as_record(_decided(_profile(known=False), CAMPAIGN, _policy()))
    text = json.dumps(told, allow_nan=False)
    assert told["until"] is None
    assert "e+15" not in text
    assert "1000000000000000" not in text
    permission = told["findings"][0]
    assert (permission["gate"], permission["offer"], permission["observed"]) == ("permission", None, None)


def test_a_wait_of_centuries_is_open_ended() -> None:
    """As in the files of a dry run, which have no times from 2200 on."""
    bought = Event("purchased", NOW - HOUR, "kids", category="sofas")
    policy = _policy(moment={"after_purchase": "99999d"})
    told = as_record(_decided(_profile(SUBSCRIBED, VIEWED, VIEWED, bought), CAMPAIGN, policy))
    assert (told["outcome"], told["until"]) == ("defer", None)


def test_at_the_end_that_a_record_tells_the_wait_is_over() -> None:
    """Also where what it waits for lies between two seconds: a part of a second earlier it still waits."""
    policy = _policy(frequency={"caps": [{"limit": 1, "per": "1d"}]})
    profile = _profile(SUBSCRIBED, VIEWED, VIEWED, Event("sent", NOW - HOUR + 0.25, "kids"))
    told = as_record(_decided(profile, CAMPAIGN, policy))
    assert told["until"] == "2026-03-05T11:00:01Z"
    assert Decider(Plan(policy, CAMPAIGN))(profile, parse_time(told["until"])).outcome is Outcome.SEND


def test_a_record_of_a_deferral_has_its_end() -> None:
    """In ISO 8601; a send has neither gate nor end."""
    policy = _policy(frequency={"caps": [{"limit": 1, "per": "1d"}]})
    sent = Event("sent", NOW - HOUR, "kids")
    deferred = as_record(_decided(_profile(SUBSCRIBED, VIEWED, VIEWED, sent), CAMPAIGN, policy))
    assert (deferred["outcome"], deferred["until"]) == ("defer", "2026-03-05T11:00:00Z")
    send = as_record(_decided(_profile(SUBSCRIBED, VIEWED, VIEWED), CAMPAIGN, policy))
    assert (send["outcome"], send["gate"], send["until"], send["blocked_by"]) == ("send", None, None, None)


def test_clock_and_day_are_those_of_the_zone() -> None:
    """Near midnight the day differs."""
    zone = zone_for("Asia/Tokyo", "UTC")
    late = parse_time("2026-03-04T20:30:00Z")
    assert (clock(late, zone), day(late, zone)) == ("Thu 5 Mar 2026, 05:30", "5 Mar 2026")
