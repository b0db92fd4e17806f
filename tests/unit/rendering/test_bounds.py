"""No template can hang a run, eat the memory, or reach beyond its words."""

from __future__ import annotations

import signal
import tracemalloc

import pytest

from sendgate.errors import RenderError
from sendgate.model.campaigns import Channel

SECONDS = 10
"""Of the processor: four times what the slowest payload takes. On a loaded machine the clock on the wall runs away."""
MEMORY = 64_000_000

BIG = "{% set big = 'x' * 1000 %}"
PAYLOADS = [
    "{{ range(10 ** 9) | list }}",
    "{% for i in range(999999999) %}x{% endfor %}",
    "{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(9) %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for i in range(900) %}{% for j in range(900) %}<br>{% endfor %}{% endfor %}",
    "{{ 'a' * 10000000000 }}",
    "{{ 10000000000 * 'a' }}",
    "{{ [1] * 10000000000 }}",
    "{{ ('ab' * 900) * 900 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ 2 ** 9999999 }}",
    "{% set n = namespace(v=9) %}{% for i in range(60) %}{% set n.v = n.v * n.v %}{% endfor %}{{ n.v }}",
    "{% set n = namespace(v=9) %}{% for i in range(900) %}{% set n.v = n.v ** 2 %}{% endfor %}{{ n.v }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (1000000000, 1) }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ '{0:1000000000}'.format_map({'0': 1}) }}",
    "{{ '%1000000000s' | format('a') }}",
    "{{ 'a' | center(10000000000) }}",
    "{{ 'a\nb' | indent(1000000000) }}",
    "{{ 'a b' | wordwrap(1, wrapstring='x' * 1000) }}",
    "{{ [1] | batch(1000000000, 'x') | list }}",
    "{{ [1] | slice(1000000000) | list }}",
    "{{ 'a'.ljust(1000000000) }}",
    "{{ 'a'.zfill(1000000000) }}",
    "{{ 'a\t'.expandtabs(1000000000) }}",
    "{{ 'a'.encode('utf-8') }}",
    "{{ lipsum(100000) }}",
    "{{ cycler('a') }}",
    "{{ joiner('a') }}",
    "{{ now.strftime('%1000000000Y') }}",
    BIG + "{{ big.replace('x', big) }}",
    BIG + "{% set big = big | replace('x', big) %}{% set big = big | replace('x', 'y' * 1000) %}{{ big }}",
    BIG + "{{ (big ~ big) | replace('', big) }}",
    BIG + "{% set big = big | list | join(big) %}{% set big = big[:900] | list | join(big) %}{{ big }}",
    "{% set n = namespace(v='abcd') %}{% for i in range(60) %}{% set n.v = n.v ~ n.v %}{% endfor %}{{ n.v }}",
    "{% set n = namespace(v='abcd') %}{% for i in range(60) %}{% set n.v = n.v + n.v %}{% endfor %}{{ n.v }}",
    (
        "{% set n = namespace(v='abcd') %}{% for i in range(60) %}"
        "{% set v %}{{ n.v }}{{ n.v }}{% endset %}{% set n.v = v %}{% endfor %}{{ n.v }}"
    ),
    "{% set n = namespace(v=[1]) %}{% for i in range(60) %}{% set n.v = n.v + n.v %}{% endfor %}",
    "{% set n = namespace(v=[1]) %}{% for i in range(60) %}{% set n.v = [n.v, n.v] %}{% endfor %}{{ n.v }}",
    "{% set n = namespace(v=1) %}{% for i in range(60) %}{% set n.v = {'a': n.v, 'b': n.v} %}{% endfor %}{{ n.v }}",
    (
        "{% set n = namespace(a=1, b=1) %}{% for i in range(60) %}{% set n.a = (n.a, n.a) %}{% set n.b = (n.b, n.b) %}"
        "{% endfor %}{{ 'same' if n.a == n.b }}"
    ),
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(20) }}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) ~ f(n - 1) }}{% else %}x{% endif %}{% endmacro %}{{ f(20) }}",
    "{% macro f() %}{{ f(varargs, varargs) if varargs | length < 9 }}{% endmacro %}{{ f(1) }}",
    "{% macro f() %}{{ f(varargs, varargs) }}{% endmacro %}{{ f(1) }}",
    (
        "{% macro f() %}{% for i in range(900) %}{{ 'x' * 900 }}{% endfor %}{% endmacro %}"
        "{% for i in range(900) %}{% set x = f() %}{% endfor %}"
    ),
    "{% macro f() %}{{ caller() }}{{ caller() }}{% endmacro %}"
    + "{% call f() %}" * 18
    + "xxxxxxxxxxxxxxxxxxxx"
    + "{% endcall %}" * 18,
    "{% set n = n | default(40) - 1 %}{% if n %}{% include 'creative.j2' %}{% include 'creative.j2' %}{% endif %}",
    "{% include 'second.j2' %}",
    "{% include 'third.j2' %}",
    "{% for i in [1] recursive %}{{ loop([1]) }}{{ loop([1]) }}{% endfor %}",
    "{% for i in 'x' * 1000 %}{% for j in 'x' * 1000 %}{{ i }}{% endfor %}{% endfor %}",
    "{{ ('x' * 1000 ~ 'y') * 900 }}",
    "{{ 5 | round(1000000000) }}",
    "{{ 5 | round(-1000000000) }}",
    "{{ ('a,' * 500).split(',') * 1000 }}",
    "{% set l = ['x' * 1000] * 1000 %}{% for i in range(1000) %}{{ l | sort | first | length }}{% endfor %}",
    "{% set l = range(1000) | list %}{% for i in range(1000) %}{{ l | sort | first }}{% endfor %}",
]


