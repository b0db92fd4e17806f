"""One message, step by step: what is known of a person becomes a decision, and the decision a message.

Only rendering itself shows that a link is bad or a value is missing in one branch of a template. So the last gate,
``render``, speaks twice: while deciding, about values that a template prints in any case, and here.
"""

from __future__ import annotations

from typing import NamedTuple

from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.errors import RenderError
from sendgate.gates.render import Render
from sendgate.model.campaigns import Offer
from sendgate.model.decisions import Decision, Finding, Mode, Outcome
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER
from sendgate.rendering.context import build_context
from sendgate.rendering.message import Message
from sendgate.rendering.renderer import Renderer


class Composed(NamedTuple):
    """A decision that holds: an offer that is to be sent was rendered."""

    decision: Decision
    message: Message | None
    """None where nothing is to be sent, or the chosen offer names no template."""


class Composer:
    """Decides and renders. Made once for a campaign under a policy; it keeps nothing between calls."""

    def __init__(self, plan: Plan, renderer: Renderer) -> None:
        self._plan = plan
        self._decider = Decider(plan)
        self._renderer = renderer
        self._offers = {offer.name: offer for offer in plan.campaign.offers}

    def __call__(self, profile: Profile, now: float, *, earlier: bool = False) -> Composed:
        """Decide, render what was chosen, and decide again without an offer that cannot be rendered."""
        refused: list[Finding] = []
        while True:
            decision = self._decider(profile, now, earlier=earlier, refused=refused)
            offer = self._offers[decision.offer]
            if decision.outcome is not Outcome.SEND or not offer.template:
                return Composed(decision, None)
            try:
                return Composed(decision, self.render(profile, decision, offer))
            except RenderError as error:
                refused.append(cannot_be_rendered(offer, error))

    def render(self, profile: Profile, decision: Decision, offer: Offer) -> Message:
        """Render an offer, chosen or not, for a person and with the evidence of a decision.

        Raises RenderError where it cannot be, and where the offer names no template.
        """
        evidence = next((str(ranking.evidence) for ranking in decision.offers if ranking.offer == offer.name), "")
        return self.render_offer(profile, offer, decision.at, evidence)

    def render_offer(self, profile: Profile, offer: Offer, now: float, evidence: str) -> Message:
        """Render an offer for a person at a time (epoch seconds) with evidence in words; raises as ``render``."""
        if not offer.template:
            raise RenderError(f"offer `{offer.name}` has no template")
        family, campaign = self._plan.policy.family, self._plan.campaign
        context = build_context(profile, campaign, offer, family, now, evidence_words=evidence)
        return self._renderer.render(offer.template, campaign.channel, context)


def cannot_be_rendered(offer: Offer, error: RenderError) -> Finding:
    """Make the finding that blocks an offer, whatever the mode of the gate: what cannot be written cannot be sent."""
    return Finding(
        gate=Render.name,
        offer=offer.name,
        blocks=True,
        mode=Mode.ENFORCE,
        outcome=Outcome.DROP,
        reason=Reason.VALUE_MISSING if error.value else Reason.NOT_RENDERED,
        observed="" if error.value else "failed",
        limit=error.value,
        until=NEVER,
        says=f"the message cannot be written: {error}",
    )
