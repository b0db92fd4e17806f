"""Past messages become rows at their own time, each with what came of it and of no other."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from sendgate.audience import open_run
from sendgate.errors import InputError
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.times import DAY, LATEST
from sendgate.training.circumstances import Circumstances, circumstances
from sendgate.training.history import LEAVING, History, Outcome, Period
from sendgate.training.matrix import Matrix, by_brand, by_campaign, matrix_of

COLUMNS = ("person", "kind", "at", "brand", "campaign", "category", "creative", "purpose")
FAMILY = Family("Harbor", {"harbor": Brand("harbor"), "lumen": Brand("lumen", shares_profile=False)})
CAMPAIGN = Campaign(
    "spring", "harbor", Channel.EMAIL, Purpose.PROMOTIONAL,
    (Offer("beds", Assortment.of(["home/beds"]), creative="b"),
     Offer("lamps", Assortment.of(["home/lamps"]), creative="l")),
)  # fmt: skip
EVERYTHING = Period(0.0, LATEST)
END = ("zoe", "visited", "2026-03-31", "", "", "", "", "")


def event(person: str, kind: str, day: int, campaign: str = "", **more: str) -> tuple[str, ...]:
    """Write an event of March 2026, at noon."""
    values = {"brand": "harbor", "campaign": campaign, **more}
    return (person, kind, f"2026-03-{day:02d}T12:00:00Z", *(values.get(name, "") for name in COLUMNS[3:]))


def read(folder: Path, *events: tuple[str, ...], outcome: Outcome | None = None, names: tuple[str, ...] = ("position",),
         period: Period = EVERYTHING, campaigns: tuple[Campaign, ...] = ()) -> Matrix:  # fmt: skip
    """Read a log as a matrix."""
    outcome = outcome or Outcome(LEAVING, 7 * DAY)
    with (folder / "events.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *events, END])
    with (folder / "people.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("person", "timezone"), ("ann", "Europe/Berlin")])
    files = {"people": [folder / "people.csv"], "events": [folder / "events.csv"]}
    with open_run(now=LATEST, attributes=("timezone",), **files) as run:
        History(run, outcome, period)
        parts = by_campaign(FAMILY, campaigns) if campaigns else by_brand(run, FAMILY)
        return matrix_of(run, outcome, parts, names, lambda _stage: None)


def test_a_row_sees_neither_its_message_nor_what_came_after(tmp_path: Path) -> None:
    """The first message has position 0, whatever followed; messages of one day count each other in order."""
    sent = [event("ann", "sent", day) for day in (2, 4, 6)]
    made = read(tmp_path, *sent, event("ann", "opened", 3), names=("position", "unopened", "messages_7d"))
    assert made.values[:, 0].tolist() == [0, 1, 2]
    assert made.values[1:, 1].tolist() == [0, 1]
    assert np.isnan(made.values[0, 1])
    assert made.values[:, 2].tolist() == [0, 1, 2]


def test_leaving_belongs_to_the_latest_message_before(tmp_path: Path) -> None:
    """Of two messages within the window, the later one made the person leave."""
    made = read(tmp_path, event("ann", "sent", 2), event("ann", "sent", 4), event("ann", "unsubscribed", 5))
    assert made.result.tolist() == [False, True]


def test_an_outcome_that_names_its_message_belongs_to_it(tmp_path: Path) -> None:
    """A complaint about an earlier message is not held against the later one."""
    sent = [event("ann", "sent", 2, "spring"), event("ann", "sent", 4, "summer")]
    assert read(tmp_path, *sent, event("ann", "complained", 5, "spring")).result.tolist() == [True, False]


def test_another_brand_is_not_to_blame(tmp_path: Path) -> None:
    """Leaving one brand says nothing of a message of another; leaving the family is the latest message's doing."""
    sent = [event("ann", "sent", 2), event("ann", "sent", 4, brand="lumen")]
    assert read(tmp_path, *sent, event("ann", "unsubscribed", 5)).result.tolist() == [True, False]
    assert read(tmp_path, *sent, event("ann", "unsubscribed", 5, brand="")).result.tolist() == [False, True]


