"""A campaign file as people write it, and the campaign that it becomes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from sendgate.model.campaigns import Campaign, Channel, Condition, Incentive, Offer, Purpose
from sendgate.model.categories import Assortment, normalise
from sendgate.model.settings import CategoryPath, Currency, NotNegative, Number, Settings, Text
from sendgate.policy.document import Node
from sendgate.policy.goods_list import Goods, read_goods
from sendgate.policy.reading import read
from sendgate.policy.review import Review

_GOODS = ("category", "categories", "product", "products")


class FileSection(Settings, frozen=True):
    """A list that stands in a file of its own."""

    file: Annotated[Text, Meta(description="a CSV file with a header, relative to the campaign file")]


Value = str | float | bool
"""What an attribute is compared with; whether a text is meant as a number or flag, its node knows."""

Names = Annotated[list[Text], Meta(min_length=1)]
Paths = Annotated[list[CategoryPath], Meta(min_length=1)]


class ConditionSection(Settings, frozen=True):
    """What an attribute of the person must be; all that is set must hold."""

    attribute: Annotated[Text, Meta(description="the column of the people file")]
    is_: Annotated[Value | None, Meta(description="it must be this")] = field(name="is", default=None)
    any_of: Annotated[
        Annotated[list[Value], Meta(min_length=1)] | None, Meta(description="it must be one of these")
    ] = None
    at_least: Annotated[Number | None, Meta(description="it must be a number, this or more")] = None
    at_most: Annotated[Number | None, Meta(description="it must be a number, this or less")] = None
    not_: Annotated[Value | list[Value] | None, Meta(description="it must not be this, or none of these")] = field(
        name="not", default=None
    )

    def __post_init__(self) -> None:
        """Refuse a condition that says nothing, or that nothing meets."""
        if all(test is None for test in (self.is_, self.any_of, self.at_least, self.at_most, self.not_)):
            raise ValueError("a condition needs one of `is`, `any_of`, `at_least`, `at_most`, `not`")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least:g} and at most {self.at_most:g}")

    def condition(self, node: Node) -> Condition:
        """Give it as a value."""
        refused = node["not"].items or [node["not"]] * (self.not_ is not None)
        return Condition(
            self.attribute,
            is_=None if self.is_ is None else node["is"].meant,
            any_of=tuple(item.meant for item in node["any_of"].items),
            at_least=self.at_least,
            at_most=self.at_most,
            not_=tuple(item.meant for item in refused),
        )


class GoodsSection(Settings, frozen=True, kw_only=True):
    """What is spoken of, and for whom it is."""

    category: Annotated[
        CategoryPath | None, Meta(description="a category path", extra={"help": "several belong under `categories`"})
    ] = None
    categories: Annotated[
        Paths | FileSection | None,
        Meta(
            description="several category paths, or a file of them",
            extra={"help": "one alone belongs under `category`"},
        ),
    ] = None
    product: Annotated[
        Text | None, Meta(description="a product", extra={"help": "several belong under `products`"})
    ] = None
    products: Annotated[
        Names | FileSection | None,
        Meta(description="several products, or a file of them", extra={"help": "one alone belongs under `product`"}),
    ] = None
    fits: Annotated[
        tuple[ConditionSection, ...], Meta(description="what must be true of a person for it to fit; all must hold")
    ] = ()

    def conditions(self, node: Node) -> tuple[Condition, ...]:
        """Give the conditions as values."""
        return tuple(section.condition(item) for section, item in zip(self.fits, node["fits"].items, strict=True))


class OfferSection(GoodsSection, frozen=True, kw_only=True):
    """One way of saying it. Without category and product it speaks of what the campaign speaks of."""

    name: Annotated[Text, Meta(description="a name of its own within the campaign")]
    price: Annotated[NotNegative | None, Meta(description="the price that is asked")] = None
    incentive: Annotated[Incentive, Meta(description="what it gives")] = Incentive.NONE
    creative: Annotated[Text | None, Meta(description="the name of picture and words, for `fatigue`")] = None
    recognises: Annotated[Text | None, Meta(description="the tier that the message speaks to")] = None
    template: Annotated[Text | None, Meta(description="the template's file name")] = None
    value: Annotated[NotNegative | None, Meta(description="what an answer is worth, in the family's currency")] = None


class CampaignFile(GoodsSection, frozen=True, kw_only=True):
    """What a brand wants to say, and the ways of saying it."""

    name: Annotated[Text, Meta(description="the name under which sends are remembered")]
    brand: Annotated[Text, Meta(description="the key of a brand of the family")]
    channel: Annotated[Channel, Meta(description="how the message travels")]
    purpose: Annotated[
        Purpose,
        Meta(description="promotional asks for a sale; relationship thanks or cares; service; transactional"),
    ]
    offers: Annotated[list[OfferSection], Meta(min_length=1, description="one or more ways of saying it")]
    currency: Annotated[
        Currency | None, Meta(description="the currency of `price` and `value`; a warning where it is not the family's")
    ] = None


def read_campaign(root: Node, review: Review) -> Campaign | None:
    """Make a campaign of a document, or note everything that is wrong with it and give None.

    Lists that stand in files are read relative to the campaign's file.
    """
    before = len(review.mistakes)
    sections = [root, *root["offers"].items]
    for section in sections:
        _refuse_both(section, review)
    goods = [read_goods(section, review) for section in sections]
    file = read(root, CampaignFile, review)
    if file is None or len(review.mistakes) > before:
        return None
    return _campaign(file, sections, goods)


def _refuse_both(section: Node, review: Review) -> None:
    for one, several in (("category", "categories"), ("product", "products")):
        if one in section.entries and several in section.entries:
            hint = f"put all in `{several}`"
            review.mistake(f"`{one}` and `{several}` cannot stand together", section[several].key, hint=hint)


def _campaign(file: CampaignFile, nodes: list[Node], goods: list[Goods]) -> Campaign:
    own, *each = (_assortment(section, listed) for section, listed in zip([file, *file.offers], goods, strict=True))
    return Campaign(
        name=file.name,
        brand=file.brand,
        channel=file.channel,
        purpose=file.purpose,
        offers=tuple(_offer(*offer, own) for offer in zip(file.offers, nodes[1:], each, strict=True)),
        category=own.categories[0] if own and len(own.categories) == 1 else "",
        fits=file.conditions(nodes[0]),
    )


def _assortment(section: GoodsSection, listed: Goods) -> Assortment | None:
    """Give what a section speaks of, or None where it does not say."""
    if all(getattr(section, key) is None for key in _GOODS):
        return None
    categories = section.categories if isinstance(section.categories, list) else listed.categories
    products = section.products if isinstance(section.products, list) else listed.products
    return Assortment.of(
        map(normalise, [*categories, *([section.category] if section.category else [])]),
        [*products, *([section.product] if section.product else [])],
    )


def _offer(section: OfferSection, node: Node, goods: Assortment | None, own: Assortment | None) -> Offer:
    return Offer(
        name=section.name,
        assortment=goods or own or Assortment(),
        price=section.price,
        incentive=section.incentive,
        creative=section.creative or "",
        recognises=section.recognises or "",
        template=section.template or "",
        value=section.value,
        fits=section.conditions(node),
    )