LONG = (
    "{% set n = namespace(s='ß' * 1000) %}{% for i in range(8) %}{% set n.s = n.s ~ n.s %}{% endfor %}"
    "{% set n.t = n.s ~ 'x' %}{% set n.u = n.s ~ '' %}{% set n.l = [n.s] %}"
    "{% for i in range(100) %}{% for j in range(20) %}"
)
"""A loop over a text of 256,000 characters, which is well within what may be written."""
ON_LONG_TEXT = [
    "{% set t = n.s.upper() %}",
    "{% set t = n.s.strip(n.s) %}",
    "{% set t = 'x'.startswith(n.s) %}",
    "{% set t = n.s[::-1] %}",
    "{% if 'q' in n.s %}{% endif %}",
    "{% if 'q' not in n.l %}{% endif %}",
    "{% if n.s == n.u %}{% endif %}",
    "{% if n.s < n.t %}{% endif %}",
    "{% if n.s is lower %}{% endif %}",
    "{% if 'q' is in(n.s) %}{% endif %}",
    "{% if loop.changed(n.s) %}{% endif %}",
    "{% set t = n.s | max %}",
    "{% set t = n.s | unique %}",
    "{% set t = n.s | reverse %}",
    "{% set t = n.s | join %}",
    "{% set t = 5 | money(n.s) %}",
    "{% set t = 'x' | replace(n.l, 'x') %}",
    "{% set t = person[n.s] %}",
    "{% include n.s ignore missing %}",
    "{% include [n.s] ignore missing %}",
    "{% set t = range(1000) | max %}",
]


class _LateError(BaseException):
    """No exception that a renderer catches."""


def _late(*_):
    raise _LateError(f"still running after {SECONDS} seconds of work")


