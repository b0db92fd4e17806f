"""From a person to a message."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from jinja2 import DictLoader

from sendgate.catalog import gate_classes
from sendgate.decide.plan import Plan
from sendgate.errors import RenderError
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.times import DAY
from sendgate.pipeline.composing import Composer
from sendgate.policy.policy import Policy
from sendgate.rendering.message import Sms
from sendgate.rendering.renderer import Renderer

NOW = 1772614800.0
ANN = Profile.of("ann", {"phone": "+491711234567", "given_name": "Ann"})
TEMPLATES = {
    "good.j2": "{% block text %}Hi {{ person.given_name }}{% endblock %}",
    "missing.j2": "{% block text %}{% if person.phone %}{{ person.nickname }}{% endif %}{% endblock %}",
    "why.j2": "{% block text %}Hi{% if evidence.words %}, you {{ evidence.words }}{% endif %}{% endblock %}",
    "link.j2": "{% block text %}{{ 1 / 0 }}{% endblock %}",
}


def _composer(*templates: str, purpose: Purpose = Purpose.RELATIONSHIP, **settings: object) -> Composer:
    family = Family("x", MappingProxyType({"harbor": Brand("harbor")}))
    toys = Assortment.of(["toys"])
    offers = tuple(
        Offer(f"{at}-{name}", toys, template=f"{name}.j2" if name else "") for at, name in enumerate(templates)
    )
    gates = tuple(kind.of(settings.get(name, {})) for name, kind in gate_classes().items())
    campaign = Campaign("hello", "harbor", Channel.SMS, purpose, offers)
    return Composer(Plan(Policy(family, gates), campaign), Renderer(DictLoader(TEMPLATES)))


OUT = {"permission": {"basis": "opt_out"}}


def test_what_is_to_be_sent_is_rendered() -> None:
    """The decision comes with the message."""
    decision, message, _ = _composer("good", **OUT)(ANN, NOW)
    assert (decision.outcome, message) == (Outcome.SEND, Sms("Hi Ann", 1))


def test_what_is_not_to_be_sent_is_not_rendered() -> None:
    """There is no message."""
    decision, message, _ = _composer("good")(ANN, NOW)
    assert (decision.gate, message) == ("permission", None)


def test_an_offer_that_cannot_be_rendered_gives_way_to_the_next() -> None:
    """The finding names the missing value, in place of what the gate said before."""
    decision, message, _ = _composer("missing", "good", **OUT)(ANN, NOW)
    assert (decision.outcome, decision.offer, message) == (Outcome.SEND, "1-good", Sms("Hi Ann", 1))
    (finding,) = [f for f in decision.findings if f.gate == "render" and f.offer == "0-missing"]
    assert (finding.reason, finding.limit) == (Reason.VALUE_MISSING, "person.nickname")


def test_when_no_offer_can_be_rendered_the_message_is_dropped() -> None:
    """The reason is that of the offer that came furthest."""
    decision, message, _ = _composer("link", "missing", **OUT)(ANN, NOW)
    assert (decision.outcome, decision.gate, decision.reason, message) == (
        Outcome.DROP,
        "render",
        Reason.NOT_RENDERED,
        None,
    )
    assert "the message cannot be written" in decision.detail
    assert decision.blocked_by == ("render",)


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.OBSERVE])
def test_no_mode_sends_what_cannot_be_written(mode: Mode) -> None:
    """There is nothing to send."""
    decision, *_ = _composer("missing", render={"mode": mode}, **OUT)(ANN, NOW)
    assert (decision.outcome, decision.gate) == (Outcome.DROP, "render")


def test_transactional_mail_that_cannot_be_written_is_dropped_too() -> None:
    """Though its purpose passes the gate unasked."""
    decision, *_ = _composer("missing", purpose=Purpose.TRANSACTIONAL)(ANN, NOW)
    assert (decision.outcome, decision.gate) == (Outcome.DROP, "render")


def test_an_offer_without_a_template_is_decided_about_only() -> None:
    """And cannot be rendered when somebody asks for it."""
    composer = _composer("", **OUT)
    decision, message, _ = composer(ANN, NOW)
    assert (decision.outcome, message) == (Outcome.SEND, None)
    with pytest.raises(RenderError, match="offer `0-` has no template"):
        composer.render(ANN, decision, Offer("0-"))


@pytest.mark.parametrize(
    ("viewed", "purpose", "said"),
    [
        (1, Purpose.PROMOTIONAL, "Hi, you viewed 1 time in 2 days"),
        (300, Purpose.PROMOTIONAL, "Hi"),
        (0, Purpose.PROMOTIONAL, "Hi"),
        (1, Purpose.RELATIONSHIP, "Hi"),
    ],
)
def test_a_message_tells_people_only_what_they_did(viewed: int, purpose: Purpose, said: str) -> None:
    """Not that there is no sign of interest, or only old ones, or that nothing stands in the way: gates may be off."""
    events = [Event("viewed", NOW - viewed * DAY, category="toys")] if viewed else []
    composer = _composer("why", purpose=purpose, relevance={"mode": Mode.OFF}, **OUT)
    _, message, _ = composer(Profile.of("ann", ANN.attributes, events), NOW)
    assert message == Sms(said, 1)


def test_nothing_is_remembered_between_people() -> None:
    """Somebody else's missing value is not mine."""
    composer = _composer("good", **OUT)
    nameless = Profile.of("bob", {"phone": "+491711234568"})
    assert composer(nameless, NOW).decision.outcome is Outcome.DROP
    assert composer(ANN, NOW).decision.outcome is Outcome.SEND
