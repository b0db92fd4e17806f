"""``sendgate schema``: what editors need to complete and check the settings files."""

from __future__ import annotations

import json

import click

from sendgate.doors.cli.consoles import give


@click.command("schema", short_help="Print a JSON Schema, for editors.")
@click.argument("kind", metavar="[policy|campaign]", type=click.Choice(["policy", "campaign"]), default="policy")
def command(kind: str) -> None:
    """Print the JSON Schema of the policy (the default) or of campaigns.

    Save it, and name it in the first line of a file: `# yaml-language-server: $schema=policy.schema.json`.
    """
    from sendgate.policy.schema import campaign_schema, policy_schema

    give(json.dumps(policy_schema() if kind == "policy" else campaign_schema(), indent=2))
