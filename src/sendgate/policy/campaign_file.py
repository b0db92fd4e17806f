"""A campaign file as people write it, and the campaign that it becomes."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, ValidationError, model_validator

from sendgate.model.campaigns import Campaign, Channel, Condition, Incentive, Offer, Purpose
from sendgate.model.categories import Assortment, normalise
from sendgate.policy.document import Node, Plain
from sendgate.policy.goods_list import Goods, read_goods
from sendgate.policy.policy_file import Section, Text
from sendgate.policy.review import Review
from sendgate.policy.translation import note_errors

_GOODS = ("category", "categories", "product", "products")


def _meant(value: object) -> object:
    """Take unquoted text for the number or flag that it may be."""
    return value.meant() if isinstance(value, Plain) else value


def _path(value: str) -> str:
    path = normalise(value)
    if not path:
        raise ValueError("expected a category path such as home/bedding")
    return path


def _single(plural: str) -> BeforeValidator:
    def refuse_list(value: object) -> object:
        if isinstance(value, list | dict):
            raise ValueError(f"expected one; several belong under `{plural}`")
        return value

    return BeforeValidator(refuse_list)


def _several(singular: str) -> BeforeValidator:
    def refuse_one(value: object) -> object:
        if isinstance(value, str):
            raise ValueError(f"expected a list, or a mapping with `file`; one alone belongs under `{singular}`")
        return value

    return BeforeValidator(refuse_one)


def _list_or_file(value: object) -> str:
    return "in a file" if isinstance(value, dict) else "as a list"


class FileSection(Section):
    """A list that stands in a file of its own."""

    file: Annotated[Text, Field(description="a CSV file with a header, relative to the campaign file")]


Value = Annotated[str | float | bool, BeforeValidator(_meant)]
CategoryPath = Annotated[Text, AfterValidator(_path)]
Listed = Annotated[
    Annotated[list[Text], Field(min_length=1), Tag("as a list")] | Annotated[FileSection, Tag("in a file")],
    Discriminator(_list_or_file),
]
Paths = Annotated[
    Annotated[list[CategoryPath], Field(min_length=1), Tag("as a list")] | Annotated[FileSection, Tag("in a file")],
    Discriminator(_list_or_file),
]


class ConditionSection(Section):
    """What an attribute of the person must be; all that is set must hold."""

    attribute: Annotated[Text, Field(description="the column of the people file")]
    is_: Annotated[Value | None, Field(alias="is", description="it must be this")] = None
    any_of: Annotated[list[Value] | None, Field(min_length=1, description="it must be one of these")] = None
    at_least: Annotated[float | None, Field(description="it must be a number, this or more")] = None
    at_most: Annotated[float | None, Field(description="it must be a number, this or less")] = None
    not_: Annotated[
        Value | list[Value] | None, Field(alias="not", description="it must not be this, or none of these")
    ] = None

    @model_validator(mode="after")
    def _some_test(self) -> Self:
        if all(test is None for test in (self.is_, self.any_of, self.at_least, self.at_most, self.not_)):
            raise ValueError("a condition needs one of `is`, `any_of`, `at_least`, `at_most`, `not`")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least:g} and at most {self.at_most:g}")
        return self

    def condition(self) -> Condition:
        """Give it as a value."""
        refused = self.not_ if isinstance(self.not_, list) else [self.not_]
        return Condition(
            self.attribute,
            is_=self.is_,
            any_of=tuple(self.any_of or ()),
            at_least=self.at_least,
            at_most=self.at_most,
            not_=tuple(value for value in refused if value is not None),
        )


class GoodsSection(Section):
    """What is spoken of, and for whom it is."""

    category: Annotated[
        CategoryPath | None, _single("categories"), Field(description="a category path", examples=["home/bedding"])
    ] = None
    categories: Annotated[
        Paths | None, _several("category"), Field(description="several category paths, or a file of them")
    ] = None
    product: Annotated[Text | None, _single("products"), Field(description="a product")] = None
    products: Annotated[
        Listed | None, _several("product"), Field(description="several products, or a file of them")
    ] = None
    fits: Annotated[
        tuple[ConditionSection, ...], Field(description="what must be true of a person for it to fit; all must hold")
    ] = ()

    def conditions(self) -> tuple[Condition, ...]:
        """Give the conditions as values."""
        return tuple(section.condition() for section in self.fits)


class OfferSection(GoodsSection):
    """One way of saying it. Without category and product it speaks of what the campaign speaks of."""

    name: Annotated[Text, Field(description="a name of its own within the campaign")]
    price: Annotated[float | None, Field(ge=0, description="the price that is asked")] = None
    incentive: Annotated[Incentive, Field(description="what it gives")] = Incentive.NONE
    creative: Annotated[Text | None, Field(description="the name of picture and words, for `fatigue`")] = None
    recognises: Annotated[Text | None, Field(description="the tier that the message speaks to")] = None
    template: Annotated[Text | None, Field(description="the template's file name")] = None
    value: Annotated[float | None, Field(ge=0, description="what an answer is worth, in the family's currency")] = None


class CampaignFile(GoodsSection):
    """What a brand wants to say, and the ways of saying it."""

    name: Annotated[Text, Field(description="the name under which sends are remembered")]
    brand: Annotated[Text, Field(description="the key of a brand of the family")]
    channel: Annotated[Channel, Field(description="how the message travels")]
    purpose: Annotated[
        Purpose,
        Field(description="promotional asks for a sale; relationship thanks or cares; service; transactional"),
    ]
    offers: Annotated[list[OfferSection], Field(min_length=1, description="one or more ways of saying it")]


def read_campaign(root: Node, review: Review) -> Campaign | None:
    """Make a campaign of a document, or note everything that is wrong with it and give None.

    Lists that stand in files are read relative to the campaign's file.
    """
    before = len(review.mistakes)
    sections = [root, *root["offers"].items]
    for section in sections:
        _refuse_both(section, review)
    goods = [read_goods(section, review) for section in sections]
    try:
        file = CampaignFile.model_validate(root.data())
    except ValidationError as error:
        note_errors(error, root, review)
        return None
    if len(review.mistakes) > before:
        return None
    return _campaign(file, goods)


def _refuse_both(section: Node, review: Review) -> None:
    for one, several in (("category", "categories"), ("product", "products")):
        if one in section.entries and several in section.entries:
            hint = f"put all in `{several}`"
            review.mistake(f"`{one}` and `{several}` cannot stand together", section[several].key, hint=hint)


def _campaign(file: CampaignFile, goods: list[Goods]) -> Campaign:
    own, *each = (_assortment(section, listed) for section, listed in zip([file, *file.offers], goods, strict=True))
    return Campaign(
        name=file.name,
        brand=file.brand,
        channel=file.channel,
        purpose=file.purpose,
        offers=tuple(_offer(offer, goods or own) for offer, goods in zip(file.offers, each, strict=True)),
        category=own.categories[0] if own and len(own.categories) == 1 else "",
        fits=file.conditions(),
    )


def _assortment(section: GoodsSection, listed: Goods) -> Assortment | None:
    """Give what a section speaks of, or None where it does not say."""
    if all(getattr(section, key) is None for key in _GOODS):
        return None
    categories = section.categories if isinstance(section.categories, list) else listed.categories
    products = section.products if isinstance(section.products, list) else listed.products
    return Assortment.of(
        [*categories, *([section.category] if section.category else [])],
        [*products, *([section.product] if section.product else [])],
    )


def _offer(section: OfferSection, goods: Assortment | None) -> Offer:
    return Offer(
        name=section.name,
        assortment=goods or Assortment(),
        price=section.price,
        incentive=section.incentive,
        creative=section.creative or "",
        recognises=section.recognises or "",
        template=section.template or "",
        value=section.value,
        fits=section.conditions(),
    )
