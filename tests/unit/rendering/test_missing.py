"""A value that is missing may be asked for, but never used."""

from __future__ import annotations

import pytest

from sendgate.errors import RenderError

USES = [
    "Hi {{ person.city }},",
    "{{ person['city'] }}",
    "{{ person.city.upper() }}",
    "{{ person.city | upper }}",
    "{{ person.city | trim | title }}",
    "{{ person.city | int }}",
    "{{ person.city | money }}",
    "{{ person.city | date }}",
    "{{ person.city | length }}",
    "{{ person.city | join(',') }}",
    "{{ person.city | first }}",
    "{{ person.city | e }}",
    "{{ 'Hi ' ~ person.city }}",
    "{{ 'Hi ' + person.city }}",
    "{{ person.city + 'x' }}",
    "{{ person.city * 2 }}",
    "{{ -person.city }}",
    "{{ 'a' if person.city > 3 }}",
    "{{ 'a' if 'b' in person.city }}",
    "{{ person.city() }}",
    "{{ person.city[0] }}",
    "{{ [person.city] | join }}",
    "{% for letter in person.city %}x{% endfor %}",
    "{% set city %}{{ person.city }}{% endset %}",
    "{% macro greet(name) %}Hi {{ name }}{% endmacro %}{{ greet(person.city) }}",
    "{{ person.given_name and person.city }}",
]


@pytest.mark.parametrize("body", USES)
def test_using_a_missing_value_names_it(sms, body):
    """Whatever uses a missing value stops the message, with the value's full name."""
    with pytest.raises(RenderError, match=r"`person\.city` is missing") as caught:
        sms(body)
    assert caught.value.value == "person.city"


ASKS = [
    ("{{ 'yes' if person.city else 'no' }}", "no"),
    ("{% if person.city %}yes{% else %}no{% endif %}", "no"),
    ("{% if not person.city %}no{% endif %}", "no"),
    ("{{ 'yes' if person.city is defined else 'no' }}", "no"),
    ("{{ 'no' if person.city is undefined }}", "no"),
    ("{{ person.city | default('there') }}", "there"),
    ("{{ person.city | d('there') }}", "there"),
    ("{{ person.city or 'there' }}", "there"),
    ("{{ person.address.street | default('there') }}", "there"),
    ("{{ 'yes' if person.city == 'Oslo' else 'no' }}", "no"),
    ("{{ 'yes' if person.city != 'Oslo' else 'no' }}", "yes"),
    ("{{ 'yes' if person.city in ['Oslo'] else 'no' }}", "no"),
    ("{% set city = person.city %}{{ city | default('there') }}", "there"),
    ("a{{ 'b' if person.city }}", "a"),
]


@pytest.mark.parametrize(("body", "text"), ASKS)
def test_asking_for_a_missing_value_is_allowed(sms, body, text):
    """A condition or a default takes a missing value as false."""
    assert sms(body) == text


@pytest.mark.parametrize("empty", ["", " ", "\t\n", "\u00a0"])
def test_an_empty_attribute_is_missing(sms, context_of, empty):
    """An attribute without a visible character counts as missing: nobody is greeted with "Hi ,"."""
    with pytest.raises(RenderError) as caught:
        sms("Hi {{ person.given_name }},", context_of({"given_name": empty}))
    assert caught.value.value == "person.given_name"


@pytest.mark.parametrize("name", ["offer.colour", "brand.slogan", "evidence.carted_at", "recognition.tier", "nonsense"])
def test_missing_words_of_other_kinds_are_named_too(sms, name):
    """What is not known about offer, brand, evidence or recognition is missing by its full name."""
    with pytest.raises(RenderError) as caught:
        sms("{{ " + name + " }}")
    assert caught.value.value == name


def test_the_message_names_template_and_line(render):
    """A missing value is reported with the file and line that used it, also inside a layout."""
    creative = "{% extends 'second.j2' %}{% block subject %}s{% endblock %}"
    layout = "{% block subject %}{% endblock %}\n{% block html %}\n<p>{{ person.city }}</p>{% endblock %}"
    with pytest.raises(RenderError) as caught:
        render(creative, **{"second.j2": layout})
    assert str(caught.value) == "`second.j2` line 3: `person.city` is missing"
    assert caught.value.template == "second.j2"


def test_none_is_not_printed(sms):
    """Nothing is not a text: a template that prints it stops."""
    with pytest.raises(RenderError, match="prints nothing"):
        sms("{{ none }}")
