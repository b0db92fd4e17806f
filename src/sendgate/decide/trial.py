"""A gate of another package is asked once on trial, when a campaign is prepared.

What works for one person only, or says something else of everybody, is told before anything is decided, and names the
gate and the sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sendgate.errors import ConfigurationError, Mistake, SendgateError
from sendgate.facts.kinds import Facts
from sendgate.facts.readings import basis
from sendgate.facts.sentence import MOST_TIMES, TEXT, TIMES, Field, Listed, Sentence
from sendgate.facts.sheet import Cell, Row, Sheet, UnknownYetError
from sendgate.gate import Ask, Gate, Rule


def tried(gate: Gate, ask: Ask) -> Facts:
    """Give the facts that a gate asks for, once its rules are seen to work in both regimes.

    Raises ConfigurationError with what does not.
    """
    try:
        sheet, facts = Sheet(), gate.facts(ask)
        rules = gate.rules(ask, {name: sheet.fact(fact) for name, fact in facts.items()})
        faults = [*dict.fromkeys(_faults(rules, sheet))]
    except (ConfigurationError, SendgateError):
        raise
    except Exception as error:
        cause = str(error) if isinstance(error, UnknownYetError) else f"{type(error).__name__}: {error}"
        raise _refused(gate, [f"it cannot be asked: {cause}"]) from error
    if faults:
        raise _refused(gate, faults)
    return facts


def _refused(gate: Gate, faults: Iterable[str]) -> ConfigurationError:
    return ConfigurationError([Mistake(f"gate `{gate.name}`", fault, in_file=False) for fault in faults])


def _faults(rules: Iterable[Rule], sheet: Sheet) -> Iterator[str]:
    row = _of_nobody(sheet)
    for rule in rules:
        both: tuple[object, object] = (rule.says, rule.passes)
        for says in both:
            if not isinstance(says, str | Sentence | Listed):
                yield "a rule says what is neither a text nor a sentence: write `say(...)`"
            for sentence in _sentences(says):
                yield from _wrong_in(sentence, row)
        yield from _too_many_moments(rule.says)


def _of_nobody(sheet: Sheet) -> Row | None:
    """Work out every value for a person of whom nothing is known, to tell texts from numbers; None: it cannot be."""
    try:
        return sheet.function()([basis(fact).empty for fact in sheet.facts])
    except (ArithmeticError, TypeError, ValueError):
        return None


def _sentences(says: object) -> Iterator[Sentence]:
    """Give a sentence and all that stand in it."""
    if isinstance(says, Sentence):
        yield says
    parts = [field.value for field in says.fields] if isinstance(says, Sentence) else getattr(says, "sentences", ())
    for part in parts:
        yield from _sentences(part)


def _wrong_in(sentence: Sentence, row: Row | None) -> Iterator[str]:
    for field in sentence.fields:
        if why := _wrong_with(field, row):
            yield f"in the sentence {sentence!r}, {why}"


def _wrong_with(field: Field, row: Row | None) -> str:
    name, form, value = field
    if value is None:
        return f"nobody says what `{name}` is"
    if not form[0].isalpha():
        return f"`{name}` has the format `{form}`: expected one that `say` knows, or a noun for what is counted"
    if isinstance(value, Cell):
        if row is None:
            return ""
        value = row[value.place]
    is_text = isinstance(value, str | Sentence | Listed)
    if is_text == (form == TEXT):
        return ""
    if is_text:
        return f"`{name}` is a text: write `{{{name}:text}}`"
    return f"`{name}` is a number: write `{{{name}:amount}}`, or a noun for what is counted"


def _too_many_moments(says: object) -> Iterator[str]:
    """Refuse a time that tables have no text of: the third in a sentence, and any in a sentence within another."""
    for place, sentence in enumerate(_sentences(says)):
        within = place > 0 or not isinstance(says, Sentence)
        moments = [field for field in sentence.fields if field.form in TIMES]
        if any(isinstance(field.value, Cell) for field in moments[0 if within else MOST_TIMES :]):
            most = "no times in a sentence within another" if within else f"at most {MOST_TIMES} times in one sentence"
            yield f"the sentence {sentence!r} mentions too many times: expected {most}"
