"""Settings from a command line."""

from __future__ import annotations

import pytest

from sendgate.errors import ConfigurationError, Mistake
from sendgate.policy.files import load, load_changed
from sendgate.policy.overrides import Override, parse_all, value_at
from sendgate.policy.review import Review
from sendgate.policy.sweep import sweep, told_once
from sendgate.policy.yaml_reader import read_document


def changed(example, *written: str):
    """Give campaign and policy of the example with some settings changed."""
    return load_changed(example / "campaigns/duvets.yaml", example / "sendgate.yaml", parse_all(written))


def refused(example, *written: str) -> list[str]:
    """Give the mistakes in settings."""
    with pytest.raises(ConfigurationError) as found:
        changed(example, *written)
    return [str(mistake) for mistake in found.value.mistakes]


def test_a_setting_of_the_policy_is_changed_and_nothing_else(example) -> None:
    """A position in a list counts from 0."""
    campaign, (before,) = load(example / "campaigns/duvets.yaml", example / "sendgate.yaml")
    same, after = changed(example, "gates.frequency.caps.0.limit=2")
    assert [cap.limit for cap in after.gate("frequency").caps] == [2, 3]
    assert same == campaign
    assert [g for g in after.gates if g.name != "frequency"] == [g for g in before.gates if g.name != "frequency"]


def test_a_setting_of_the_campaign_is_changed(example) -> None:
    """Keys of the campaign are told from those of the policy by their name."""
    campaign, _ = changed(example, "offers.1.price=99.50", "purpose=relationship")
    assert (campaign.offers[1].price, campaign.purpose) == (99.5, "relationship")


def test_what_the_file_does_not_name_is_added(example) -> None:
    """Sections on the way are made, an entry may follow the last, and a gate's short form makes room."""
    _, policy = changed(
        example, "gates.holdout.share=0.1", "gates.frequency.caps.2={limit: 9, per: 30d}", "gates.relevance.mode=off",
        "gates.just_bought.repeatable=[food, home/candles]",
    )  # fmt: skip
    assert policy.gate("holdout").share == 0.1
    assert policy.gate("frequency").caps[2].per == "30d"
    assert policy.gate("just_bought").repeatable == ("food", "home/candles")


def test_a_gate_in_short_form_takes_settings(write, example) -> None:
    """``moment: off`` keeps its mode when something is set below it."""
    text = (example / "sendgate.yaml").read_text().replace("moment: {after_purchase: 3d}", "moment: off")
    write("sendgate.yaml", text)
    _, policy = changed(example, "gates.moment.after_return=9d")
    assert (policy.gate("moment").mode, policy.gate("moment").after_return) == ("off", "9d")


@pytest.mark.parametrize(
    ("mode", "meant"), [("enforce", "enforce"), ("on", "enforce"), ("observe", "observe"), ("off", "off")]
)
def test_a_mode_alone_keeps_the_settings_of_a_gate(example, mode: str, meant: str) -> None:
    """What is asked is what happens if the gate as it stands were enforced, and not the gate with its defaults."""
    _, policy = changed(example, f"gates.balance={mode}")
    assert (policy.gate("balance").mode, policy.gate("balance").unanswered) == (meant, 8)


def test_settings_in_place_of_a_gate_replace_it(example) -> None:
    """A mapping says everything, and so do the defaults that an empty one asks for."""
    _, policy = changed(example, "gates.balance={mode: enforce}", "gates.moment={}", "gates.fit=observe")
    assert (policy.gate("balance").mode, policy.gate("balance").unanswered) == ("enforce", 6)
    assert policy.gate("moment").after_purchase == "2d"
    assert policy.gate("fit").mode == "observe"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("gates.frequency.caps.0.limit=two", "`limit` must be a whole number, at least 0, not `two`"),
        ("gates.frequency.caps.0.limt=2", "unknown key `limt` (did you mean `limit`?)"),
        ("gates.frequency.caps.2.limit=2", "`caps` has no entry 2: `caps` has 2 entries, counted from 0"),
        ("gates.frequency.caps.first=2", "`caps` is a list, and `first` is not a position in it"),
        ("gates.frequncy.caps.0.limit=2", "unknown gate `frequncy` (did you mean `frequency`?)"),
        ("gates.frequency.cap.0.limit=2", "unknown key `cap` (did you mean `caps`?)"),
        ("gates.holdout.share=2", "`share` must be a number, at least 0, at most 1, not `2`"),
        ("gates.holdout.share.0=2", "`share` has no entry 0: it is empty"),
        ("gates.relevance.signs.vewed.weight=2", "unknown key `vewed` (did you mean `viewed`?)"),
        ("gates.moment.after_purchase.x=2", "`after_purchase` is `3d`: nothing lies below it"),
        ("gates.just_bought.repeatable=[food", "this is not YAML"),
        ("gates.quiet_hours.from=", "quiet hours need both `from` and `to`"),
        ("gates.recognition.from_tier=gld", "`gld` is not a tier of the family (did you mean `gold`?)"),
        ("offers.9.price=2", "`offers` has no entry 9: `offers` has 2 entries"),
        ("brand=harbr", "`harbr` is not a brand of the family (did you mean `harbor`?)"),
        ("frequency.caps=1", "unknown key `frequency`"),
        ("frequency.caps=1", "did you mean `gates.frequency`?"),
        ("gate.fit=off", "did you mean `gates`?"),
        ("gates.fit", "expected a setting and a value"),
        ("=3", "expected a setting and a value"),
    ],
)
def test_a_wrong_setting_is_told_as_in_a_file(example, written: str, said: str) -> None:
    """In the loader's own words, with the setting in place of file and line."""
    (mistake,) = refused(example, written)
    assert mistake.startswith(f"--set {written}: ")
    assert said in mistake


