from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.gates.frequency import Cap, Within
from sendgate.model.campaigns import Campaign, Channel, Condition, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.settings import seconds
from sendgate.model.times import DAY
from sendgate.policy.advice import _reached_before, offers_without_events, values_nobody_has
from sendgate.policy.files import check_folder

caps = st.builds(
    Cap, limit=st.integers(0, 4), per=st.sampled_from([1, 2, 7]).map(lambda d: f"{d}d"), within=st.sampled_from(Within)
)
sends = st.lists(st.tuples(st.floats(0, 10 * DAY), st.booleans(), st.booleans()), max_size=12)


def reached(cap: Cap, sent) -> bool:
    """Tell whether a cap is reached by (age, same brand, same channel) of messages."""
    counted = [
        age
        for age, same_brand, same_channel in sent
        if age < seconds(cap.per)
        and (same_brand or cap.within in {Within.FAMILY, Within.CHANNEL})
        and (same_channel or cap.within in {Within.FAMILY, Within.BRAND})
    ]
    return len(counted) >= cap.limit


@given(caps, caps, sends)
def test_a_cap_that_is_called_useless_never_decides(cap, other, sent):
    """Whenever it is reached, so is the other one."""
    if _reached_before(other, cap, earlier=True) and reached(cap, sent):
        assert reached(other, sent)


@given(caps, caps)
def test_of_two_caps_one_at_most_is_useless(one, other):
    """Taking the advice never removes both."""
    assert not (_reached_before(other, one, earlier=True) and _reached_before(one, other, earlier=False))


def campaign(*offers: Offer, fits: tuple[Condition, ...] = ()) -> Campaign:
    """Make a campaign."""
    return Campaign("spring", "harbor", Channel.EMAIL, Purpose.PROMOTIONAL, offers, fits=fits)


def test_offers_in_whose_categories_nothing_happens_are_named():
    """An event below the category or on a product counts; one above or beside it does not."""
    offers = (
        Offer("above", Assortment.of(["home"])),
        Offer("below", Assortment.of(["home/bedding/duvets/down"])),
        Offer("beside", Assortment.of(["home/bed"])),
        Offer("product", Assortment.of(["garden"], ["duvet"])),
        Offer("nothing"),
    )
    found = offers_without_events(campaign(*offers), {"home/bedding/duvets"}, {"duvet"}, "a.yaml")
    assert [(warning.message, warning.help) for warning in found] == [
        ("no event is in the category or on a product of offer `below`", "it speaks of `home/bedding/duvets/down`"),
        ("no event is in the category or on a product of offer `beside`", "it speaks of `home/bed`"),
    ]


def test_attributes_that_nobody_has_are_named_once():
    """Conditions and templates ask for attributes; each that is missing is one warning."""
    offer = Offer(
        "a", fits=(Condition("age", at_least=1), Condition("tier", is_="gold")), requires=("given_name", "age")
    )
    found = values_nobody_has(campaign(offer, fits=(Condition("city", is_="Rome"),)), {"tier"}, "a.yaml")
    assert [warning.message for warning in found] == [
        "no person has `city`",
        "no person has `age`",
        "no person has `given_name`",
    ]
    assert found[2].help == "the template of offer `a` asks for it"


def test_a_stricter_offer_first_hides_nothing(write, tmp_path):
    """An earlier offer that asks more of people leaves the later one a chance, and so does any other difference."""
    write("sendgate.yaml", "family: {name: H, brands: {harbor: }}\n")
    write(
        "campaigns/a.yaml",
        "name: a\nbrand: harbor\nchannel: email\npurpose: promotional\ncategory: home\noffers:\n"
        "  - {name: strict, fits: [{attribute: age, at_least: 18}]}\n  - {name: open}\n"
        "  - {name: gift, incentive: gift}\n  - {name: other-template, template: b.j2}\n",
    )
    assert check_folder(tmp_path).warnings == ()


