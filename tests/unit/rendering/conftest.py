"""A small family, and templates as text."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader

from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Incentive, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import parse_time
from sendgate.rendering.context import build_context
from sendgate.rendering.renderer import Renderer

FAMILY = Family(
    "Harbor Home Group",
    {
        "harbor": Brand("harbor", "Harbor Home", "Harbor Home <hello@harbor.example>"),
        "harbor-kids": Brand("harbor-kids", "Harbor Kids", "Harbor Kids <hello@kids.harbor.example>"),
        "lumen": Brand("lumen", "", "Lumen <hi@lumen.example>", shares_profile=False),
    },
    ("member", "silver", "gold"),
    "USD",
)
NOW = parse_time("2026-03-06T12:00")
DUVETS = Offer(
    "first-in-line",
    Assortment.of(["home/bedding/duvets"], ["duvet-dusty-rose"]),
    129.0,
    Incentive.EARLY_ACCESS,
    "duvet-hero",
    "gold",
)


def event(kind, at, brand="harbor", **more):
    """Make an event from ISO 8601."""
    return Event(kind, parse_time(at), brand, **more)


def context_of(attributes=None, events=(), brand="harbor", offer=DUVETS, now=NOW, **more):
    """Gather the words for a person with these attributes and events."""
    profile = Profile.of("p1", {"given_name": "Maren"} if attributes is None else attributes, events)
    campaign = Campaign("spring", brand, Channel.EMAIL, Purpose.PROMOTIONAL, (offer,), "home/bedding")
    return build_context(profile, campaign, offer, FAMILY, now, **more)


@pytest.fixture
def context():
    """The words for Maren, of whom nothing but the name is known."""
    return context_of()


@pytest.fixture
def render():
    """Render templates given as text; the first one is the creative."""

    def rendered(*sources, channel=Channel.EMAIL, context=None, **named):
        files = dict(zip(("creative.j2", "second.j2", "third.j2"), sources, strict=False)) | named
        return Renderer(DictLoader(files)).render("creative.j2", channel, context_of() if context is None else context)

    return rendered


@pytest.fixture
def sms(render):
    """Render a body as a text message, and give its text."""
    return lambda body, context=None: (
        render("{% block text %}" + body + "{% endblock %}", channel=Channel.SMS, context=context).text
    )


@pytest.fixture
def subject(render):
    """Render a body as the subject of a mail."""
    return lambda body, context=None: (
        render("{% block subject %}" + body + "{% endblock %}{% block text %}x{% endblock %}", context=context).subject
    )


@pytest.fixture
def html(render):
    """Render a body as the HTML of a mail."""
    return lambda body, context=None: (
        render("{% block subject %}x{% endblock %}{% block html %}" + body + "{% endblock %}", context=context).html
    )


@pytest.fixture(name="context_of")
def _context_of():
    return context_of


@pytest.fixture(name="event")
def _event():
    return event
