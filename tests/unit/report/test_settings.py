"""A policy in words."""

from __future__ import annotations

from sendgate.gates.frequency import Frequency
from sendgate.gates.holdout import Holdout
from sendgate.gates.intent import Intent
from sendgate.gates.just_bought import JustBought
from sendgate.gates.moment import Moment
from sendgate.gates.quiet_hours import QuietHours
from sendgate.gates.relevance import Relevance
from sendgate.model.campaigns import Family
from sendgate.model.decisions import Mode
from sendgate.policy.policy import Policy
from sendgate.report.settings import in_words


def settings(gate) -> dict[str, tuple[str, bool]]:
    """Give the settings of one gate by name."""
    (told,) = in_words(Policy(Family("x"), (gate,)))
    return {setting.name: (setting.lines, setting.chosen) for setting in told.settings}


def test_settings_are_told_as_people_write_them() -> None:
    """Durations with their unit, times of day, and a line for whatever has settings of its own."""
    assert settings(Moment.of({"after_purchase": "3d"})) == {
        "after_purchase": (("3d",), True), "after_return": (("7d",), False), "after_complaint": (("30d",), False),
    }  # fmt: skip
    hours = settings(QuietHours.of({"from": "21:00", "to": "8:05"}))
    assert (hours["from"], hours["to"]) == ((("21:00",), True), (("8:05",), True))
    caps = [{"limit": 3, "per": "7d"}, {"limit": 1, "per": "1d", "within": "brand_channel"}]
    assert settings(Frequency.of({"caps": caps}))["caps"][0] == (
        "limit 3, per 7d, within family", "limit 1, per 1d, within brand channel"
    )  # fmt: skip
    assert settings(Relevance())["signs"][0][:2] == (
        "viewed: weight 1, half life 30d",
        "searched: weight 2, half life 30d",
    )
    assert settings(Intent())["weights"][0] == ("viewed 1, searched 2, carted 3",)


def test_modes_say_what_is_off_and_why() -> None:
    """A gate without its choice is off, too."""
    gates = (Moment(mode=Mode.OBSERVE), Moment(mode=Mode.OFF), Holdout())
    assert [gate.mode for gate in in_words(Policy(Family("x"), gates))] == ["observe", "off", "off, needs settings"]


def test_a_long_list_is_not_told_to_its_end() -> None:
    """It may have tens of thousands of items."""
    told = settings(JustBought(repeatable=tuple(f"c{at}" for at in range(5000))))["repeatable"][0][0]
    assert told.endswith(", 4,980 more")
    assert len(told) < 200