@pytest.mark.parametrize(
    ("begin", "end", "warned"),
    [
        ("08:00", "21:00", True), ("09:00", "15:00", True), ("12:00", "18:00", True), ("21:00", "08:00", False),
        ("13:00", "16:00", False), ("11:00", "16:59", False), ("12:01", "23:00", False), ("00:00", "13:00", False),
    ],
)  # fmt: skip
def test_quiet_hours_by_day_are_named(write, tmp_path, begin, end, warned):
    """A night, a siesta and an evening are meant; the working day is mostly written the wrong way round."""
    hours = f"{{from: '{begin}', to: '{end}'}}"
    write("sendgate.yaml", f"family: {{name: H, brands: {{h: }}}}\ngates: {{quiet_hours: {hours}}}\n")
    found = [warning.message for warning in check_folder(tmp_path).warnings]
    assert any(message.startswith("quiet hours are by day") for message in found) is warned


@pytest.mark.parametrize(
    ("provider", "way_out", "purpose", "warned"),
    [
        ("smtp://mail.h.example", "", "promotional", True),
        ("{email: 'ses://eu-west-1'}", "", "service", True),
        ("smtp://mail.h.example", "", "transactional", False),
        ("smtp://mail.h.example", "unsubscribe_mailto: a@h.example", "promotional", False),
        ("outbox://outbox", "", "promotional", False),
        ("{sms: 'sns://eu-west-1'}", "", "promotional", False),
    ],
)
def test_marketing_mail_without_a_way_out_is_named(write, tmp_path, provider, way_out, purpose, warned):
    """Only where it leaves the house: an outbox is for trying."""
    write("sendgate.yaml", f"family: {{name: H, brands: {{h: {{{way_out}}}}}}}\nprovider: {provider}\n")
    offers = "offers: [{name: a, category: home}]"
    write("campaigns/a.yaml", f"{{name: a, brand: h, channel: email, purpose: {purpose}, {offers}}}\n")
    found = [warning.message for warning in check_folder(tmp_path).warnings]
    assert ("nobody can unsubscribe from mail of brand `h`" in found) is warned


@pytest.mark.parametrize(
    ("fits", "nobody"),
    [
        ("{is: 5, at_least: 7}", True),
        ("{is: 7, at_least: 7}", False),
        ("{is: 5}, {at_most: 4}", True),
        ("{any_of: [3], not: 3}", True),
        ("{any_of: [3, 4], not: 3}", False),
        ("{any_of: [3, 4]}, {any_of: [4, 5]}", False),
        ("{any_of: [3, 4]}, {any_of: [5, 6]}", True),
        ("{any_of: [3, 4]}, {not: [3, 4]}", True),
        ("{any_of: [3, 9], at_least: 4, at_most: 8}", True),
        ("{is: 3, any_of: [3, 4]}", False),
        ("{is: red, any_of: [green]}", True),
        ("{is: red, not: green}", False),
        ("{is: '5.0'}, {is: 5}", False),
        ("{is: true}, {is: 1}", False),
        ("{is: true}, {is: 'yes'}", False),
        ("{is: true}, {is: 'no'}", True),
        ("{is: true}, {is: false}", True),
        ("{at_least: 5, at_most: 5, not: 5}", True),
        ("{at_least: 5, at_most: 6, not: 5}", False),
        ("{is: red}, {at_least: 7}", False),
    ],
)
def test_conditions_that_exclude_each_other_are_named(write, tmp_path, fits, nobody):
    """Each of the values that are asked for is kept out by another test; of a word, ``at_least`` knows nothing."""
    write("sendgate.yaml", "family: {name: H, brands: {h: }}\n")
    conditions = fits.replace("{", "{attribute: age, ")
    offers = f"offers: [{{name: a, category: home, fits: [{conditions}]}}]"
    write("campaigns/a.yaml", f"{{name: a, brand: h, channel: email, purpose: promotional, {offers}}}\n")
    folder = check_folder(tmp_path)
    assert not folder.mistakes
    message = "offer `a` fits nobody: the conditions on `age` exclude each other"
    assert (message in [warning.message for warning in folder.warnings]) is nobody


def test_a_flag_does_not_hide_a_number(write, tmp_path):
    """To Python true is 1: an offer for 1 is not one for yes."""
    write("sendgate.yaml", "family: {name: H, brands: {h: }}\n")
    offers = ", ".join(f"{{name: {x}, category: home, fits: [{{attribute: age, is: {x}}}]}}" for x in ("true", "1"))
    write("campaigns/a.yaml", f"{{name: a, brand: h, channel: email, purpose: promotional, offers: [{offers}]}}\n")
    assert check_folder(tmp_path).warnings == ()
