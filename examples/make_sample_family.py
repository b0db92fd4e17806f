"""Make the people, events and audience of the sample family, the same to the byte on every machine.

    python examples/make_sample_family.py [FOLDER]

About 2,000 people of six sister brands, with what happened to them up to NOW. The people of ``examples/stories`` are
among them, with their own events, so that ``sendgate explain`` shows each story in company.

Everything is drawn from ``random.Random.random``, the one generator that Python promises to keep.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

NOW = datetime(2026, 3, 4, 17, tzinfo=UTC)
RECENTLY = "2026-02-18"
PEOPLE = 1_980
SEED = 20260304
HERE = Path(__file__).parent

PERSON_COLUMNS = (
    "person", "email", "phone", "given_name", "family_name", "locale", "timezone", "tier", "youngest_child_age",
)  # fmt: skip
EVENT_COLUMNS = (
    "person", "kind", "at", "brand", "channel", "campaign", "creative", "purpose", "category", "product", "price",
    "discount", "detail",
)  # fmt: skip

Item = TypeVar("Item")
Row = dict[str, str]


class Country(NamedTuple):
    """Where people live, and what they are called there."""

    weight: float
    locale: str
    zones: str
    given: str
    family: str
    phone: str = ""
    """The start of made-up numbers; empty where nobody gives one."""


COUNTRIES = (
    Country(46, "en_US", "America/New_York America/New_York America/Chicago America/Denver America/Los_Angeles",
            "Grace Owen Ruth Caleb Naomi Jude Iris Miles Hazel Amos Nora Felix Clara Silas Ivy Reuben Stella Hugo",
            "Hart Lowell Pruitt Ames Winslow Tate Mercer Boone Calloway Dunn Ellery Frost Gaines Hobbs", "+1202555"),
    Country(14, "en_GB", "Europe/London", "Maisie Alfie Freya Rory Imogen Callum Edith Angus Beatrix Lewis",
            "Thorne Whitby Ashdown Pike Larkin Moss Fairley Croft Harker Selby", "+44770090"),
    Country(11, "de_DE", "Europe/Berlin", "Lena Jonas Mia Paul Hanna Emil Frieda Anton Greta Moritz",
            "Vogel Brandt Sommer Kraus Lindner Adler Winkler Busch Engel Franke"),
    Country(7, "fr_FR", "Europe/Paris", "Louise Jules Manon Théo Agathe Bastien Élise Rémi Odile Côme",
            "Lefèvre Moreau Garnier Chevalier Blanchard Marchand Rousseau Perrin"),
    Country(5, "sv_SE", "Europe/Stockholm", "Astrid Nils Linnéa Sven Maja Gustav Freja Axel",
            "Åkesson Nyström Öberg Sandqvist Holmgren Ek"),
    Country(5, "es_MX", "America/Mexico_City", "Lucía Mateo Ximena Diego Renata Emilio Valeria Iker",
            "Robles Cárdenas Ibarra Fuentes Montes Salas"),
    Country(3, "pt_BR", "America/Sao_Paulo", "Beatriz Caio Larissa Tomás Helena Davi",
            "Nogueira Prado Teixeira Lacerda"),
    Country(4, "en_IN", "Asia/Kolkata", "Anika Rohan Meera Arjun Diya Kabir Tara Vikram",
            "Rao Mehta Iyer Bose Kapoor Nair"),
    Country(3, "en_AU", "Australia/Sydney", "Matilda Lachlan Zara Cooper Willa Banjo", "Nugent Harlow Quinn Bligh"),
    Country(2, "ja_JP", "Asia/Tokyo", "Haruka Ren Yui Sota Aoi Daiki", "Mori Ishii Kondo Arai"),
)  # fmt: skip


class Good(NamedTuple):
    """Something to buy."""

    weight: float
    """How many people it draws."""
    brand: str
    category: str
    product: str
    price: float


GOODS = (
    Good(9, "harbor", "home/bedding/duvets", "duvet-dusty-rose", 129),
    Good(6, "harbor", "home/bedding/duvets", "duvet-alpaca", 219),
    Good(8, "harbor", "home/bedding/sheets", "sheets-linen", 140),
    Good(5, "harbor", "home/bedding/pillows", "pillow-cloud", 45),
    Good(5, "harbor", "home/furniture/chairs", "chair-ella", 240),
    Good(3, "harbor", "home/furniture/tables", "table-oak", 620),
    Good(4, "harbor", "home/kitchen", "kettle-copper", 95),
    Good(6, "harbor", "home/candles", "candle-fig", 24),
    Good(3, "harbor", "garden/tools", "spade-ash", 48),
    Good(4, "harbor", "home/rugs", "rug-tide", 310),
    Good(4, "harbor-kids", "home/furniture/kids", "desk-grow", 180),
    Good(4, "harbor-kids", "toys/wood", "train-beech", 59),
    Good(5, "lumen", "home/lighting/floor", "floor-lamp-arc", 340),
    Good(5, "lumen", "home/lighting/pendants", "pendant-glass", 180),
    Good(7, "marlow", "food/chocolate", "truffle-box-12", 36),
    Good(3, "marlow", "food/chocolate", "pralines-gift", 42),
    Good(6, "linden", "fashion/dresses", "dress-linen-blue", 120),
    Good(4, "linden", "fashion/coats", "coat-wool", 420),
    Good(3, "signal", "electronics/phones/accessories", "case-clear-nova-12", 29),
    Good(2, "signal", "electronics/phones/handsets", "phone-nova-12", 899),
)


class Mailing(NamedTuple):
    """Something that a brand sent."""

    days_ago: float
    brand: str
    campaign: str
    creative: str
    purpose: str
    category: str


def _mailings() -> Iterator[Mailing]:
    """List the last four months, newest first: each brand in its own rhythm, with thanks and news in between."""
    rhythm = {"harbor": 8, "harbor-kids": 15, "lumen": 19, "marlow": 26, "linden": 17, "signal": 31}
    first = {"harbor": 1.9, "harbor-kids": 5.1, "lumen": 3.2, "marlow": 6.1, "linden": 4.3, "signal": 0.3}
    for brand, every in rhythm.items():
        categories = list(dict.fromkeys(good.category for good in GOODS if good.brand == brand))
        for n in range(120 // every + 1):
            category = categories[n % len(categories)]
            subject = category.rsplit("/", 1)[-1]
            purpose = "relationship" if n % 5 == 3 else "promotional"
            creative = f"{subject}-hero" if n % 2 else f"{subject}-letter-{n}"
            if (brand, purpose) == ("marlow", "promotional"):
                creative = "truffle-box-hero"  # the same box of chocolates, again and again
            yield Mailing(first[brand] + n * every, brand, f"{brand}-{subject}-{n:02}", creative, purpose, category)


MAILINGS = tuple(sorted(_mailings()))


class Dice:
    """Draws, all of them made from ``Random.random``."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def chance(self, probability: float) -> bool:
        """Happen with a probability."""
        return self._random() < probability

    def between(self, low: float, high: float) -> float:
        """Draw a number."""
        return low + (high - low) * self._random()

    def one(self, items: Sequence[Item]) -> Item:
        """Draw an item, each as likely."""
        return items[int(self._random() * len(items))]

    def weighted(self, items: Sequence[Item], weights: Sequence[float]) -> Item:
        """Draw an item by weight."""
        left = self._random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        return items[-1]

    def how_often(self, mean: float) -> int:
        """Draw a count around a mean, at most 20."""
        return sum(self.chance(mean / 20) for _ in range(20))


