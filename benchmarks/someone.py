"""People in memory, 35 events each, for what is measured one at a time."""

from __future__ import annotations

from typing import Any

from benchmarks.everybody import FAMILY, POLICY
from sendgate import Event, Plan, Profile, load_campaign, load_policy
from sendgate.model.times import DAY, parse_time

NOW = parse_time("2026-03-01T18:00:00Z")

_CATEGORIES = ("home/bedding/duvets", "home/bedding/linen", "home/kitchen/pans", "kids/toys")
_BRANDS = ("harbor", "harbor", "harbor-kids", "lumen")
_TIERS = ("", "member", "silver", "gold")
_ZONES = ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "")


def plan() -> Plan:
    """Give the campaign under the policy, with what its template requires."""
    policy = load_policy(POLICY)
    return Plan(policy, load_campaign(FAMILY / "campaigns" / "duvets.yaml", policy, FAMILY / "templates"))


def someone(number: int) -> Profile:
    """Make somebody with 20 sends, 10 views, 4 purchases and a subscription; every number is somebody else."""

    def event(kind: str, i: int, **more: Any) -> Event:
        days = 0.5 + (number * 7 + i * 13) % 300
        return Event(kind, NOW - days * DAY, _BRANDS[(number + i) % 4], "email", **more)

    def goods(i: int) -> dict[str, Any]:
        return {"category": _CATEGORIES[(number + i) % 4], "product": f"product-{(number + i) % 40}"}

    events = [
        Event("subscribed", NOW - 400 * DAY, _BRANDS[number % 4], "email"),
        *(event("sent", i, purpose="promotional", creative=f"duvet-hero-{'abcde'[i % 5]}") for i in range(20)),
        *(event("viewed", i, **goods(i)) for i in range(10)),
        *(event("purchased", i, price=130.0 + i, discount=float(i % 2), **goods(i)) for i in range(4)),
    ]
    attributes = {
        "email": f"person-{number}@customers.example",
        "given_name": "Ann" if number % 9 else "",
        "tier": _TIERS[number % 4],
        "timezone": _ZONES[number % 4],
        "youngest_child_age": str(number % 25),
    }
    return Profile.of(f"person-{number}", attributes, events)