@pytest.fixture
def guarded():
    """Stop a test that takes too long, and measure the memory that it takes."""
    signal.signal(signal.SIGPROF, _late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    tracemalloc.start()
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY


@pytest.mark.parametrize("body", PAYLOADS)
def test_a_greedy_template_is_stopped(render, guarded, body):
    """A template that would run or grow without end is refused, soon and with little memory."""
    second = "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(20) }}"
    third = "{% set n = n | default(24) - 1 %}{% if n %}{% include ['third.j2'] %}{% include ['third.j2'] %}{% endif %}"
    with pytest.raises(RenderError):
        render("{% block text %}" + body + "{% endblock %}", second, third, channel=Channel.SMS)


@pytest.mark.parametrize("work", ON_LONG_TEXT)
def test_work_on_a_long_text_is_paid_by_its_length(render, guarded, work):
    """What goes through a long text again and again is stopped, though it writes nothing."""
    with pytest.raises(RenderError, match=r"does too much|more than 1000 items"):
        render("{% block text %}" + LONG + work + "{% endfor %}{% endfor %}done{% endblock %}", channel=Channel.SMS)


def test_top_level_work_is_bounded_too(render, guarded):
    """What a template does outside of its blocks draws on the same budget."""
    top = "{% set n = namespace(v='ab') %}{% for i in range(60) %}{% set n.v = n.v ~ n.v %}{% endfor %}"
    with pytest.raises(RenderError, match="too much"):
        render(top + "{% block text %}x{% endblock %}", channel=Channel.SMS)


USEFUL = [
    ("{% for i in range(1000) %}{% endfor %}ok", "ok"),
    ("{{ '-' * 40 }}", "-" * 40),
    ("{{ 2 ** 10 + 7 % 4 - 6 // 4 }}", "1026"),
    ("{{ [3, 1, 2] | sort | join('-') }}", "1-2-3"),
    ("{{ ['b', 'a', 'b'] | unique | reverse | join(',') }}", "a,b"),
    (
        "{% for a, b in [('x', 1), ('y', 2)] %}{{ loop.index }}{{ a }}{{ b }}{{ ',' if not loop.last }}{% endfor %}",
        "1x1,2y2",
    ),
    ("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}", "a1"),
    ("{% set n = namespace(sum=0) %}{% for i in range(4) %}{% set n.sum = n.sum + i %}{% endfor %}{{ n.sum }}", "6"),
    ("{{ 'Dusty Rose'.upper() }} {{ 'a b'.split(' ') | last }}", "DUSTY ROSE b"),
    ("{{ 'long text of words' | truncate(9, true, '') }}", "long text"),
    ("{{ 3.14159 | round(2) }} {{ 2.5 | round }}", "3.14 2"),
    ("{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}", "1213"),
    ("{{ loop_free | default('fine') }}", "fine"),
    (
        "{{ ('ab ' * 300 ~ 'c') | length }} {{ ('ab ' * 300) | first }}{{ 'abc' | reverse }}{{ 'abc'[::-1] }}",
        "901 acbacba",
    ),
    ("{{ 'b' in 'abc' and 'x' not in ['a', i] and person.given_name[:2] == 'Ma' }}", "True"),
    ("{% set l = range(900) | list %}{% for i in range(30) %}{{ 'k' in l }}{% endfor %}", "False" * 30),
]


@pytest.mark.parametrize(("body", "text"), USEFUL)
def test_what_a_message_needs_is_left(sms, body, text):
    """Ordinary loops, arithmetic, lists and macros work."""
    assert sms(body) == text


ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'].__mro__ }}",
    "{{ person.__class__ }}",
    "{{ person._values }}",
    "{{ person['_values'].clear }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ range.__self__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ ''.join }}",
    "{{ 'a'.format }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ ''.__class__.__base__.__subclasses__() }}",
    "{{ [].append(1) }}",
    "{{ {}.update(a=1) }}",
    "{{ [1] | map(attribute='__class__') | first }}",
    "{{ [1] | attr('__class__') }}",
    "{{ 1 | attr('real') }}",
    "{{ [''] | sort(attribute='__class__') | first }}{{ [''] | max(attribute='__class__') | first }}",
    "{{ [now] | join(attribute='__class__') }}",
    "{{ now.tzinfo }}",
    "{{ now }}",
    "{{ person }}",
    "{{ namespace }}",
    "{{ self }}",
    "{{ self.text }}",
    "{{ range(3) }}",
    "{{ {'a': 1} }}",
    "{% macro m() %}{% endmacro %}{{ m }}{{ m._func }}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "{% for i in [1] %}{{ loop._iterable }}{% endfor %}",
    "{{ config.items() }}",
    "{{ request.application }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{{ dict(a=1) }}",
]


@pytest.mark.parametrize("body", ESCAPES)
def test_nothing_leads_out_of_the_sandbox(sms, body):
    """Internals of Python and Jinja cannot be reached, called or printed."""
    with pytest.raises(RenderError):
        sms(body)


def test_what_is_not_offered_is_named(sms):
    """In words for who wrote the template."""
    with pytest.raises(RenderError, match="`strftime` cannot be asked of a value here: see whether a filter, such as"):
        sms("{{ now.strftime('%d') }}")


@pytest.mark.parametrize("body", ["{{ person.given_name | safe }}", "{% autoescape false %}x{% endautoescape %}"])
def test_escaping_cannot_be_switched_off(html, body):
    """No template can put a value into HTML as it is."""
    with pytest.raises(RenderError):
        html(body)
