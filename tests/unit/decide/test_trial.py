"""Gates of other packages are asked once, before anybody stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from sendgate.catalog import BUILT_IN
from sendgate.decide import asked
from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.decide.trial import tried
from sendgate.errors import ConfigurationError
from sendgate.facts.kinds import Attribute, Count, Events, Latest
from sendgate.facts.sentence import MOST_TIMES, Applying, Listed, say
from sendgate.gate import Ask, Gate, Rule
from sendgate.model.reasons import Reason
from sendgate.policy.policy import Policy
from tests.unit.decide.simple import FAMILY, campaign, plan, policy

Known = Mapping[str, Any]
LOOKED = Events(("viewed",))


def _plan(rule: Callable[[Known], Rule]) -> Plan:
    """Give the plan of a campaign with a gate that has one rule over some looks, the latest of them, and a tier."""

    class Mine(Gate, frozen=True):
        """A gate of another package."""

        name: ClassVar[str] = "mine"

        def facts(self, ask: Ask) -> dict[str, Any]:
            return {"n": Count(LOOKED), "at": Latest(LOOKED), "tier": Attribute("tier")}

        def rules(self, ask: Ask, known: Known) -> list[Rule]:
            return [rule(known)]

    return Plan(Policy(FAMILY, (*policy().gates, Mine())), campaign())


def _saying(template: str, values: Callable[[Known], Known]) -> Callable[[Known], Rule]:
    """Give a rule that says something of values."""
    return lambda k: Rule(Reason.CUSTOM, k["n"] >= 1, k["n"], 1, say(template, **values(k)))


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (
            lambda k: Rule(Reason.CUSTOM, k["n"] >= 1 and k["n"] < 9, k["n"], 1, ""),
            "cannot be asked: a condition is not",
        ),
        (lambda k: Rule(Reason.CUSTOM, ~(k["n"] >= 1), k["n"], 1, ""), "cannot be asked: .* write `not_"),
        (lambda k: Rule(Reason.CUSTOM, abs(k["n"]) >= 1, k["n"], 1, ""), "cannot be asked: .* write `greatest"),
        (
            lambda k: Rule(Reason.CUSTOM, k["n"] >= 1, k["n"], 1, f"{k['n']} looks"),
            'asked: .* write `say."{n:message}"',
        ),
        (
            lambda k: Rule(Reason.CUSTOM, k["n"] >= 1, k["n"], 1, f"{k['n']:.0f} looks"),
            "asked: a value is not yet known",
        ),
        (
            lambda k: Rule(Reason.CUSTOM, k["n"] >= 1, k["n"], 1, str(k["n"])),
            "cannot be asked: a value is not yet known",
        ),
        (lambda k: Rule(Reason.CUSTOM, k["m"] >= 1, k["n"], 1, ""), "cannot be asked: KeyError: 'm'"),
        (
            lambda k: Rule(Reason.CUSTOM, k["n"] >= 1, k["n"], 1, k["tier"]),
            "a rule says what is neither a text nor a sentence",
        ),
        (_saying("{m:look}", lambda k: {"n": k["n"]}), "the sentence `{m:look}`, nobody says what `m` is"),
        (_saying("{} looks", lambda k: {"n": k["n"]}), "nobody says what `{}` is"),
        (_saying("{n:text} looks", lambda k: {"n": k["n"]}), "`n` is a number: write `{n:amount}`, or a noun"),
        (_saying("{n} looks", lambda k: {"n": k["n"] * 2}), "`n` is a number"),
        (_saying("{n:text} looks", lambda k: {"n": 5}), "`n` is a number"),
        (_saying("{n:.2f} looks", lambda k: {"n": k["n"]}), "`n` has the format `.2f`"),
        (_saying("tier {t:amount}", lambda k: {"t": k["tier"]}), "`t` is a text: write `{t:text}`"),
        (
            _saying("{a:moment} {b:moment} {c:moment}", lambda k: {"a": k["at"], "b": k["at"], "c": k["at"] + 1}),
            "expected at most 2 times",
        ),
    ],
    ids=range(16),
)
def test_what_works_in_one_regime_only_is_refused(rule: Callable[[Known], Rule], why: str) -> None:
    """The gate and the sentence are named, whether one person or everybody is asked about."""
    for use in (Decider, lambda plan: plan.facts):
        with pytest.raises(ConfigurationError, match=rf"^gate `mine`: .*{why}"):
            use(_plan(rule))


def test_a_sentence_within_another_mentions_no_time() -> None:
    """Tables write the times of a sentence beforehand, and only of the outer one."""

    def rule(known: Known) -> Rule:
        inner = say("since {at:moment}", at=known["at"])
        listed = Listed([Applying(known["n"] > 0, inner)], "never")
        return Rule(Reason.CUSTOM, known["n"] >= 1, known["n"], 1, say("looked: {why:text}", why=listed))

    with pytest.raises(ConfigurationError, match="expected no times in a sentence within another"):
        Decider(_plan(rule))


def test_what_is_right_passes() -> None:
    """Two times, numbers, texts and sentences; what cannot be worked out of nobody is left alone."""
    rule = _saying(
        "{a:moment} {b:moment} {n:look} {x:signed} {t:text}",
        lambda k: {"a": k["at"], "b": k["at"] + 1, "n": k["n"], "x": 1 / k["n"], "t": k["tier"]},
    )
    assert Decider(_plan(rule))


def test_tables_have_a_column_for_each_time() -> None:
    """The limit is theirs."""
    assert len(asked.MOMENTS) == MOST_TIMES


@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.name)
def test_built_in_gates_would_pass_the_trial(kind: type[Gate]) -> None:
    """They are not tried, to prepare a campaign quickly."""
    settings = {
        "frequency": {"caps": [{"limit": 1, "per": "7d"}]},
        "quiet_hours": {"from": "21:00", "to": "08:00"},
        "recognition": {"from_tier": "gold"},
        "unsubscribe_risk": {"at_most": 0.01, "permission_value": 5},
        "holdout": {"share": 0.1},
    }
    prepared = plan(**{kind.name: settings.get(kind.name, {})})
    questions = [*prepared.person, *(question for one in prepared.candidates for question in one.questions)]
    for question in questions:
        if question.gate.name == kind.name:
            assert tried(question.gate, question.ask) == question.facts
