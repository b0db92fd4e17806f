"""The mistakes of templates, all at once, with file and line."""

from __future__ import annotations

import pytest

from sendgate.model.campaigns import Channel
from sendgate.rendering.checking import template_mistakes

LAYOUT = "{% block subject %}{% endblock %}{% block html %}{% block content %}{% endblock %}{% endblock %}"


@pytest.fixture
def check(tmp_path):
    """Write files, and list the mistakes of the first one as `file:line: message (help)`."""

    def checked(channel=Channel.SMS, **files):
        for name, source in files.items():
            (tmp_path / f"{name}.j2").write_bytes(source if isinstance(source, bytes) else source.encode())
        mistakes = template_mistakes(tmp_path, [f"{next(iter(files))}.j2"], channel)
        return [str(mistake).removeprefix(f"{tmp_path}/") for mistake in mistakes]

    return checked


SINGLE = [
    ("{{ offer.prise }}", "m.j2:2: unknown attribute `offer.prise` (did you mean `price`?)"),
    ("{{ offer['prise'] }}", "m.j2:2: unknown attribute `offer.prise` (did you mean `price`?)"),
    ("{{ recognition.teir }}", "m.j2:2: unknown attribute `recognition.teir` (did you mean `tier`?)"),
    ("{{ evidence.viewd }}", "m.j2:2: unknown attribute `evidence.viewd` (did you mean `viewed`?)"),
    ("{{ persn.given_name }}", "m.j2:2: unknown word `persn` (did you mean `person`?)"),
    ("{{ offer.price | mony }}", "m.j2:2: unknown filter `mony` (did you mean `money`?)"),
    ("{{ 'x' | safe }}", "m.j2:2: unknown filter `safe` (Jinja has it, the sandbox does not offer it)"),
    ("{% filter uper %}x{% endfilter %}", "m.j2:2: unknown filter `uper` (did you mean `upper`?)"),
    ("{{ 'x' if 1 is od }}", "m.j2:2: unknown test `od` (did you mean `odd`?)"),
    ("{% for i in [1] recursive %}{% endfor %}", "m.j2:2: recursive loops are not offered"),
    ("{% autoescape false %}{% endautoescape %}", "m.j2:2: `autoescape` cannot be switched"),
    ("{% include 'othr.j2' %}", "m.j2:2: there is no template `othr.j2` (did you mean `other.j2`?)"),
    ("{% include person.given_name %}", "m.j2:2: the name of a template is calculated (write it out)"),
    ("{% include 'blocked.j2' %}", "blocked.j2:1: block `inner` in a file that is included"),
    (
        "Hi {{ person }}",
        "m.j2:2: prints `person` itself (say what of it: `person.given_name`, `person.tier`, `person.…`)",
    ),
    ("{{ recognition }}", "m.j2:2: prints `recognition` itself (say what of it: `recognition.brands`, "),
    ("<a title={{ person.x }}>", 'm.j2:2: a value in an HTML attribute without quotes (write name="{{ … }}")'),
]


@pytest.mark.parametrize(("body", "mistake"), SINGLE)
def test_a_mistake_has_place_and_help(check, body, mistake):
    """A wrong word, attribute, filter, test or file is reported with its line and the nearest right name."""
    found = check(
        m="{% block text %}\n" + body + "{% endblock %}", other="o", blocked="{% block inner %}{% endblock %}"
    )
    assert [line[: len(mistake)] for line in found] == [mistake]


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        ("{% block text %}\n{% if %}{% endblock %}", "m.j2:2: Expected an expression"),
        ("\n\n{% block text %}{{ 'a", "m.j2:3: "),
        ("{% block text %}{% endfor %}", "m.j2:1: "),
        ("{% block text %}{% endblock %}{% block text %}{% endblock %}", "m.j2:1: block 'text' defined twice"),
        ("{% block text %}{{ " + "(" * 5000 + "}}{% endblock %}", "m.j2: nested too deeply"),
        (b"{% block text %}\xff{% endblock %}", "m.j2: not UTF-8 text"),
        ("{% block text %}" + "{% for i in [1] %}" * 25 + "{% endfor %}" * 25 + "{% endblock %}", "m.j2"),
    ],
)
def test_what_is_no_template_is_reported(check, source, mistake):
    """Broken syntax, wrong encodings and absurd nesting are mistakes with a place, never a traceback."""
    found = check(m=source)
    assert len(found) == 1
    assert found[0].startswith(mistake)


