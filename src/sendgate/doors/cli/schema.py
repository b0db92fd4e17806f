"""``sendgate schema``: what editors need to complete and check the settings files."""

from __future__ import annotations

import json
from typing import Any

import click

from sendgate.doors.cli.consoles import give

KINDS = ("policy", "campaign", "plan", "dry-run")


@click.command("schema", short_help="Print a JSON Schema, for editors.")
@click.argument("kind", metavar="[policy|campaign|plan|dry-run]", type=click.Choice(KINDS), default="policy")
def command(kind: str) -> None:
    """Print the JSON Schema of the policy (the default), of campaigns, of plans, or of what `dry-run --json` prints.

    Save it, and name it in the first line of a file: `# yaml-language-server: $schema=policy.schema.json`.
    """
    give(json.dumps(_schema(kind), indent=2))


def _schema(kind: str) -> dict[str, Any]:
    if kind == "dry-run":
        from sendgate.report.record import schema

        return schema()
    from sendgate.policy.schema import campaign_schema, plan_schema, policy_schema

    return {"policy": policy_schema, "campaign": campaign_schema, "plan": plan_schema}[kind]()
