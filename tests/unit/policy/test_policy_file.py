from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import pytest

from sendgate import catalog
from sendgate.catalog import gate_classes
from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.errors import ConfigurationError
from sendgate.facts.arithmetic import Value
from sendgate.gate import Ask, Gate, Rule, Scope
from sendgate.model.campaigns import Campaign, Family
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.times import DAY
from sendgate.policy.files import load_policy
from sendgate.policy.policy import Policy


def test_the_example_becomes_a_policy(example):
    """Family, brands, tiers and gates of the reference's example are what it says."""
    policy = load_policy(example / "sendgate.yaml")
    assert policy.family.name == "Harbor Home Group"
    assert list(policy.family.brands) == ["harbor", "harbor-kids", "lumen"]
    assert policy.family.brands["harbor"].sender == "Harbor Home <hello@harbor.example>"
    assert [brand.shares_profile for brand in policy.family.brands.values()] == [True, True, False]
    assert policy.family.tiers == ("member", "silver", "gold")
    assert policy.gate("moment").after_purchase == "3d"
    assert policy.gate("balance").mode is Mode.OBSERVE
    assert policy.gate("quiet_hours").start == 21 * 60
    assert [cap.limit for cap in policy.gate("frequency").caps] == [1, 3]


def test_all_gates_are_there_in_order_whether_named_or_not(policy_of):
    """The order of the file does not matter, and what is not named has its defaults."""
    policy = policy_of("gates: {holdout: {share: 0.1}, permission: {basis: opt_out}}\n")
    assert [gate.name for gate in policy.gates] == list(gate_classes())
    assert policy.gate("moment") == gate_classes()["moment"]()
    assert policy.gate("holdout").share == 0.1


def test_defaults_of_a_small_policy(policy_of):
    """A brand without settings is called by its key; store and provider are local."""
    policy = policy_of()
    brand = policy.family.brands["harbor"]
    assert (brand.name, brand.sender, brand.shares_profile) == ("harbor", "", True)
    assert (brand.unsubscribe_url, brand.unsubscribe_mailto) == ("", "")
    assert policy.store == "sqlite:///sendgate.db"
    assert set(policy.providers.values()) == {"outbox://outbox"}


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("off", Mode.OFF),
        ("false", Mode.OFF),
        ("no", Mode.OFF),
        ("{mode: off}", Mode.OFF),
        ("{mode: Off }", None),
        ("observe", Mode.OBSERVE),
        ("on", Mode.ENFORCE),
        ("", Mode.ENFORCE),
        ("{}", Mode.ENFORCE),
    ],
)
def test_a_gate_is_switched_by_one_word(policy_of, mistakes_in, written, mode):
    """``off`` is the mode off, in whatever way people write it; modes in a mapping are exact."""
    more = f"gates:\n  moment: {written}\n"
    if mode is None:
        assert "did you mean `off`?" in mistakes_in(policy_of, more)[0]
    else:
        assert policy_of(more).gate("moment").mode is mode


@pytest.mark.parametrize(
    "hours", ["{from: 21:00, to: 8:00}", '{from: "21:00", to: "08:00"}', "{from: 21:00, to: 08:00}"]
)
def test_hours_need_no_quotes(policy_of, hours):
    """``21:00`` is nine in the evening and not 1260."""
    gate = policy_of(f"gates: {{quiet_hours: {hours}}}\n").gate("quiet_hours")
    assert (gate.start, gate.end) == (21 * 60, 8 * 60)


def test_names_that_look_like_flags_and_numbers_are_names(write):
    """A brand may be called ``no`` and a tier ``1``."""
    text = "family: {name: 2026, brands: {no: {name: on}, 1e3: }, tiers: [1, 2.0, null-tier]}\n"
    family = load_policy(write("sendgate.yaml", text)).family
    assert family.name == "2026"
    assert {key: brand.name for key, brand in family.brands.items()} == {"no": "on", "1e3": "1e3"}
    assert family.tiers == ("1", "2.0", "null-tier")


@pytest.mark.parametrize(
    "sender",
    [
        "hello@harbor.example",
        "Harbor Home <hello@harbor.example>",
        '"Harbor, Home" <hello@harbor.example>',
        "Härbor <grüße@härbor.example>",
        "Harbor Inc. & Söhne <hello@harbor.example>",
        "a+b.c@sub.harbor.test",
    ],
)
def test_mailboxes_are_senders(policy_of, write, sender):
    """A bare address, one with a name, and those beyond ASCII are mailboxes."""
    path = write("sendgate.yaml", f"family: {{name: H, brands: {{h: {{sender: '{sender}'}}}}}}\n")
    assert load_policy(path).family.brands["h"].sender == sender


