"""What a template cannot do without is read off the template."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader

from sendgate.errors import RenderError
from sendgate.model.campaigns import Channel
from sendgate.rendering.renderer import Renderer

REQUIRED = [
    ("{{ person.a }}", "a"),
    ("{{ person['a'] }}", "a"),
    ("{{ person.b }} {{ person.a }} {{ person.b }}", "a b"),
    ("{{ person.a | upper | trim }}", "a"),
    ("{{ person.a.upper() }}", "a"),
    ("{{ 'Hi ' ~ person.a ~ person.b }}", "a b"),
    ("{{ (person.a | int) + 1 }}", "a"),
    ("{{ 'x' if person.a | int > 3 else 'y' }}", "a"),
    ("{% if person.a > 'k' %}x{% endif %}", "a"),
    ("{% if person.a > 'k' and person.b > 'k' %}x{% endif %}", "a"),
    ("{% for c in person.a %}{{ person.b }}{% endfor %}", "a"),
    ("{% set x = person.a | upper %}", "a"),
    ("{% set x %}{{ person.a }}{% endset %}", "a"),
    ("{% with x = 1 %}{{ person.a }}{% endwith %}", "a"),
    ("{% filter upper %}{{ person.a }}{% endfilter %}", "a"),
    ("{% if x %}{{ person.a }}{% else %}{{ person.a }}{{ person.b }}{% endif %}", "a"),
    ("{% if x %}{{ person.a }}{% elif y %}{{ person.b }}{% else %}{{ person.a }}{% endif %}", ""),
    ("{% macro m() %}{{ person.a }}{% endmacro %}{{ m() }}", "a"),
    ("{% include 'other.j2' %}", "other"),
    ("{{ person.a and person.b }}", ""),
    ("{{ person.a | default('x') }}", ""),
    ("{{ person.a | d(person.b) }}", ""),
    ("{{ person.a or person.b }}", ""),
    ("{{ person.a if person.a }}", ""),
    ("{{ person.a if person.a is defined else 'x' }}", ""),
    ("{% if person.a %}{{ person.a }}{% endif %}", ""),
    ("{% if not person.a %}x{% else %}{{ person.a }}{% endif %}", ""),
    ("{{ 'x' if person.a == 'y' }}", ""),
    ("{% for i in [] %}{{ person.a }}{% endfor %}", ""),
    ("{% macro m() %}{{ person.a }}{% endmacro %}", ""),
    ("{% macro m() %}{{ m() }}{{ person.a }}{% endmacro %}{% if false %}{{ m() }}{% endif %}", ""),
    ("{% set person = offer %}{{ person.name }}", ""),
    ("{% macro m(person) %}{{ person.a }}{% endmacro %}{{ m({'a': 1}) }}", ""),
    ("{% for person in [offer] %}{{ person.name }}{% endfor %}", ""),
    ("{{ offer.name }}{{ recognition.tier | default('') }}", ""),
    ("{# {{ person.a }} #}{% raw %}{{ person.a }}{% endraw %}", ""),
]
OTHER = {"other.j2": "{{ person.other }}"}


@pytest.mark.parametrize(("body", "names"), REQUIRED)
def test_required_values_are_those_printed_in_any_case(context_of, body, names):
    """Only what is used whatever happens is required, and without it the message is stopped indeed."""
    renderer = Renderer(DictLoader({"m.j2": "{% block text %}x" + body + "{% endblock %}", **OTHER}))
    required = renderer.required_values("m.j2", Channel.SMS)
    assert required == tuple(names.split())
    everything = {"a": "1", "b": "2", "other": "3"}
    renderer.render("m.j2", Channel.SMS, context_of(everything))
    for name in required:
        with pytest.raises(RenderError):
            renderer.render("m.j2", Channel.SMS, context_of({k: v for k, v in everything.items() if k != name}))


def test_layouts_count_as_far_as_they_are_used():
    """A layout's needs count, without those of a block that the creative replaced and does not ask for."""
    layout = (
        "{% set x = person.top ~ '' %}"
        "{% block subject %}{{ person.subject }}{% endblock %}"
        "{% block html %}{{ person.frame }}{% block content %}{{ person.content }}{% endblock %}"
        "{% block foot %}{{ person.foot }}{% endblock %}{{ self.preheader() }}{% endblock %}"
        "{% block preheader %}{{ person.pre }}{% endblock %}"
        "{% block text %}{{ person.text }}{% endblock %}"
    )
    creative = (
        "{% extends 'layout.j2' %}{% block content %}{{ person.own }}{% endblock %}"
        "{% block foot %}{{ super() }}{% endblock %}{% block text %}{% endblock %}"
    )
    renderer = Renderer(DictLoader({"layout.j2": layout, "m.j2": creative}))
    assert renderer.required_values("m.j2", Channel.EMAIL) == ("foot", "frame", "own", "pre", "subject", "top")
    assert renderer.required_values("m.j2", Channel.SMS) == ("top",)


@pytest.mark.parametrize("source", ["{% if %}", "{% extends 'gone.j2' %}", "{% extends 'm.j2' %}"])
def test_a_template_that_cannot_be_read_says_so(source):
    """A broken template has no requirements but an error."""
    with pytest.raises(RenderError, match=r"\.j2"):
        Renderer(DictLoader({"m.j2": source})).required_values("m.j2", Channel.SMS)


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        ("Stop: {{ unsubscribe_url }}", True),
        ("{{ unsubscribe_url | upper }}", True),
        ("{% macro out() %}{{ unsubscribe_url }}{% endmacro %}{{ out() }}", True),
        ("{% if campaign.purpose == 'promotional' %}{{ unsubscribe_url }}{% endif %}", False),
        ("{{ person.unsubscribe_url }}", False),
        ("{% set unsubscribe_url = 'reply STOP' %}{{ unsubscribe_url }}", False),
    ],
)
def test_a_way_out_is_printed_in_any_case_or_not(body, printed):
    """What stands under a condition, or is only called so, proves nothing."""
    renderer = Renderer(DictLoader({"m.j2": f"{{% block text %}}{body}{{% endblock %}}"}))
    assert renderer.prints_way_out("m.j2", Channel.SMS) is printed
