"""Messages in frames that may do nothing."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from jinja2 import DictLoader

from sendgate.decide.plan import Plan
from sendgate.model.campaigns import Offer
from sendgate.model.decisions import Outcome
from sendgate.pipeline.composing import Composer
from sendgate.rendering.renderer import Renderer
from sendgate.report.people import Moment, explained
from sendgate.report.previews import FRAME_POLICY, previews, style_hashes
from sendgate.report.sampling import Decided

NOW = 1_772_625_600.0
TEMPLATES = {
    "a.j2": "{% block subject %}For {{ person.given_name }}{% endblock %}"
    "{% block html %}<style>p{color:red}</style><p>{{ person.email }}</p><script>x</script>{% endblock %}",
    "b.j2": "{% block subject %}b{% endblock %}"
    "{% block text %}</pre><script>x</script> {{ person.email }}{% endblock %}",
}


@pytest.fixture
def made(make_plan, person):
    """Render the two offers for people who are sent to, and give the previews."""

    def make(*persons: tuple[str, str], addresses: bool = False, templates=TEMPLATES, **attributes: str):
        plan = make_plan()
        offers = tuple(
            Offer(offer.name, offer.assortment, template=f"{offer.name}.j2") for offer in plan.campaign.offers
        )
        plan = Plan(plan.policy, replace(plan.campaign, offers=offers))
        rows = [
            Decided(at, name, Outcome.SEND, "", "passed", "viewed", -1e15, offer, "")
            for at, (name, offer) in enumerate(persons)
        ]
        profiles = {name: person(name, **attributes) for name, _ in persons}
        people = explained(plan, rows, profiles, {row.row: Moment(NOW, earlier=False) for row in rows})
        return previews(plan, Composer(plan, Renderer(DictLoader(templates))), people, addresses=addresses)

    return make


def test_each_offer_is_shown_to_some(made) -> None:
    """In the order of the file, and no more than two of each."""
    found = made(("ann", "b"), ("bob", "a"), ("cas", "a"), ("dan", "a"), given_name="X")
    assert [(preview.offer, preview.decided.person) for preview in found] == [("a", "bob"), ("a", "cas"), ("b", "ann")]
    assert found[0].parts[0] == ("subject", "For X")


def test_the_policy_of_a_frame_stands_before_everything(made) -> None:
    """What a template writes cannot come before it."""
    (found,) = made(("ann", "a"), given_name="X")
    assert found.document.startswith('<!doctype html><meta http-equiv="Content-Security-Policy" content="')
    assert "script-src" not in FRAME_POLICY
    assert FRAME_POLICY.startswith("default-src 'none'")


def test_text_is_shown_as_text(made) -> None:
    """A message without HTML may look like it."""
    (found,) = made(("ann", "b"))
    assert "<script>" not in found.document
    assert "&lt;script&gt;" in found.document


def test_addresses_are_withheld_from_templates(made) -> None:
    """Unless they are asked for."""
    assert "address-withheld" in made(("ann", "a"), given_name="X")[0].document
    assert "ann@x.example" in made(("ann", "a"), given_name="X", addresses=True)[0].document


def test_a_message_that_cannot_be_written_says_why(made) -> None:
    """It is no gap in the page."""
    (found,) = made(("ann", "a"))
    assert "`person.given_name` is missing" in found.failure


def test_messages_keep_within_their_bytes(made) -> None:
    """Large ones are left out."""
    large = {"a.j2": TEMPLATES["b.j2"].replace("{{ person.email }}", "x" * 90_000), "b.j2": TEMPLATES["b.j2"]}
    assert len(made(("ann", "a"), ("bob", "a"), templates=large)) == 2
    import sendgate.report.previews as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BYTES", 100_000)
        assert len(made(("ann", "a"), ("bob", "a"), ("cas", "b"), templates=large)) == 2


def test_style_sheets_are_named_by_their_hash() -> None:
    """Each once, exactly as it stands, whatever it contains."""
    html = "<style>a</style><p><style>a &amp; > b\n</style><style>a</style><!-- <style>no</style> -->"
    wanted = [base64.b64encode(hashlib.sha256(text).digest()).decode() for text in (b"a", b"a &amp; > b\n")]
    assert style_hashes(html) == tuple(f"'sha256-{digest}'" for digest in wanted)
