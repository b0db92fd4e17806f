"""The parts of a message, for each channel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from jinja2 import DictLoader

from sendgate.errors import RenderError
from sendgate.model.campaigns import Channel
from sendgate.rendering.message import Email, Push, Sms
from sendgate.rendering.renderer import Renderer

MAIL = """
{% block subject %}Hi {{ person.given_name }}{% endblock %}
{% block preheader %}News & more{% endblock %}
{% block html %}<p>Hi {{ person.given_name }}</p>{% endblock %}
{% block text %}Hi {{ person.given_name }}!{% endblock %}
"""


def test_an_email_has_four_parts(render):
    """The blocks of a template become the parts of a mail, and nothing else is written."""
    assert render(MAIL) == Email("Hi Maren", "News & more", "<p>Hi Maren</p>", "Hi Maren!")


def test_only_html_is_escaped(render, context_of):
    """A value is escaped in HTML and left alone in subject and text, in one and the same file."""
    mail = render(MAIL, context=context_of({"given_name": "<b>A&B</b>"}))
    assert mail.subject == "Hi <b>A&B</b>"
    assert mail.text == "Hi <b>A&B</b>!"
    assert mail.html == "<p>Hi &lt;b&gt;A&amp;B&lt;/b&gt;</p>"


def test_macros_and_joined_texts_are_escaped_once(html, context_of):
    """A macro's own HTML stays, the values in it are escaped, once."""
    body = '{% macro bold(x) %}<b title="{{ x }}">{{ x ~ "!" }}</b>{% endmacro %}{{ bold(person.given_name) }}'
    assert html(body, context_of({"given_name": '"&'})) == '<b title="&#34;&amp;">&#34;&amp;!</b>'


def test_a_layout_is_filled_by_its_creative(render):
    """A creative fills the blocks of its layout, and reaches what it set, its macros and the parent's block."""
    creative = (
        "{% extends 'second.j2' %}{% set drink = 'tea' %}{% macro cup(x) %}[{{ x }}]{% endmacro %}"
        "{% block subject %}{{ drink }}{% endblock %}"
        "{% block content %}{{ super() }}{{ cup(drink) }}{% endblock %}"
    )
    layout = (
        "{% set colour = 'red' %}{% block subject %}{% endblock %}"
        "{% block html %}<i>{{ self.subject() }} {{ colour }} {% block content %}base{% endblock %}</i>{% endblock %}"
    )
    mail = render(creative, layout)
    assert mail.subject == "tea"
    assert mail.html == "<i>tea red base[tea]</i>"


def test_includes_and_imports_work(render):
    """A file can be included, and macros imported with the words of the message."""
    creative = (
        "{% from 'third.j2' import sign with context %}"
        "{% block text %}{% include 'second.j2' %} {{ sign() }}{% endblock %}"
    )
    said = render(
        creative,
        "for {{ person.given_name }}",
        "{% macro sign() %}{{ brand.name }}{% endmacro %}",
        channel=Channel.SMS,
    )
    assert said == Sms("for Maren Harbor Home", 1)


def test_a_mail_without_text_gets_one(render):
    """Text is made from the HTML where there is no text block, or a blank one."""
    html_only = "{% block subject %}s{% endblock %}{% block html %}<p>a &amp; <a href='https://x.example'>b</a></p>"
    assert render(html_only + "{% endblock %}").text == "a & b (https://x.example)"
    assert render(html_only + "{% endblock %}{% block text %} {% endblock %}").text == "a & b (https://x.example)"


def test_a_mail_may_be_text_only(render):
    """A mail needs no HTML."""
    mail = render("{% block subject %}s{% endblock %}{% block text %}t{% endblock %}")
    assert (mail.html, mail.text, mail.preheader) == ("", "t", "")


def test_a_push_has_title_body_and_link(render):
    """A notification's blocks become its parts, unescaped; the link is optional."""
    push = "{% block title %}A & B{% endblock %}{% block body %}c\nd{% endblock %}"
    assert render(push, channel=Channel.PUSH) == Push("A & B", "c\nd", "")
    linked = push + "{% block link %} https://x.example/?a=1&b=2 {% endblock %}"
    assert render(linked, channel=Channel.PUSH).link == "https://x.example/?a=1&b=2"


