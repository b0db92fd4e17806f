"""A policy and the campaigns that a family has sent, for judging messages of the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from sendgate.errors import ConfigurationError
from sendgate.model.campaigns import Campaign
from sendgate.model.decisions import Mode
from sendgate.policy.policy import Policy
from sendgate.wiring.checking import template_mistakes
from sendgate.wiring.finding import templates_of
from sendgate.wiring.settings import with_requirements

if TYPE_CHECKING:
    from sendgate.decide.plan import Plan

_CHANCE = "holdout"
"""The gate that holds people out by chance: asked, it would say nothing about a message."""


@dataclass(frozen=True)
class PastSetting:
    """The campaigns of a folder under a policy."""

    policy_file: Path
    folder: Path
    policy: Policy
    """Without the gate that holds people out by chance."""
    campaigns: Mapping[str, Campaign]
    """By name."""
    held_out_by_chance: bool
    """That gate would have been asked."""

    def plan(self, campaign: str, *, words: bool) -> Plan:
        """Prepare a campaign for deciding, with or without the evidence in words, which needs most facts."""
        from sendgate.decide.plan import Plan

        plan = Plan(self.policy, self.campaigns[campaign])
        return plan if words else plan.wordless


def read_past_setting(folder: Path, policy_file: Path) -> PastSetting:
    """Read a policy and all campaigns of a folder. Raises ConfigurationError with every mistake of all files."""
    from sendgate.policy.files import load_campaigns

    policy, campaigns = load_campaigns(folder, policy_file)
    beside = policy_file.parent
    if mistakes := dict.fromkeys(m for file in campaigns for m in template_mistakes(file, beside)):
        raise ConfigurationError(mistakes)
    asked = any(gate.name == _CHANCE for gate in policy.active)
    gates = (structs.replace(gate, mode=Mode.OFF) if gate.name == _CHANCE else gate for gate in policy.gates)
    made = (with_requirements(campaign, templates_of(beside)) for campaign in campaigns.values())
    return PastSetting(
        policy_file, folder, replace(policy, gates=tuple(gates)), {each.name: each for each in made}, asked
    )
