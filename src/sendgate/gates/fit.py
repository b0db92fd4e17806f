"""Does anything that is known of this person contradict the offer?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from sendgate.facts.arithmetic import Value, any_of, not_, one_of
from sendgate.facts.kinds import Attribute, AttributeNumber, Fact, Facts
from sendgate.facts.profile import number_in
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule, Scope
from sendgate.model.campaigns import Condition, Scalar
from sendgate.model.reasons import Reason
from sendgate.model.times import UNKNOWN

_YES = ("true", "True", "TRUE", "yes", "Yes", "YES", "1")
_NO = ("false", "False", "FALSE", "no", "No", "NO", "0")


class Fit(Gate, frozen=True):
    """Drops where an attribute contradicts a ``fits:`` condition of the campaign or of the offer."""

    name: ClassVar[str] = "fit"
    scopes: ClassVar[frozenset[Scope]] = frozenset(Scope)

    unknown: Annotated[Literal["pass", "block"], Meta(description="what becomes of people without the attribute")] = (
        "pass"
    )

    def facts(self, ask: Ask) -> Facts:
        """Ask for each attribute, as text and as a number where a number is compared."""
        facts: dict[str, Fact] = {}
        for condition in _conditions(ask):
            facts[condition.attribute] = Attribute(condition.attribute)
            if _numeric(condition):
                facts[_number(condition)] = AttributeNumber(condition.attribute)
        return facts

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Check every condition; of what is no number, nobody knows whether it is more or less than one."""
        return tuple(rule for condition in _conditions(ask) for rule in self._rules(condition, known))

    def _rules(self, condition: Condition, known: Mapping[str, Value]) -> Iterator[Rule]:
        name, text = condition.attribute, known[condition.attribute]
        number = known.get(_number(condition), UNKNOWN)
        unknown = (text == "") | (number == UNKNOWN) if _compares(condition) else text == ""
        wanted, contradicts = _words(condition)
        yield Rule(
            Reason.CONTRADICTED,
            _contradicted(condition, text, number) & not_(unknown),
            text,
            wanted,
            say(contradicts, value=text),
            "nothing known contradicts the offer",
        )
        yield Rule(
            Reason.ATTRIBUTE_UNKNOWN,
            unknown & (self.unknown == "block"),
            text,
            wanted,
            f"{name} is unknown, the offer is for {wanted}",
        )


def contradicts(condition: Condition, value: Scalar) -> bool:
    """Tell whether a condition keeps out whoever has a value."""
    text = _as_written(value)
    number = number_in(text)
    return not (_compares(condition) and number == UNKNOWN) and bool(_contradicted(condition, text, number))


def _conditions(ask: Ask) -> tuple[Condition, ...]:
    return ask.campaign.fits if ask.offer is None else ask.offer.fits


def _plain(text: str) -> str:
    """Keep braces in names from being read as fields of a sentence."""
    return text.replace("{", "{{").replace("}", "}}")


def _number(condition: Condition) -> str:
    return f"{condition.attribute} as number"


def _is_number(value: Scalar | None) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _compares(condition: Condition) -> bool:
    return condition.at_least is not None or condition.at_most is not None


def _numeric(condition: Condition) -> bool:
    return _compares(condition) or any(map(_is_number, (condition.is_, *condition.any_of, *condition.not_)))


def _equals(option: Scalar, text: Value, number: Value) -> Value:
    if isinstance(option, bool):
        return one_of(text, _YES if option else _NO)
    return number == float(option) if _is_number(option) else text == option


def _contradicted(condition: Condition, text: Value, number: Value) -> Value:
    failures: list[Value] = []
    if condition.is_ is not None:
        failures.append(not_(_equals(condition.is_, text, number)))
    if condition.any_of:
        failures.append(not_(any_of(*(_equals(option, text, number) for option in condition.any_of))))
    failures.extend(_equals(option, text, number) for option in condition.not_)
    if condition.at_least is not None:
        failures.append(number < condition.at_least)
    if condition.at_most is not None:
        failures.append(number > condition.at_most)
    return any_of(*failures)


def _as_written(option: Scalar) -> str:
    """Write a value as a campaign file has it: ``5``, ``true``."""
    if isinstance(option, bool):
        return str(option).lower()
    return option if isinstance(option, str) else f"{option:.15g}"  # as many digits as files have


def _words(condition: Condition) -> tuple[str, str]:
    """Say what the offer is for, and the template of the sentence for somebody whom it is not for."""
    words = [_as_written(condition.is_)] if condition.is_ is not None else []
    if condition.any_of:
        words.append(" or ".join(map(_as_written, condition.any_of)))
    if condition.at_least is not None:
        words.append(f"at least {_as_written(condition.at_least)}")
    if condition.at_most is not None:
        words.append(f"at most {_as_written(condition.at_most)}")
    if condition.not_:
        words.append("not " + " or ".join(map(_as_written, condition.not_)))
    wanted = f"{condition.attribute} {' and '.join(words)}"
    return wanted, f"{_plain(condition.attribute)} is {{value:text}}, the offer is for {_plain(wanted)}"
