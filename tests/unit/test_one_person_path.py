"""What deciding about one person loads. In a Lambda function every import is paid for by the first person."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COLUMNAR = ("duckdb", "narwhals", "numpy", "pandas", "polars", "pyarrow", "pyspark", "rich")

LOADED = f"print(*(name for name in {COLUMNAR!r} if name in __import__('sys').modules))"


PATH = (
    "sendgate",
    "sendgate.catalog",
    "sendgate.policy.policy",
    "sendgate.decide.person",
    "sendgate.rendering",
    "sendgate.mail.posting",
    "sendgate.providers.opening",
)


@pytest.mark.parametrize("module", PATH)
def test_the_one_person_path_loads_nothing_columnar(module: str) -> None:
    """Neither tables nor terminal are loaded by what a decision needs."""
    program = f"import {module}\n{LOADED}"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_a_decision_and_its_sentence_load_nothing_columnar() -> None:
    """Policy and campaign are read, a person is decided about, and every sentence is said."""
    family = Path(__file__).parents[2] / "examples" / "sample_family"
    program = f"""
from sendgate import Decider, Plan, Profile, load_campaign, load_policy
policy = load_policy({str(family / "sendgate.yaml")!r})
campaign = load_campaign({str(family / "campaigns" / "duvets.yaml")!r}, policy)
decision = Decider(Plan(policy, campaign))(Profile.of("ann", {{"email": "ann@harbor.example"}}), 1772643600.0)
assert decision.outcome == "drop" and all(finding.detail for finding in decision.findings)
{LOADED}"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


SLOW = ("click", "email_validator", "gzip", "importlib.metadata", "jinja2", "pydantic")


def test_a_first_decision_loads_nothing_slow_that_it_does_not_need(tmp_path) -> None:
    """Templates, installed gates, mistakes and the command line are loaded by whoever asks for them."""
    (tmp_path / "sendgate.yaml").write_text("family: {name: x, brands: {harbor: {}}}\n")
    campaign = "{name: a, brand: harbor, channel: email, purpose: promotional, offers: [{name: a, template: a.j2}]}\n"
    (tmp_path / "a.yaml").write_text(campaign)
    program = f"""
from sendgate import Decider, Plan, Profile, load_campaign, load_policy
policy = load_policy({str(tmp_path / "sendgate.yaml")!r})
Decider(Plan(policy, load_campaign({str(tmp_path / "a.yaml")!r}, policy)))(Profile.of("ann"), 1772643600.0)
print(*(name for name in {(*SLOW, "sendgate.policy.mistakes", "sendgate.policy.advice")!r}
        if name in __import__("sys").modules))"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_the_check_sees_what_is_loaded() -> None:
    """The check above can fail."""
    run = subprocess.run(
        [sys.executable, "-c", f"import narwhals\n{LOADED}"], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["narwhals"]
