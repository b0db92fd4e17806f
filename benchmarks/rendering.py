"""Messages a second through the sandbox against bare Jinja2 with the same template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.claims import Figure
from benchmarks.everybody import FAMILY
from benchmarks.someone import NOW, plan, someone
from sendgate import Decider
from sendgate.model.campaigns import Channel
from sendgate.rendering.context import build_context
from sendgate.rendering.message import Email
from sendgate.rendering.missing import Words
from sendgate.rendering.renderer import Renderer
from sendgate.rendering.vocabulary import WORDS

TEMPLATE = "duvets.j2"


def _words() -> dict[str, object]:
    """Give what the template of the offer can say about one person."""
    prepared, profile = plan(), someone(1)
    campaign, family = prepared.campaign, prepared.policy.family
    evidence = str(Decider(prepared)(profile, NOW).offers[0].evidence)
    return build_context(profile, campaign, campaign.offers[0], family, NOW, evidence_words=evidence)


def _plain(words: Mapping[str, object]) -> dict[str, object]:
    """Give the same words as plain dictionaries."""

    def entries(name: str, group: Words) -> dict[str, Any]:
        keys = WORDS.get(name, ("given_name",))
        return {key: group[key] for key in keys if _has(group, key)}

    return {name: entries(name, value) if isinstance(value, Words) else value for name, value in words.items()}


def _has(group: Words, key: str) -> bool:
    try:
        group[key]
    except KeyError:
        return False
    return True


def _per_second(render: Callable[[], object], seconds: float = 1.0) -> float:
    render()  # compiles the template
    count, started = 0, perf_counter()
    while perf_counter() - started < seconds:
        for _ in range(20):
            render()
        count += 20
    return count / (perf_counter() - started)


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Measure the same template both ways, in turn."""
    templates, words = FAMILY / "templates", _words()
    renderer = Renderer(templates)
    bare = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    plain = _plain(words)
    message, written = renderer.render(TEMPLATE, Channel.EMAIL, words), bare.get_template(TEMPLATE).render(plain)
    assert isinstance(message, Email)
    assert message.html in written, "bare Jinja2 writes something else"

    def ours() -> object:
        return renderer.render(TEMPLATE, Channel.EMAIL, words)

    def jinja() -> object:
        return bare.get_template(TEMPLATE).render(plain)

    rounds = [(_per_second(ours), _per_second(jinja)) for _ in range(runs)]
    checked, unchecked = (max(rates) for rates in zip(*rounds, strict=True))
    size = len(written.encode()) / 1000
    return [
        Figure(f"messages of {size:.1f} kB, sandboxed, bounded and checked", checked, "/s"),
        Figure("bare Jinja2, the same template", unchecked, "/s"),
        Figure("the time of a message against bare Jinja2", unchecked / checked, "x"),
    ]
