from __future__ import annotations

from sendgate.gate import Ask
from sendgate.gates.fit import Fit
from sendgate.model.campaigns import Campaign, Channel, Condition, Family, Purpose


def wanted(condition: Condition) -> str:
    """Give what the gate says that the campaign is for."""
    campaign = Campaign("spring", "harbor", Channel.EMAIL, Purpose.PROMOTIONAL, (), fits=(condition,))
    known = {"age": "7", "age as number": 7.0}
    return Fit().rules(Ask(Family("H", {}), campaign), known)[0].limit


def test_a_flag_and_a_number_are_told_apart():
    """To Python true is 1: what was said of one condition is not said of the other."""
    assert [wanted(Condition("age", is_=value)) for value in (True, 1.0, False, 0.0)] == [
        "age true",
        "age 1",
        "age false",
        "age 0",
    ]


def test_numbers_are_told_as_a_file_has_them():
    """Neither ``5.0`` for 5 nor ``1.23457e+06`` for a number with seven digits."""
    condition = Condition("age", any_of=(5.0, 0.1, 123456789012345.0), at_least=1234567, not_=(2.5,))
    assert wanted(condition) == "age 5 or 0.1 or 123456789012345 and at least 1234567 and not 2.5"
