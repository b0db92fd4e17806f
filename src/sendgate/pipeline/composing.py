"""One message, step by step: what is known of a person becomes a decision, and the decision a message.

Only rendering itself shows that a link is bad or a value is missing in one branch of a template. So the last gate,
``render``, speaks twice: while deciding, about values that a template prints in any case, and here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.errors import MailError, RenderError
from sendgate.gates.relevance import deeds
from sendgate.gates.render import Render
from sendgate.model.campaigns import Offer
from sendgate.model.decisions import Decision, Finding, Mode, Outcome
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER
from sendgate.ports import Parcel
from sendgate.rendering.context import NO_UNSUBSCRIBE_URL, build_context
from sendgate.rendering.message import Message
from sendgate.rendering.renderer import Renderer


class Composed(NamedTuple):
    """A decision that holds: an offer that is to be sent was rendered."""

    decision: Decision
    message: Message | None
    """None where nothing is to be sent, or the chosen offer names no template."""
    parcel: Parcel | None = None
    """The message, ready to be carried; where it was asked for."""


Pack = Callable[[Message], Parcel]
"""Makes a message ready to be carried. Raises MailError where that cannot be done."""


class Extras(NamedTuple):
    """What a message says beside what is known of its person."""

    unsubscribe_url: str = NO_UNSUBSCRIBE_URL
    data: Mapping[str, str] = MappingProxyType({})
    """The values that came with the request."""


_NONE = Extras()


class Composer:
    """Decides and renders. Made once for a campaign under a policy; it keeps nothing between calls."""

    def __init__(self, plan: Plan, renderer: Renderer) -> None:
        self._plan = plan
        self._decider = Decider(plan)
        self._renderer = renderer
        self._offers = {offer.name: offer for offer in plan.campaign.offers}

    def __call__(
        self,
        profile: Profile,
        now: float,
        *,
        earlier: bool = False,
        extras: Extras = _NONE,
        pack: Pack | None = None,
    ) -> Composed:
        """Decide, write what was chosen, and decide again without an offer that cannot be written."""
        refused: list[Finding] = []
        while True:
            decision = self._decider(profile, now, earlier=earlier, refused=refused)
            offer = self._offers[decision.offer]
            if decision.outcome is not Outcome.SEND or not (offer.template or pack):
                return Composed(decision, None)
            try:
                message = self.render(profile, decision, offer, extras)
                return Composed(decision, message, pack(message) if pack else None)
            except (RenderError, MailError) as error:
                refused.append(cannot_be_rendered(offer, error))

    def render(self, profile: Profile, decision: Decision, offer: Offer, extras: Extras = _NONE) -> Message:
        """Render an offer, chosen or not, for a person and with the evidence of a decision.

        Raises RenderError where it cannot be, and where the offer names no template.
        """
        evidence = next((str(ranking.evidence) for ranking in decision.offers if ranking.offer == offer.name), "")
        return self.render_offer(profile, offer, decision.at, evidence, extras)

    def render_offer(
        self, profile: Profile, offer: Offer, now: float, evidence: str, extras: Extras = _NONE
    ) -> Message:
        """Render an offer for a person at a time (epoch seconds) with evidence in words; raises as ``render``."""
        if not offer.template:
            raise RenderError(f"offer `{offer.name}` has no template")
        family, campaign = self._plan.policy.family, self._plan.campaign
        context = build_context(
            profile, campaign, offer, family, now, evidence_words=deeds(evidence),
            unsubscribe_url=extras.unsubscribe_url, data=extras.data,
        )  # fmt: skip
        return self._renderer.render(offer.template, campaign.channel, context)


def cannot_be_rendered(offer: Offer, error: RenderError | MailError) -> Finding:
    """Make the finding that blocks an offer, whatever the mode of the gate: what cannot be written cannot be sent."""
    missing, place = (error.value, error.place) if isinstance(error, RenderError) else ("", "")
    return Finding(
        gate=Render.name,
        offer=offer.name,
        blocks=True,
        mode=Mode.ENFORCE,
        outcome=Outcome.DROP,
        reason=Reason.VALUE_MISSING if missing else Reason.NOT_RENDERED,
        observed="" if missing else "failed",
        limit=missing or place,
        until=NEVER,
        says=f"the message cannot be written: {error}",
    )
