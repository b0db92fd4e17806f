from __future__ import annotations

import gzip

import pytest

from sendgate.model.campaigns import Channel, Condition, Incentive, Purpose
from sendgate.model.categories import Assortment
from sendgate.policy.files import load_campaign, load_policy


def test_the_example_becomes_a_campaign(example):
    """Every value of the reference's example arrives."""
    campaign = load_campaign(example / "campaigns/duvets.yaml", load_policy(example / "sendgate.yaml"))
    assert (campaign.name, campaign.brand, campaign.channel) == ("spring-duvets", "harbor", Channel.EMAIL)
    assert (campaign.purpose, campaign.category) == (Purpose.PROMOTIONAL, "home/bedding")
    assert campaign.fits == (Condition("youngest_child_age", at_most=12.0),)
    first, second = campaign.offers
    assert first.assortment == Assortment.of(["home/bedding/duvets"], ["duvet-dusty-rose"])
    assert (first.price, first.incentive, first.recognises) == (129.0, Incentive.EARLY_ACCESS, "gold")
    assert (first.creative, first.template, first.product) == ("duvet-hero-a", "duvets.j2", "duvet-dusty-rose")
    assert (second.price, second.incentive, second.recognises) == (None, Incentive.PERCENT_OFF, "")


def test_an_offer_without_goods_takes_those_of_the_campaign(campaign_of):
    """Category and products of the campaign hold where the offer names neither."""
    campaign = campaign_of("category: home\nproducts: [a, b]\noffers: [{name: x}, {name: y, product: c}]\n")
    assert campaign.offers[0].assortment == Assortment.of(["home"], ["a", "b"])
    assert campaign.offers[1].assortment == Assortment.of([], ["c"])


def test_a_thank_you_speaks_of_nothing(campaign_of):
    """Neither offer nor campaign needs a category."""
    assert campaign_of("offers: [{name: thanks}]\n").offers[0].assortment.empty


def test_categories_are_normalised(campaign_of):
    """Slashes and blanks too many do not make another category."""
    campaign = campaign_of("categories: [/home / bedding/, home/bedding]\noffers: [{name: x}]\n")
    assert campaign.offers[0].assortment.categories == ("home/bedding",)
    assert campaign.category == "home/bedding"


def test_products_that_look_like_numbers_keep_their_zeros(campaign_of):
    """An article number is text."""
    campaign = campaign_of("offers: [{name: x, products: [00123, 7.0, on, 2026-03-04]}]\n")
    assert campaign.offers[0].assortment.products == ("00123", "2026-03-04", "7.0", "on")


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("is: 12", Condition("x", is_=12.0)),
        ("is: '12'", Condition("x", is_="12")),
        ("is: true", Condition("x", is_=True)),
        ("is: no", Condition("x", is_="no")),
        ("is: 01234", Condition("x", is_="01234")),
        ("any_of: [gold, 3, false]", Condition("x", any_of=("gold", 3.0, False))),
        ("not: gold", Condition("x", not_=("gold",))),
        ("not: [gold, 3]", Condition("x", not_=("gold", 3.0))),
        ("at_least: 1, at_most: 1", Condition("x", at_least=1.0, at_most=1.0)),
    ],
)
def test_conditions_keep_numbers_flags_and_texts_apart(campaign_of, written, condition):
    """Unquoted numbers are compared as numbers, quoted ones as text."""
    (found,) = campaign_of(f"fits: [{{attribute: x, {written}}}]\noffers: [{{name: a}}]\n").fits
    assert found == condition
    assert [type(v) for v in (found.is_, *found.any_of)] == [type(v) for v in (condition.is_, *condition.any_of)]


@pytest.mark.parametrize(
    "content",
    [
        b"product\nduvet\npillow\n",
        b"\xef\xbb\xbfProduct\r\nduvet\r\n\r\npillow\r\nduvet\r\n",
        b'name;product\n"a;b";duvet\nc;pillow\n',
        b"PRODUCT \nduvet\npillow",
        b"sku\nduvet\npillow",
        b"product\tprice\n duvet \t1\npillow\t2\n",
    ],
)
def test_products_come_from_a_file_beside_the_campaign(write, campaign_of, content):
    """The column is called product or is the only one; its case, the delimiter, BOM and line ends do not matter."""
    write("campaigns/lists/goods.csv", content)
    campaign = campaign_of("offers: [{name: x, products: {file: lists/goods.csv}}]\n")
    assert campaign.offers[0].assortment.products == ("duvet", "pillow")


def test_long_lists_may_be_compressed(write, campaign_of):
    """Fifty thousand categories come from a .csv.gz file, normalised."""
    rows = "\n".join(f"home/{n}/" for n in range(50_000))
    write("campaigns/goods.csv.gz", gzip.compress(f"category\n{rows}\n".encode()))
    campaign = campaign_of("categories: {file: goods.csv.gz}\noffers: [{name: x}]\n")
    assert len(campaign.offers[0].assortment.categories) == 50_000
    assert "home/7" in campaign.offers[0].assortment.category_set


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("goods.csv.gz", b"product\nduvet\n", "cannot be read: not a gzipped file"),
        ("goods.csv.gz", gzip.compress(b"product\nduvet\n", mtime=0)[:-9], "cannot be read: compressed file ended"),
        ("goods.csv", b"product\nduv\x00et\n", "goods.csv:2: a product is expected here"),
        ("goods.csv", b"product,product\na,b\n", "goods.csv:1: column `product` is there twice"),
        ("goods.csv", b"product\n" + b"x" * 200_000, "goods.csv:2: this is not CSV: field larger than"),
    ],
)
def test_a_bad_list_is_a_mistake_at_its_place(write, campaign_of, mistakes_in, name, content, said):
    """A list that is not what its name says stops the campaign."""
    write(f"campaigns/{name}", content)
    (mistake,) = mistakes_in(campaign_of, f"offers: [{{name: x, products: {{file: {name}}}}}]\n")
    assert said in mistake


def test_everything_wrong_with_an_offer_is_said_at_once(write, campaign_of, mistakes_in):
    """A bad list, a bad name and a bad number do not hide each other."""
    offers = "offers: [{name: a}, {name: a, recognises: glod, price: x, products: {file: no.csv}, category: [b]}]\n"
    found = mistakes_in(campaign_of, offers)
    assert [mistake.split(": ", 1)[1].split(" (")[0] for mistake in found] == [
        "there are two offers named `a`",
        "`glod` is not a tier of the family",
        "`price` must be a number, at least 0, not `x`",
        "the file `no.csv` cannot be read: no such file",
        "`category` must be text, not a list",
    ]
