from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

POLICY = """\
family:
  name: Harbor Home Group
  brands:
    harbor:       {name: Harbor Home, sender: "Harbor Home <hello@harbor.example>"}
    harbor-kids:  {name: Harbor Kids, sender: "Harbor Kids <hello@kids.harbor.example>"}
    lumen:        {name: Lumen Lighting, sender: "Lumen <hi@lumen.example>", shares_profile: false}
  tiers: [member, silver, gold]
gates:
  permission: {basis: opt_in, unsubscribe_reaches: brand}
  quiet_hours: {from: "21:00", to: "08:00", assume_timezone: America/New_York}
  frequency:
    caps:
      - {limit: 1, per: 1d, within: channel}
      - {limit: 3, per: 7d, within: family}
  moment: {after_purchase: 3d}
  balance: {unanswered: 8, mode: observe}
  unsubscribe_risk: {at_most: 0.01}
store: sqlite:///sendgate.db
provider: outbox://outbox
"""

CAMPAIGN = """\
name: spring-duvets
brand: harbor
channel: email
purpose: promotional
category: home/bedding
fits:
  - {attribute: youngest_child_age, at_most: 12}
offers:
  - name: dusty-rose-early
    product: duvet-dusty-rose
    category: home/bedding/duvets
    price: 129.00
    incentive: early_access        # none | percent_off | amount_off | early_access | gift | free_shipping
    creative: duvet-hero-a
    recognises: gold
    template: duvets.j2
  - {name: ten-percent, category: home/bedding, incentive: percent_off, creative: duvet-hero-b, template: duvets.j2}
"""

FAMILY = """\
family:
  name: Harbor Home Group
  brands: {harbor: }
  tiers: [member, gold]
"""

HEAD = """\
name: spring
brand: harbor
channel: email
purpose: promotional
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file below the temporary folder, and give its path."""

    def writing(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return writing


@pytest.fixture
def example(write, tmp_path: Path) -> Path:
    """The example of the reference, as a folder."""
    write("sendgate.yaml", POLICY)
    write("campaigns/duvets.yaml", CAMPAIGN)
    return tmp_path


@pytest.fixture
def policy_of(write):
    """Read a policy of a small family with the given lines added."""
    from sendgate.policy.files import load_policy

    return lambda more="": load_policy(write("sendgate.yaml", FAMILY + more))


@pytest.fixture
def campaign_of(write, policy_of):
    """Read a campaign of a small family with the given lines added."""
    from sendgate.policy.files import load_campaign

    return lambda more: load_campaign(write("campaigns/spring.yaml", HEAD + more), policy_of())


@pytest.fixture
def mistakes_in(tmp_path: Path):
    """Give the mistakes that a reading raises, with file names relative to the temporary folder."""
    from sendgate.errors import ConfigurationError

    def raised(reading, *arguments) -> list[str]:
        with pytest.raises(ConfigurationError) as found:
            reading(*arguments)
        return [str(mistake).replace(f"{tmp_path}/", "") for mistake in found.value.mistakes]

    return raised