def test_all_wrong_settings_are_told_at_once(example) -> None:
    """Of policy and campaign together; the same one twice is a mistake."""
    told = refused(example, "gates.fit.unknown=maybe", "offers.0.price=-1", "gates.moment.after_return=soon")
    assert [line.partition(":")[0] for line in told] == [
        "--set gates.fit.unknown=maybe", "--set gates.moment.after_return=soon", "--set offers.0.price=-1",
    ]  # fmt: skip
    assert "set twice" in refused(example, "gates.fit=off", "gates.fit=on")[0]


def test_a_campaign_that_no_longer_suits_the_policy_is_the_fault_of_its_settings(example) -> None:
    """It names them all; it stood without any place."""
    (brand,) = refused(example, "family.brands={lumen: }")
    assert brand == "--set family.brands={lumen: }: `harbor` is not a brand of the family (expected one of `lumen`)"
    (tier,) = refused(example, "family.tiers=[a]", "gates.recognition.from_tier=a")
    assert tier.startswith("--set family.tiers=[a], --set gates.recognition.from_tier=a: `gold` is not a tier")


def test_a_mistake_that_policy_and_campaign_share_is_told_once(example) -> None:
    """Where a setting takes away what both name."""
    policy = example / "sendgate.yaml"
    policy.write_text(policy.read_text().replace("gates:\n", "gates:\n  recognition: {from_tier: gold}\n"))
    (tier,) = refused(example, "family.tiers=[a]")
    assert tier.startswith("--set family.tiers=[a]: `gold` is not a tier")


def test_mistakes_of_the_files_come_first(write, example) -> None:
    """A setting is judged on files that are right."""
    write("sendgate.yaml", (example / "sendgate.yaml").read_text() + "provder: x\n")
    (mistake,) = refused(example, "gates.fit=maybe")
    assert "sendgate.yaml:" in mistake
    assert "unknown key `provder`" in mistake


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ("0.5:2:0.5", ["0.5", "1.0", "1.5", "2.0"]),
        ("0.1:0.3:0.1", ["0.1", "0.2", "0.3"]),
        ("1d:7d:2d", ["1d", "3d", "5d", "7d"]),
        ("3:1:-1", ["3", "2", "1"]),
        ("1:2:3", ["1"]),
        ("off,observe, enforce,off", ["off", "observe", "enforce"]),
    ],
)
def test_values_are_a_range_or_a_list(values: str, texts: list[str]) -> None:
    """Ranges hold both ends where a step meets them, and add up without an error in the last digit."""
    assert [override.text for override in sweep("gates.relevance.at_least", values)] == texts


def test_a_time_of_day_is_no_range() -> None:
    """Neither alone nor in a list, where the setting is one."""
    assert [override.text for override in sweep("gates.quiet_hours.from", "20:00, 21:30")] == ["20:00", "21:30"]
    assert [override.text for override in sweep("gates.quiet_hours.from", "9:00")] == ["9:00"]


def test_what_is_wrong_with_every_value_is_told_once() -> None:
    """It is the setting that is wrong; what is wrong with one value names it."""
    told = [Mistake(f"a.b={value}", "unknown key `b`", in_file=False) for value in (1, 2, 3)]
    own = Mistake("a.b=2", "`b` must be odd", in_file=False)
    assert told_once([*told, own], "a.b") == [Mistake("a.b", "unknown key `b`", in_file=False), own]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("1:2", "from:to:step"),
        ("20:00", "from:to:step"),
        ("a:b:c", "from:to:step"),
        ("1:2:0", "steps of 0 never lead from 1 to 2"),
        ("1:2:-1", "steps of -1 never lead from 1 to 2"),
        ("1d:2d:1h", "a range has one unit"),
        ("0:1:0.001", "1001 values are too many: at most 200"),
        ("1,,2", "one is empty"),
        ("", "one is empty"),
    ],
)
def test_other_values_are_refused(values: str, said: str) -> None:
    """With what was expected."""
    with pytest.raises(ConfigurationError, match=said):
        sweep("gates.relevance.at_least", values)


def test_an_override_knows_its_file() -> None:
    """By its first key."""
    assert Override.parse("gates.fit=off").of_policy
    assert not Override.parse("offers.0.value=3").of_policy


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("gates.balance", ("observe", False)),
        ("gates.balance.unanswered", ("8", False)),
        ("gates.relevance", ("enforce", True)),
        ("gates.relevance.at_least", ("1", True)),
        ("gates.relevance.signs.viewed.weight", ("1", True)),
        ("gates.frequency.caps.1.limit", ("3", False)),
        ("gates.frequency.caps.1", ("{limit: 3, per: 7d, within: family}", False)),
        ("gates.just_bought.repeatable", ("[]", True)),
        ("gates.holdout.share", ("", True)),
        ("family.brands.harbor.shares_profile", ("true", True)),
        ("store", ("sqlite:///sendgate.db", False)),
    ],
)
def test_a_document_has_a_value_or_the_default(example, path: str, value: tuple[str, bool]) -> None:
    """As a file would have it; of a gate its mode; nothing where there is not even a default."""
    root = read_document(example / "sendgate.yaml", Review("sendgate.yaml"))
    assert root
    assert value_at(root, path.split(".")) == value


def test_a_gate_in_short_form_has_a_mode_and_defaults(write, example) -> None:
    """The mode stands in the file, and nothing else does."""
    text = (example / "sendgate.yaml").read_text().replace("moment: {after_purchase: 3d}", "moment: no")
    root = read_document(write("sendgate.yaml", text), Review("sendgate.yaml"))
    assert root
    assert value_at(root, ["gates", "moment"]) == ("off", False)
    assert value_at(root, ["gates", "moment", "after_purchase"]) == ("2d", True)