@pytest.mark.parametrize(
    "sender",
    [
        "hello",
        "@harbor.example",
        "Harbor hello@harbor.example",
        "Harbor <hello@harbor.example",
        "hello@harbor.example>",
        "hello@harbor",
        "Harbor, Home <hello@harbor.example>",
        "a..b@harbor.example",
        "a@b.example, c@d.example",
        "Harbor\\r\\nBcc: x@y.example <hello@harbor.example>",
    ],
)
def test_other_texts_are_not(write, mistakes_in, sender):
    """What a mail server would refuse, or take for a second header, is a mistake."""
    path = write("sendgate.yaml", f'family: {{name: H, brands: {{h: {{sender: "{sender}"}}}}}}\n')
    (mistake,) = mistakes_in(load_policy, path)
    assert mistake.startswith("sendgate.yaml:1:40: `sender` cannot be ")
    assert "expected a mailbox such as" in mistake


@pytest.mark.parametrize("number", ["true", "nan", "inf", ".inf", "'1,5'", "half", "[0.5]", "''"])
def test_a_number_is_a_number(policy_of, mistakes_in, number):
    """A share is not a flag, not infinite, and has a point and no comma."""
    (mistake,) = mistakes_in(policy_of, f"gates: {{holdout: {{share: {number}}}}}\n")
    assert "`share` must be" in mistake


def test_a_duration_needs_its_unit(policy_of, mistakes_in):
    """Seven could be hours or days: a number alone is a mistake."""
    (mistake,) = mistakes_in(policy_of, "gates: {moment: {after_purchase: 7}}\n")
    assert mistake == (
        "sendgate.yaml:5:34: `after_purchase` cannot be `7`: expected a number and a unit, such as 90m, 12h, 7d or 2w"
    )


def test_a_duration_from_a_page_is_one(policy_of):
    """Pages put a no-break space before the unit."""
    policy = policy_of('gates: {moment: {after_purchase: "3\\_d"}}\nsending: {give_up_after: 7\N{NO-BREAK SPACE}d}\n')
    assert policy.gate("moment").after_purchase == "3\N{NO-BREAK SPACE}d"
    assert policy.sending.give_up_after == 7 * DAY


def test_a_duration_without_end_is_a_mistake(policy_of, mistakes_in):
    """Nobody waits for centuries: a time plus a duration must stay a time."""
    (mistake,) = mistakes_in(policy_of, "gates: {moment: {after_purchase: 9999999d}}\n")
    assert mistake == "sendgate.yaml:5:34: `after_purchase` cannot be `9999999d`: expected at most 99999d"


@pytest.mark.parametrize("path", ["/", "", " ", " / "])
def test_what_is_bought_again_has_a_name(policy_of, mistakes_in, path):
    """An empty path, under which whatever has no category would lie, is no category path."""
    (mistake,) = mistakes_in(policy_of, f'gates: {{just_bought: {{repeatable: [food, "{path}"]}}}}\n')
    assert mistake.startswith("sendgate.yaml:5:42: entry 2 of `repeatable`")
    assert mistake.endswith(": expected a category path, such as home/bedding")


class Weather(Gate):
    """A gate of another package, with a setting that has no default."""

    name: ClassVar[str] = "weather"
    city: str
    degrees: int = 20

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        return ()


@pytest.fixture
def weather(monkeypatch):
    """Install one more gate."""
    classes = {**gate_classes(), "weather": Weather}
    monkeypatch.setattr(catalog, "gate_classes", lambda: classes)


@pytest.mark.usefixtures("weather")
def test_an_installed_gate_has_its_settings_in_the_policy(policy_of):
    """Settings of other packages' gates are read like ours."""
    gate = policy_of("gates: {weather: {city: 1020, degrees: 25}}\n").gate("weather")
    assert (gate.city, gate.degrees) == ("1020", 25)


@pytest.mark.usefixtures("weather")
def test_an_installed_gate_that_must_be_set_says_so(policy_of, mistakes_in):
    """Without a default there is no guess."""
    for settings in ("", "on", "{}"):
        assert mistakes_in(policy_of, f"gates: {{weather: {settings}}}\n") == ["sendgate.yaml:5:9: `city` is missing"]


@pytest.mark.usefixtures("weather")
def test_an_installed_gate_runs_where_the_policy_names_it(policy_of):
    """What a policy decides does not depend on what happens to be installed."""
    assert "weather" not in [gate.name for gate in policy_of("gates: {moment: off}\n").gates]


class Hesitant(Weather):
    """A gate that would let a message wait for an offer, where its settings say so."""

    name: ClassVar[str] = "hesitant"
    scopes: ClassVar[frozenset[Scope]] = frozenset(Scope)
    city: str = "Wien"
    then: Literal["drop", "defer"] = "drop"

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.then)