class Life:
    """One person and what happened to them."""

    def __init__(self, number: int, dice: Dice) -> None:
        self.person = f"p{number:04}"
        self.dice = dice
        self.events: list[Row] = []
        spans = ((3, 30), (30, 180), (180, 720), (720, 2600))
        self.joined = dice.between(*dice.weighted(spans, (5, 15, 35, 45)))  # days ago
        self.keen = dice.between(0, 1) * dice.between(0, 1)
        self.thrifty = dice.weighted((0.05, 0.35, 0.95), (5, 3, 2))
        count = dice.weighted((1, 2, 3, 4), (3, 4, 2, 1))
        self.likes = [dice.weighted(GOODS, [good.weight for good in GOODS]) for _ in range(count)]
        self.brands = list(dict.fromkeys(["harbor", *(good.brand for good in self.likes)]))

    def add(self, kind: str, days_ago: float, **columns: str) -> None:
        """Note an event, unless it was before the person joined or is yet to come."""
        if 0 <= days_ago <= self.joined + 0.01:
            at = NOW - timedelta(seconds=int(days_ago * 86_400))
            self.events.append({"person": self.person, "kind": kind, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", **columns})

    def live(self) -> None:
        """Subscribe, look, buy, and be written to."""
        self._subscribe()
        for _ in range(self.dice.how_often(1 + 8 * self.keen)):
            self._look(self.dice.one(self.likes), self.dice.between(0, 1) * self.dice.between(0, 150))
        for _ in range(self.dice.how_often(min(self.joined, 900) / 900 * (1 + 5 * self.keen))):
            self._buy(self.dice.one(self.likes), self.dice.between(0.2, min(self.joined, 900)))
        self._be_written_to()
        self._have_trouble()

    def _subscribe(self) -> None:
        dice = self.dice
        for brand in self.brands:
            if dice.chance(0.93):
                self.add("subscribed", self.joined, brand=brand, channel="email")
            if dice.chance(0.25):
                self.add("subscribed", self.joined, brand=brand, channel="sms")
        if dice.chance(0.05):
            self.add(
                "unsubscribed", dice.between(0, min(self.joined, 300)), brand=dice.one(self.brands), channel="email"
            )
        if dice.chance(0.01):
            self.add("unsubscribed", dice.between(0, min(self.joined, 300)))
        if dice.chance(0.02):
            self.add("sharing_withdrawn", dice.between(0, min(self.joined, 300)))

    def _look(self, good: Good, days_ago: float) -> None:
        about = {"brand": good.brand, "category": good.category}
        self.add("visited", days_ago, brand=good.brand)
        if self.dice.chance(0.2):
            self.add("searched", days_ago - 0.001, **about)
        for n in range(1 + self.dice.how_often(0.8)):
            self.add("viewed", days_ago - 0.002 * (n + 1), **about, product=good.product)
        if self.dice.chance(0.15):
            self.add("carted", days_ago - 0.01, **about, product=good.product, price=f"{good.price:.2f}")

    def _buy(self, good: Good, days_ago: float) -> None:
        discount = round(good.price * self.dice.one((0.1, 0.2, 0.3)), 2) if self.dice.chance(self.thrifty) else 0.0
        about = {"brand": good.brand, "category": good.category, "product": good.product}
        paid = {"price": f"{good.price - discount:.2f}", "discount": f"{discount:.2f}"}
        self.add("purchased", days_ago, **about, **paid)
        if self.dice.chance(0.04):
            self.add("returned", days_ago - self.dice.between(3, 12), **about)

    def _be_written_to(self) -> None:
        opens = 0.04 + 0.6 * self.keen
        for mailing in MAILINGS:
            days_ago = mailing.days_ago + self.dice.between(-0.1, 0.1)
            if mailing.brand not in self.brands or days_ago > self.joined or not self.dice.chance(0.6):
                continue
            about = {"brand": mailing.brand, "channel": "email", "campaign": mailing.campaign}
            self.add("sent", days_ago, **about, creative=mailing.creative, purpose=mailing.purpose)
            if self.dice.chance(opens):
                self.add("opened", days_ago - self.dice.between(0.01, 0.2), **about)
                if self.dice.chance(0.06):
                    self.add("clicked", days_ago - 0.21, **about, creative=mailing.creative, category=mailing.category)

    def _have_trouble(self) -> None:
        dice = self.dice
        about = {"brand": "harbor", "channel": "email"}
        if dice.chance(0.012):
            self.add("bounced", dice.between(0, 60), **about, detail="permanent")
        if dice.chance(0.006):
            for n in range(5):
                self.add("bounced", 2 + 4 * n, **about, detail="transient")
        if dice.chance(0.005):
            self.add("complained", dice.between(0, 90), **about)
        if dice.chance(0.03):
            opened = dice.between(1, 60)
            self.add("case_opened", opened, brand="harbor")
            if dice.chance(0.6):
                self.add("case_closed", opened * dice.between(0.1, 0.9), brand="harbor")

    def attributes(self) -> Row:
        """Say who it is; a part of everything is unknown."""
        dice = self.dice
        country = dice.weighted(COUNTRIES, [country.weight for country in COUNTRIES])
        given, family = dice.one(country.given.split()), dice.one(country.family.split())
        spent = sum(float(event.get("price") or 0) for event in self.events if event["kind"] == "purchased")
        known = {
            "person": self.person,
            "email": f"{self.person}@example.com",
            "phone": country.phone + self.person.removeprefix("p") if country.phone else "",
            "given_name": given,
            "family_name": family,
            "locale": country.locale,
            "timezone": dice.one(country.zones.split()),
            "tier": "gold" if spent > 1_500 else "silver" if spent > 500 else "member",
            "youngest_child_age": str(int(dice.between(0, 22))),
        }
        unknown = {"email": 0.02, "phone": 0.5, "given_name": 0.03, "timezone": 0.05, "youngest_child_age": 0.6}
        return {name: "" if dice.chance(unknown.get(name, 0)) else value for name, value in known.items()}


def _stories(name: str) -> Iterator[Row]:
    """Read a file of every story."""
    for path in sorted((HERE / "stories").glob(f"*/{name}.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def make(folder: Path) -> None:
    """Write people, events and two lists, everybody and those who have just bought, into a folder."""
    people, events = list(_stories("people")), list(_stories("events"))
    for number in range(1, PEOPLE + 1):
        life = Life(number, Dice(SEED + number))
        life.live()
        people.append(life.attributes())
        events += life.events
    listed = [{"person": row["person"], "list": "everybody"} for row in people]
    # As lists are: three people stand on it twice, and two are known to nobody.
    again = [
        {"person": person, "list": "store-visitors"} for person in ("p0007", "p0300", "p1200", "walk-in-1", "walk-in-2")
    ]
    _write(folder / "people.csv", PERSON_COLUMNS, people)
    _write(
        folder / "events.csv", EVENT_COLUMNS, sorted(events, key=lambda row: (row["at"], row["person"], row["kind"]))
    )
    _write(folder / "audience.csv", ("person", "list"), [*listed, *again])
    bought = {
        row["person"]
        for row in events
        if row["kind"] == "purchased" and row["brand"] == "harbor" and row["at"] > RECENTLY
    }
    _write(folder / "recent-buyers.csv", ("person", "list"), [row for row in listed if row["person"] in bought])


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "sample_family")
