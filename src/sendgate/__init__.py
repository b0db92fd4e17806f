"""A gatekeeper for marketing messages: should this message reach this person now, and why.

>>> from sendgate import Decider, Plan, Profile, load_campaign, load_policy
>>> policy = load_policy("sendgate.yaml")
>>> campaign = load_campaign("campaigns/duvets.yaml", policy)
>>> decide = Decider(Plan(policy, campaign))
>>> decide(Profile.of("ann", {"email": "ann@example.org"}), now=1772614800.0).outcome
<Outcome.DROP: 'drop'>

Names are imported when they are first asked for: deciding about one person loads nothing columnar.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sendgate.decide.person import Decider as Decider
    from sendgate.decide.plan import Plan as Plan
    from sendgate.errors import ConfigurationError as ConfigurationError
    from sendgate.errors import SendgateError as SendgateError
    from sendgate.gate import Gate as Gate
    from sendgate.model.campaigns import Campaign as Campaign
    from sendgate.model.campaigns import Offer as Offer
    from sendgate.model.decisions import Decision as Decision
    from sendgate.model.events import Event as Event
    from sendgate.model.people import Profile as Profile
    from sendgate.policy.policy import Policy as Policy
    from sendgate.wiring.settings import load_campaign as load_campaign
    from sendgate.wiring.settings import load_policy as load_policy

_HOMES = {
    "Campaign": "model.campaigns",
    "ConfigurationError": "errors",
    "Decider": "decide.person",
    "Decision": "model.decisions",
    "Event": "model.events",
    "Gate": "gate",
    "Offer": "model.campaigns",
    "Plan": "decide.plan",
    "Policy": "policy.policy",
    "Profile": "model.people",
    "SendgateError": "errors",
    "load_campaign": "wiring.settings",
    "load_policy": "wiring.settings",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module `sendgate` has no attribute `{name}`")
    found = getattr(import_module(f"sendgate.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
