"""The names that other people's programs use."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sendgate


@pytest.mark.parametrize("name", sendgate.__all__)
def test_every_name_leads_somewhere(name: str) -> None:
    """And is listed."""
    assert getattr(sendgate, name).__name__ == name
    assert name in dir(sendgate)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="has no attribute `Sender`"):
        _ = sendgate.Sender


def test_the_front_door_alone_loads_nothing() -> None:
    """A name is imported when it is asked for."""
    program = (
        "import sys, sendgate; print(*(n for n in sys.modules if n.startswith('sendgate.')), 'msgspec' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False"]


def test_a_decision_needs_five_names(tmp_path) -> None:
    """From two files and a profile to an answer."""
    (tmp_path / "sendgate.yaml").write_text("family: {name: x, brands: {harbor: {}}}\n")
    (tmp_path / "hello.yaml").write_text(
        "name: hello\nbrand: harbor\nchannel: email\npurpose: relationship\noffers: [{name: a, template: a.j2}]\n"
    )
    (tmp_path / "a.j2").write_text(
        "{% block subject %}{{ person.given_name }}{% endblock %}{% block text %}a{% endblock %}"
    )
    policy = sendgate.load_policy(tmp_path / "sendgate.yaml")
    campaign = sendgate.load_campaign(tmp_path / "hello.yaml", policy, templates=tmp_path)
    assert campaign.offers[0].requires == ("given_name",)
    decide = sendgate.Decider(sendgate.Plan(policy, campaign))
    decision = decide(sendgate.Profile.of("ann"), now=1772614800.0)
    assert (decision.outcome, decision.blocked_by) == ("drop", ("permission", "deliverability", "render"))