def test_a_gate_that_defers_for_an_offer_is_refused(policy_of, mistakes_in, monkeypatch):
    """Who waits, and until when, is a matter of the person; such a gate would be heard differently by each regime."""
    classes = {**gate_classes(), "hesitant": Hesitant}
    monkeypatch.setattr(catalog, "gate_classes", lambda: classes)
    assert policy_of("gates: {hesitant: on}\n").gate("hesitant").then == "drop"
    (mistake,) = mistakes_in(policy_of, "gates: {hesitant: {then: defer}}\n")
    assert mistake.startswith("sendgate.yaml:5:9: gate `hesitant` cannot be used: it defers and is asked about offers")
    plan = Plan(
        Policy(Family("Harbor"), (Hesitant(then="defer"),)), Campaign("spring", "harbor", "email", "service", ())
    )
    with pytest.raises(ConfigurationError, match=r"^gate `hesitant`: it defers and is asked about offers"):
        Decider(plan)


def test_a_provider_carries_all_channels_or_each_has_its_own(policy_of):
    """One address is for every channel; of a mapping, a channel that is not named stays in the outbox."""
    assert set(policy_of("provider: smtp://localhost:25\n").providers.values()) == {"smtp://localhost:25"}
    policy = policy_of("provider: {email: ses://eu-west-1, sms: sns://eu-west-1}\n")
    assert [*policy.providers.items()] == [
        ("email", "ses://eu-west-1"),
        ("sms", "sns://eu-west-1"),
        ("push", "outbox://outbox"),
    ]


@pytest.mark.parametrize(
    ("provider", "mistake"),
    [
        ("{mail: ses://eu-west-1}", "5:12: unknown key `mail` (did you mean `email`?)"),
        ("{email: ses}", "5:19: `email` cannot be `ses`: expected a kind and a place"),
        ("ses", "5:11: `provider` cannot be `ses`: expected a kind and a place"),
        ("[ses://eu-west-1]", "5:11: `provider` must be text or a mapping, not a list"),
    ],
)
def test_other_providers_are_mistakes(policy_of, mistakes_in, provider, mistake):
    """What is neither a place nor a mapping of channels to places is told with what was expected."""
    (found,) = mistakes_in(policy_of, f"provider: {provider}\n")
    assert found.startswith(f"sendgate.yaml:{mistake}")


def test_a_brand_has_the_ways_out_of_the_family_unless_it_has_its_own(write):
    """The page of the family is for all brands; a brand with a way of its own has only that."""
    text = """
family:
  name: H
  unsubscribe_url: https://h.example/leave
  unsubscribe_mailto: leave@h.example
  brands:
    harbor:
    lumen: {unsubscribe_url: "https://lumen.example/leave?lang=en"}
"""
    brands = load_policy(write("sendgate.yaml", text)).family.brands
    assert (brands["harbor"].unsubscribe_url, brands["harbor"].unsubscribe_mailto) == (
        "https://h.example/leave",
        "leave@h.example",
    )
    assert (brands["lumen"].unsubscribe_url, brands["lumen"].unsubscribe_mailto) == (
        "https://lumen.example/leave?lang=en",
        "",
    )


@pytest.mark.parametrize(
    "page",
    [
        "http://harbor.example/leave",
        "https:///leave",
        "https://harbor.example/leave#here",
        "https://harbor.example/a b",
        "https://harbor.example/<b>",
        "https://bank.example@harbor.example/",
        "https://harbor.example:port/",
        "https://härbor.example/",
        "https://harbor.example/\\r\\nBcc:x",
        "mailto:leave@harbor.example",
        "leave",
    ],
)
def test_a_page_to_leave_is_https(write, mistakes_in, page):
    """What RFC 8058 does not allow, or would end the header that it stands in, is a mistake."""
    path = write("sendgate.yaml", f'family: {{name: H, unsubscribe_url: "{page}", brands: {{h: }}}}\n')
    (mistake,) = mistakes_in(load_policy, path)
    assert "`unsubscribe_url` cannot be " in mistake
    assert "expected an https page" in mistake


@pytest.mark.parametrize(
    "address", ["leave", "Leave <leave@h.example>", "a@b@c.example", "l@h.example?bcc=x", "ä@h.example"]
)
def test_a_mailbox_to_leave_is_a_plain_address(write, mistakes_in, address):
    """It stands in a link, where everything else would mean something."""
    path = write("sendgate.yaml", f'family: {{name: H, brands: {{h: {{unsubscribe_mailto: "{address}"}}}}}}\n')
    (mistake,) = mistakes_in(load_policy, path)
    assert "expected a plain address" in mistake
