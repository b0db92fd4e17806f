"""``sendgate schema``: what editors need to complete and check the settings files."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from sendgate.doors.cli.consoles import give

_PRINTED: Mapping[str, str] = MappingProxyType(
    {"dry-run": "record", "compare": "compare_record", "tune": "tune_record"}
)
"""What ``--json`` prints, by the modules that describe it."""
KINDS = ("policy", "campaign", "plan", *_PRINTED)


@click.command("schema", short_help="Print a JSON Schema, for editors.")
@click.argument("kind", metavar=f"[{'|'.join(KINDS)}]", type=click.Choice(KINDS), default="policy")
def command(kind: str) -> None:
    """Print the JSON Schema of the policy (the default), of campaigns, of plans, or of what a command's --json prints.

    Save it, and name it in the first line of a file: `# yaml-language-server: $schema=policy.schema.json`.
    """
    give(json.dumps(_schema(kind), indent=2))


def _schema(kind: str) -> dict[str, Any]:
    if kind in _PRINTED:
        record = importlib.import_module(f"sendgate.report.{_PRINTED[kind]}")
        printed: dict[str, Any] = record.schema()
        return printed
    from sendgate.policy.schema import campaign_schema, plan_schema, policy_schema

    return {"policy": policy_schema, "campaign": campaign_schema, "plan": plan_schema}[kind]()