def test_all_mistakes_come_at_once(check):
    """Several mistakes in several files are reported together, in order of file and line."""
    creative = "{% extends 'base.j2' %}\n{% block content %}{{ offr.x }}\n{{ brand.nam }}{{ 'a' | mony }}{% endblock %}"
    found = check(Channel.EMAIL, m=creative, base=LAYOUT + "\n{{ family.nme }}")
    assert [line.partition(" (")[0] for line in found] == [
        "m.j2:2: unknown word `offr`",
        "m.j2:3: unknown filter `mony`",
        "m.j2:3: unknown attribute `brand.nam`",
        "base.j2:2: unknown attribute `family.nme`",
    ]


def test_a_shared_layout_is_reported_once(tmp_path):
    """A mistake in a layout of two creatives is one mistake."""
    (tmp_path / "base.j2").write_text(LAYOUT + "{{ nonsense }}")
    for name in ("a.j2", "b.j2"):
        (tmp_path / name).write_text("{% extends 'base.j2' %}{% block subject %}s{% endblock %}")
    assert len(template_mistakes(tmp_path, ["a.j2", "b.j2"], Channel.EMAIL)) == 1


@pytest.mark.parametrize(
    ("source", "channel", "mistakes"),
    [
        ("hello", Channel.SMS, ["no block `text`"]),
        ("{% block text %}{% endblock %}", Channel.EMAIL, ["no block `subject`"]),
        ("{% block subject %}{% endblock %}", Channel.EMAIL, ["no block `html` or `text`"]),
        ("", Channel.PUSH, ["no block `title`", "no block `body`"]),
    ],
)
def test_missing_parts_are_reported(check, source, channel, mistakes):
    """A template without the blocks of its channel is a mistake, with the names of the blocks."""
    found = check(channel, m=source)
    assert [line.partition(", which")[0] for line in found] == [f"m.j2: {mistake}" for mistake in mistakes]


def test_a_block_without_a_place_is_reported(check):
    """A block whose name no layout has would never be rendered: probably a typing error."""
    creative = "{% extends 'base.j2' %}\n{% block contnet %}x{% block inner %}{% endblock %}{% endblock %}"
    found = check(Channel.EMAIL, m=creative, base=LAYOUT)
    assert found == ["m.j2:2: block `contnet` has no place (did you mean `content`?)"]


def test_missing_files_are_reported(check, tmp_path):
    """A creative or layout that is not there is named, with the nearest file, at the line that asks for it."""
    assert check(m="\n{% extends 'bse.j2' %}", base="x") == [
        "m.j2:2: there is no template `bse.j2` (did you mean `base.j2`?)"
    ]
    gone = template_mistakes(tmp_path, ["n.j2"], Channel.SMS)
    assert str(gone[0]) == f"{tmp_path}/n.j2: there is no template `n.j2` (did you mean `m.j2`?)"
    assert template_mistakes(tmp_path / "nowhere", ["n.j2"], Channel.SMS)


@pytest.mark.parametrize("other", ["{% extends 'm.j2' %}", "{% extends 'b.j2' %}"])
def test_a_circle_of_layouts_is_reported(check, other):
    """Layouts that extend each other are a mistake, not an endless loop."""
    found = check(m="{% extends 'b.j2' %}{% block text %}{% endblock %}", b=other)
    assert any("extends itself" in line for line in found)


def test_a_good_template_has_no_mistakes(check):
    """Loops, macros, imports, variables and what a layout sets are all known words."""
    creative = (
        "{% extends 'base.j2' %}{% from 'tools.j2' import badge as b with context %}{% import 'tools.j2' as t %}"
        "{% set ns = namespace(n=0) %}{% macro m(x, y=1) %}{{ x }}{{ y }}{{ varargs }}{{ caller() }}{% endmacro %}"
        "{% block subject %}{{ person.anything }}{{ now | date }}{{ unsubscribe_url }}{% endblock %}"
        "{% block content %}{{ super() }}{% for k, v in {'a': 1}.items() %}{{ loop.index }}{{ k }}{{ v }}{% endfor %}"
        "{{ b() }}{{ t.badge() }}{{ colour }}{% call(z) m(1) %}{{ z }}{% endcall %}{{ self.subject() }}"
        "{% if offer.price is defined and 3 is odd %}{% set late = range(3) %}{{ late | join }}{% endif %}"
        '<a title="{{ brand.name }}">'
        '{% with q = 1 %}{{ q }}{% endwith %}{% include "gone.j2" ignore missing %}{% endblock %}'
    )
    tools = "{% macro badge() %}{{ recognition.tier | default('') }}{% endmacro %}"
    assert check(Channel.EMAIL, m=creative, base="{% set colour = 1 %}" + LAYOUT, tools=tools) == []


def test_a_variable_may_be_called_as_a_word_is(check):
    """What a template gives the name to is printed."""
    assert not check(m="{% block text %}{% set brand = 'x' %}{{ brand }}{% endblock %}")
