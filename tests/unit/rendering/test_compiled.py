"""What was compiled once is rendered from then on, and what has changed is compiled anew."""

from __future__ import annotations

import pytest

from sendgate.errors import RenderError
from sendgate.model.campaigns import Channel
from sendgate.rendering import compiled
from sendgate.rendering.checking import template_mistakes
from sendgate.rendering.renderer import Renderer
from sendgate.rendering.sandbox import Sandbox

MAIL = "{% block subject %}Hi{% endblock %}{% block html %}<p>NUMBER {{ person.given_name }}</p>{% endblock %}"


@pytest.fixture
def written(tmp_path):
    """Write a template that no other test has, into a folder of that name, and give the folder."""

    def written(folder, text, name="written.j2"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(text)
        return tmp_path / folder

    return written


@pytest.fixture
def compilations(monkeypatch):
    """List the templates that are compiled."""
    names, real = [], Sandbox._generate

    def generate(sandbox, source, name, *args, **kwargs):
        names.append((name, sandbox.autoescape))
        return real(sandbox, source, name, *args, **kwargs)

    monkeypatch.setattr(Sandbox, "_generate", generate)
    monkeypatch.setattr(compiled.COMPILED[True], "_known", {})
    monkeypatch.setattr(compiled.COMPILED[False], "_known", {})
    return names


def test_what_was_checked_is_not_compiled_again_to_be_escaped(written, compilations, context_of):
    """A template is compiled twice in a process, once with escaping and once without, wherever it lies."""
    first, second = written("a", MAIL), written("b", MAIL)
    assert not template_mistakes(first, ["written.j2"], Channel.EMAIL)
    for folder in (first, second):
        Renderer(folder).render("written.j2", Channel.EMAIL, context_of())
    assert sorted(compilations) == [("written.j2", False), ("written.j2", True)]


def test_what_has_changed_is_compiled_anew(written, compilations, context_of):
    """A file of the same name is rendered as it stands there."""
    for text in ("one", "two"):
        folder = written("a", MAIL.replace("NUMBER", text))
        assert text in Renderer(folder).render("written.j2", Channel.EMAIL, context_of()).html
    assert len(compilations) == 4


def test_a_mistake_has_its_own_place(written, compilations):
    """The name and the line are those of the template that is rendered, though it was compiled for another folder."""
    bad = "{% block text %}a\n{{ person.surname }}{% endblock %}"
    for folder in ("a", "b"):
        with pytest.raises(RenderError, match=r"`written\.j2` line 2"):
            Renderer(written(folder, bad)).render("written.j2", Channel.SMS, {})
    assert len(compilations) == 1


def test_what_is_kept_has_an_end(written, compilations, context_of, monkeypatch):
    """A process that lives for long does not keep every template that ever was."""
    monkeypatch.setattr(compiled, "_MOST", 3)
    for number in range(5):
        folder = written("a", MAIL.replace("NUMBER", str(number)))
        Renderer(folder).render("written.j2", Channel.EMAIL, context_of())
        assert len(compiled.COMPILED[True]._known) <= 3
    assert len(compilations) == 10