def test_after_the_window_nothing_counts(tmp_path: Path) -> None:
    """Seven days after a message somebody leaves because of it, eight days after not."""
    assert read(tmp_path, event("ann", "sent", 2), event("ann", "unsubscribed", 9)).result.tolist() == [True]
    assert read(tmp_path, event("ann", "sent", 2), event("ann", "unsubscribed", 10)).result.tolist() == [False]


def test_messages_without_time_for_their_outcome_are_left_out(tmp_path: Path) -> None:
    """The log ends on the 31st: a message of the 28th may still make somebody leave."""
    made = read(tmp_path, event("ann", "sent", 2), event("ann", "sent", 28))
    assert len(made) == 1


def test_answers_without_a_campaign_are_answers_to_something_else(tmp_path: Path) -> None:
    """Where redemptions name their campaign, a coupon from the newspaper is not one."""
    outcome = Outcome(("redeemed",), 7 * DAY)
    sent = [event("ann", "sent", 2, "spring", creative="b"), event("bob", "sent", 2, "spring", creative="b")]
    answers = [event("ann", "redeemed", 3, "spring"), event("bob", "redeemed", 3)]
    assert read(tmp_path, *sent, *answers, outcome=outcome).result.tolist() == [True, False]


def test_offers_are_told_apart_by_creative(tmp_path: Path) -> None:
    """Facts speak of the offer that was sent; a message of which nobody knows the offer is left out."""
    bought = [event(person, "purchased", 1, category="home/beds/double") for person in ("ann", "bob", "cid")]
    sent = [event(person, "sent", 2, "spring", creative=c) for person, c in (("ann", "b"), ("bob", "l"), ("cid", ""))]
    made = read(tmp_path, *bought, *sent, names=("bought_here_90d",), campaigns=(CAMPAIGN,))
    assert made.values[:, 0].tolist() == [1, 0]


def test_a_purchase_is_an_answer_where_it_is_in_the_offer(tmp_path: Path) -> None:
    """A bed bought after the message about beds is an answer, a lamp is not, nor a bed bought before."""
    sent = [event(person, "sent", 5, "spring", creative="b") for person in ("ann", "bob", "cid")]
    bought = [event("ann", "purchased", 9, category="home/beds"), event("bob", "purchased", 9, category="home/lamps"),
              event("cid", "purchased", 3, category="home/beds")]  # fmt: skip
    made = read(tmp_path, *sent, *bought, outcome=Outcome(("purchased",), 7 * DAY), campaigns=(CAMPAIGN,))
    assert made.result.tolist() == [True, False, False]


def test_transactional_messages_teach_nothing(tmp_path: Path) -> None:
    """A receipt is neither a row nor a message that people are tired of; without others there is nothing to learn."""
    receipt = event("ann", "sent", 2, purpose="transactional")
    with pytest.raises(InputError, match="no message to learn from"):
        read(tmp_path, receipt)
    assert read(tmp_path, receipt, event("ann", "sent", 4)).values.tolist() == [[0.0]]


def test_a_period_chooses_messages_not_facts(tmp_path: Path) -> None:
    """Messages before a period are no rows of it, and still known."""
    sent = [event("ann", "sent", day) for day in (2, 4, 6)]
    made = read(tmp_path, *sent, period=Period(1_772_582_400.0, LATEST))  # 2026-03-04
    assert made.values[:, 0].tolist() == [1, 2]


