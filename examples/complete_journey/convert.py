"""Writes the retailer's tables as people, events, audiences, campaigns and a policy, in sendgate's file formats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from examples.complete_journey import source

VIEWS = Path(__file__).with_name("retailer.sql")


@dataclass(frozen=True)
class Mailing:
    """One campaign as it was really sent."""

    name: str
    starts: float
    """Epoch seconds: midnight before the first message."""
    campaign: Path
    audience: Path
    redeemed: Mapping[str, int]
    """How many of its coupons each household redeemed, of those who did."""
    has_history: bool
    """Whether the till's records begin before the campaign."""


@dataclass(frozen=True)
class Journey:
    """The files of the whole family."""

    policy: Path
    people: Path
    events: Path
    mailings: tuple[Mailing, ...]
    """In order of their start."""


def convert(data: Path, out: Path) -> Journey:
    """Read the tables in one folder and write the files into another, which is made if need be."""
    (out / "campaigns").mkdir(parents=True, exist_ok=True)
    (out / "audiences").mkdir(exist_ok=True)
    con = source.connect(data)
    try:
        con.execute(VIEWS.read_text(encoding="utf-8"))
        con.table("households").write_parquet(str(out / "people.parquet"))
        con.table("happened").write_parquet(str(out / "events.parquet"))
        _write_yaml(out / "sendgate.yaml", _policy(con))
        mailings = _mailings(con, out)
    finally:
        con.close()
    return Journey(out / "sendgate.yaml", out / "people.parquet", out / "events.parquet", mailings)


def _policy(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    brands = con.sql("select distinct brand, first(department) from goods group by brand order by brand").fetchall()
    return {
        "family": {"name": "Complete Journey", "brands": {key: {"name": name} for key, name in brands}},
        "gates": {
            "permission": {"basis": "opt_out"},  # nobody's consent is on record
            "just_bought": {"repeatable": "all"},  # it is what a supermarket lives from
            "moment": {"mode": "observe"},  # nearly everybody bought something yesterday
        },
    }


def _mailings(con: duckdb.DuckDBPyConnection, out: Path) -> tuple[Mailing, ...]:
    redeemed: dict[str, dict[str, int]] = defaultdict(dict)
    for name, person, coupons in con.table("outcomes").fetchall():
        redeemed[name][person] = coupons
    first = con.sql('select epoch(min("at")) from till').fetchall()[0][0]
    listed = con.sql("select name, brand, epoch(starts) from mailings order by starts, name").fetchall()
    return tuple(
        Mailing(name, starts, *_write_mailing(con, out, name, brand), redeemed[name], has_history=starts > first)
        for name, brand, starts in listed
    )


def _write_mailing(con: duckdb.DuckDBPyConnection, out: Path, name: str, brand: str) -> tuple[Path, Path]:
    """Write the campaign with the lists of goods that it names, and its audience."""
    campaign, audience = out / "campaigns" / f"{name}.yaml", out / "audiences" / f"{name}.csv"
    products, categories = f"{name}-products.csv", f"{name}-categories.csv"
    _write_list(con, "coupon_products", "product", name, campaign.with_name(products))
    _write_list(con, "coupon_shelves", "category", name, campaign.with_name(categories))
    _write_list(con, "recipients", "person", name, audience)
    goods = {"products": {"file": products}, "categories": {"file": categories}}
    offer = {"name": "coupons", "incentive": "amount_off", **goods}
    about = {"name": name, "brand": brand, "channel": "email", "purpose": "promotional"}
    _write_yaml(campaign, {**about, "offers": [offer]})
    return campaign, audience


def _write_list(con: duckdb.DuckDBPyConnection, view: str, column: str, name: str, path: Path) -> None:
    """Write one column of a view, of one campaign, as a list in a file of its own."""
    of_campaign = duckdb.ColumnExpression("name") == duckdb.ConstantExpression(name)
    con.table(view).filter(of_campaign).select(column).order(column).write_csv(str(path))


def _write_yaml(path: Path, document: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