EMPTY = [
    ("{% block subject %} {% endblock %}{% block text %}t{% endblock %}", Channel.EMAIL, "subject is empty"),
    ("{% block text %}t{% endblock %}", Channel.EMAIL, "subject is empty"),
    ("{% block subject %}s{% endblock %}", Channel.EMAIL, "text is empty"),
    ("{% block subject %}s{% endblock %}{% block html %}<p></p>{% endblock %}", Channel.EMAIL, "text is empty"),
    ("no block at all", Channel.SMS, "text is empty"),
    ("{% block text %}\n{% endblock %}", Channel.SMS, "text is empty"),
    ("{% block title %}{% endblock %}{% block body %}b{% endblock %}", Channel.PUSH, "title is empty"),
    ("{% block title %}t{% endblock %}{% block body %} {% endblock %}", Channel.PUSH, "body is empty"),
]


@pytest.mark.parametrize(("template", "channel", "message"), EMPTY)
def test_an_empty_part_stops_the_message(render, template, channel, message):
    """Nothing goes out with an empty subject, title or text."""
    with pytest.raises(RenderError, match=message):
        render(template, channel=channel)


def test_an_unknown_template_is_named(context):
    """A template that is not there is an error about this message, with its name."""
    with pytest.raises(RenderError, match=r"there is no template `gone\.j2`"):
        Renderer(DictLoader({})).render("gone.j2", Channel.SMS, context)


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "a/../../secret.txt"])
def test_no_template_is_read_outside_of_the_folder(tmp_path, context, name):
    """A path cannot leave the folder of templates."""
    (tmp_path / "secret.txt").write_text("{% block text %}secret{% endblock %}")
    (tmp_path / "templates" / "a").mkdir(parents=True)
    with pytest.raises(RenderError, match="there is no template"):
        Renderer(tmp_path / "templates").render(name, Channel.SMS, context)


BROKEN = [
    ("{% block text %}{% if %}{% endblock %}", "line 1"),
    ("\n{% block text %}{{ 1 / 0 }}{% endblock %}", "line 2: .*zero"),
    ("{% block text %}{{ 'a' | wobble }}{% endblock %}", "wobble"),
    ("{% block text %}{{ 'a' + 1 }}{% endblock %}", "line 1"),
    ("{% extends 'creative.j2' %}", "without end"),
    ("{% block text %}{% include 'creative.j2' %}{{ self.text() }}{% endblock %}", "without end|too much"),
    ("{% block text %}{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}{% endblock %}", "without end"),
    ("{% block text %}" + "(" * 500 + "{{" + "(" * 5000 + "1" + ")" * 5000 + "}}{% endblock %}", "creative"),
]


@pytest.mark.parametrize(("template", "message"), BROKEN)
def test_a_broken_template_is_an_error_about_the_message(render, template, message):
    """Whatever goes wrong inside a template comes out as RenderError with the template's name."""
    with pytest.raises(RenderError, match=message) as caught:
        render(template, channel=Channel.SMS)
    assert caught.value.template == "creative.j2"


def test_the_same_input_gives_the_same_message(context):
    """Rendering twice, or with a new renderer, gives equal messages."""
    renderer = Renderer(DictLoader({"m.j2": MAIL}))
    first = renderer.render("m.j2", Channel.EMAIL, context)
    assert first == renderer.render("m.j2", Channel.EMAIL, context)
    assert first == Renderer(DictLoader({"m.j2": MAIL})).render("m.j2", Channel.EMAIL, context)


def test_one_person_leaves_no_trace_for_the_next(context_of):
    """What a template sets for one person is not there for another one."""
    source = (
        "{% set seen = namespace(name='') %}{% if person.city %}{% set seen.name = person.city %}{% endif %}"
        "{% block text %}<{{ seen.name }}>{% endblock %}"
    )
    renderer = Renderer(DictLoader({"m.j2": source}))
    assert renderer.render("m.j2", Channel.SMS, context_of({"city": "Oslo"})).text == "<Oslo>"
    assert renderer.render("m.j2", Channel.SMS, context_of({})).text == "<>"


def test_several_threads_share_a_renderer(context_of):
    """Threads that render at the same time get their own messages."""
    renderer = Renderer(DictLoader({"m.j2": MAIL}))
    names = [f"n{number}" for number in range(200)]
    with ThreadPoolExecutor(4) as threads:
        mails = threads.map(
            lambda name: renderer.render("m.j2", Channel.EMAIL, context_of({"given_name": name})), names
        )
        assert [mail.subject for mail in mails] == [f"Hi {name}" for name in names]