def odd(folder: Path, *events: tuple[str, ...], outcome: Outcome | None = None) -> Circumstances:
    """Look at what is odd about a log."""
    with (folder / "events.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *events, END])
    with open_run(now=LATEST, events=[folder / "events.csv"], attributes=()) as run:
        return circumstances(run, History(run, outcome or Outcome(LEAVING, 7 * DAY), EVERYTHING).until)


def test_odd_circumstances_are_found(tmp_path: Path) -> None:
    """Exits after which the brand wrote, and outcomes that no message came before, are counted."""
    found = odd(tmp_path, event("ann", "unsubscribed", 1), event("ann", "sent", 2), event("bob", "sent", 2),
                event("cid", "unsubscribed", 9))  # fmt: skip
    assert (found.exits_written_to, found.outcomes_without_message) == (0.5, 1.0)


def test_an_exit_is_over_when_somebody_comes_back(tmp_path: Path) -> None:
    """Whoever subscribed again may be written to, and so may the customers of a brand that nobody left."""
    left = [event("ann", "unsubscribed", 2), event("bob", "unsubscribed", 2)]
    sent = [event("ann", "sent", 9), event("bob", "sent", 9, brand="lumen")]
    assert odd(tmp_path, *left, event("ann", "subscribed", 5), *sent).exits_written_to == 0.0
    assert odd(tmp_path, *left, *sent).exits_written_to == 0.5


@pytest.mark.parametrize(("hour", "share"), [("11", 1.0), ("13", 0.0)])
def test_exits_just_before_messages_are_found(tmp_path: Path, hour: str, share: float) -> None:
    """Where everybody leaves an hour before the next newsletter, the exits seem to be of that one."""
    sent = [event(f"p{n}", "sent", day) for n in range(30) for day in (2, 7, 12)]
    left = [(f"p{n}", "unsubscribed", f"2026-03-07T{hour}:00:00Z", "harbor", "", "", "", "") for n in range(30)]
    assert odd(tmp_path, *sent, *left).outcomes_ahead == share
    assert odd(tmp_path, *sent, *left[:5]).outcomes_ahead == 0.0


KINDS = ("unsubscribed", "complained")


@pytest.mark.parametrize("kinds", [KINDS[:1], KINDS, KINDS[::-1]])
def test_an_exit_need_not_name_its_message(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    """An exit that names no campaign is the latest message's doing although others name theirs, whatever is asked."""
    sent = [event(person, "sent", 2, "spring") for person in ("ann", "bob")]
    left = [event("ann", "unsubscribed", 3, "spring"), event("bob", "unsubscribed", 3)]
    assert read(tmp_path, *sent, *left, outcome=Outcome(kinds, 7 * DAY)).result.tolist() == [True, True]


def test_each_kind_of_answer_goes_by_its_own_rule(tmp_path: Path) -> None:
    """Openings that name no campaign count where none does, though clicks name theirs; a purchase goes by its goods."""
    sent = [event(person, "sent", 2, "spring", creative="b") for person in ("ann", "bob", "cid", "dan", "eve")]
    answers = [
        event("ann", "clicked", 3, "spring"),
        event("bob", "clicked", 3),
        event("cid", "opened", 3),
        event("dan", "purchased", 3, category="home/beds"),
        event("eve", "purchased", 3, category="home/lamps"),
    ]
    found = {
        kinds: read(tmp_path, *sent, *answers, outcome=Outcome(kinds, 7 * DAY), campaigns=(CAMPAIGN,)).result.tolist()
        for kinds in (("clicked", "opened"), ("clicked", "purchased"), ("purchased", "clicked"))
    }
    assert found["clicked", "opened"] == [True, False, True, False, False]
    assert found["clicked", "purchased"] == found["purchased", "clicked"] == [True, False, False, True, False]


def test_what_a_later_message_did_is_not_held_against_an_earlier_one(tmp_path: Path) -> None:
    """A message too late for a row of its own, or after the period, still takes the exit that followed it."""
    late = [event("ann", "sent", 22), event("ann", "sent", 26), event("ann", "unsubscribed", 27)]
    assert read(tmp_path, *late).result.tolist() == [False]
    cut = [event("ann", "sent", 2), event("ann", "sent", 4), event("ann", "unsubscribed", 5)]
    assert read(tmp_path, *cut, period=Period(0.0, 1_772_582_400.0)).result.tolist() == [False]  # 2026-03-04


def test_an_outcome_must_make_sense() -> None:
    """Leaving and answering are not one thing, and nothing happens in no time."""
    with pytest.raises(InputError, match="`unsubscribed` and `clicked` cannot be one outcome"):
        Outcome(("unsubscribed", "clicked"), DAY)
    with pytest.raises(InputError, match="window after a message is empty"):
        Outcome(LEAVING, 0.0)
