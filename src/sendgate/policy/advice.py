"""Settings that are legal but foolish."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sendgate.errors import Mistake
from sendgate.gates.fit import contradicts
from sendgate.gates.frequency import Cap, Frequency, Within
from sendgate.gates.holdout import Holdout
from sendgate.gates.quiet_hours import QuietHours
from sendgate.gates.recognition import Recognition
from sendgate.gates.relevance import Relevance
from sendgate.gates.unsubscribe_risk import UnsubscribeRisk
from sendgate.model.campaigns import Campaign, Channel, Condition, Offer, Purpose
from sendgate.model.categories import lineage
from sendgate.model.decisions import Mode
from sendgate.model.enumerating import backticked, first_of
from sendgate.model.settings import seconds
from sendgate.model.times import span
from sendgate.policy.document import Node
from sendgate.policy.policy import Policy
from sendgate.policy.review import Review
from sendgate.policy.suggestions import suggest

_COUNTED_BY = {
    Within.FAMILY: {Within.FAMILY},
    Within.BRAND: {Within.FAMILY, Within.BRAND},
    Within.CHANNEL: {Within.FAMILY, Within.CHANNEL},
    Within.BRAND_CHANNEL: set(Within),
}
"""Which caps count at least every message that a cap counts."""

_MUST_STAY = {
    "permission": "people who unsubscribed will get messages",
    "deliverability": "messages will go to addresses that bounce or complained",
}


def advise_on_policy(policy: Policy, root: Node, review: Review) -> None:
    """Warn about settings of gates that cannot do what they seem to do."""
    for gate in policy.gates:
        node = root["gates"].entries.get(gate.name)
        if node is None:
            continue
        if gate.mode is not Mode.ENFORCE and gate.name in _MUST_STAY:
            only = "is off" if gate.mode is Mode.OFF else "only observes"
            review.warn(f"gate `{gate.name}` {only}: {_MUST_STAY[gate.name]}", node.key)
        if gate.mode is not Mode.OFF and not gate.configured and not _same_hours(gate):
            review.warn(f"gate `{gate.name}` is named, but off: it needs settings to run", node.key)
        for kind, advise in _ADVICE.items():
            if isinstance(gate, kind) and gate.mode is not Mode.OFF:
                advise(gate, node, review)


def _same_hours(gate: object) -> bool:
    return isinstance(gate, QuietHours) and gate.from_ is not None and gate.start == gate.end


def _on_quiet_hours(gate: QuietHours, node: Node, review: Review) -> None:
    if _same_hours(gate):
        review.warn("quiet hours begin and end at the same time: they are off", node["to"].place)
    elif 0 < gate.start <= _NOON < gate.end and gate.end - gate.start >= _LONG:
        message = f"quiet hours are by day, {gate.from_} to {gate.to}: people will get messages at night"
        review.warn(message, node["from"].place, hint="are `from` and `to` the other way round?")


_NOON, _LONG = 12 * 60, 6 * 60
"""In minutes; quiet hours by day that are shorter than this are meant: somebody's lunch or siesta."""


def _on_holdout(gate: Holdout, node: Node, review: Review) -> None:
    if gate.share == 0:
        review.warn("a holdout with share 0 keeps nobody out", node["share"].place)
    if gate.share == 1:
        review.warn("a holdout with share 1 keeps everybody out: no message is ever sent", node["share"].place)


def _on_frequency(gate: Frequency, node: Node, review: Review) -> None:
    for number, cap in enumerate(gate.caps):
        if cap.limit == 0:
            message = "a cap with limit 0 forbids every message that is not transactional"
            review.warn(message, node["caps"].items[number]["limit"].place)
        others = [other for at, other in enumerate(gate.caps) if _reached_before(other, cap, earlier=at < number)]
        if others:
            place = node["caps"].items[number].place
            review.warn(f"the cap {_said(cap)} can never be reached", place, hint=f"{_said(others[0])} comes first")


def _reached_before(other: Cap, cap: Cap, *, earlier: bool) -> bool:
    """Tell whether one cap is reached whenever another is; of equal caps the earlier one counts."""
    if other == cap:
        return earlier
    return (
        other.within in _COUNTED_BY[cap.within] and seconds(other.per) >= seconds(cap.per) and other.limit <= cap.limit
    )


def _said(cap: Cap) -> str:
    return f"of {cap.limit} in {span(seconds(cap.per))} within {cap.within}"


def _on_relevance(gate: Relevance, node: Node, review: Review) -> None:
    for key in ("signs", "product_factor"):
        if gate.card and key in node.entries:
            review.warn(f"`{key}` has no effect beside a `card`", node[key].key, hint="the card has its own points")


def _on_risk(gate: UnsubscribeRisk, node: Node, review: Review) -> None:
    for key in ("response_rate", "response_card"):
        if key in node.entries and gate.permission_value is None:
            hint = "nothing is weighed against an answer"
            review.warn(f"`{key}` has no effect without `permission_value`", node[key].key, hint=hint)
    if "response_rate" in node.entries and gate.response_card and gate.permission_value is not None:
        hint = "the card gives each person's own"
        review.warn("`response_rate` has no effect beside a `response_card`", node["response_rate"].key, hint=hint)


_ADVICE: dict[type, Callable[..., None]] = {
    Frequency: _on_frequency,
    Holdout: _on_holdout,
    QuietHours: _on_quiet_hours,
    Relevance: _on_relevance,
    UnsubscribeRisk: _on_risk,
}


def advise_on_campaign(campaign: Campaign, policy: Policy | None, root: Node, review: Review) -> None:
    """Warn about offers that can never be chosen, and about settings without effect."""
    for number, (offer, node) in enumerate(zip(campaign.offers, root["offers"].items, strict=True)):
        for earlier in campaign.offers[:number]:
            if _never_chosen(offer, earlier):
                hint = f"`{earlier.name}` stands earlier, and goes wherever this one does"
                review.warn(f"offer `{offer.name}` can never be chosen", node["name"].place, hint=hint)
                break
        for attribute in _contradictions(campaign, offer):
            message = f"offer `{offer.name}` fits nobody: the conditions on `{attribute}` exclude each other"
            review.warn(message, node.place)
        if policy:
            _on_offer(campaign, offer, policy, node, review)
            _on_tiers(offer.fits, policy, node["fits"], review)
    if policy:
        _on_tiers(campaign.fits, policy, root["fits"], review)
        _on_leaving(campaign, policy, root, review)
        _on_currency(policy, root["currency"], review)


def _on_tiers(conditions: Sequence[Condition], policy: Policy, fits: Node, review: Review) -> None:
    tiers = policy.family.tiers
    for condition, node in zip(conditions, fits.items, strict=True):
        named = (condition.is_, *condition.any_of, *condition.not_) if condition.attribute == "tier" and tiers else ()
        for tier in named:
            if isinstance(tier, str) and tier not in tiers:
                review.warn(f"`{tier}` is not a tier of the family", node.place, hint=suggest(tier, tiers))


def _on_leaving(campaign: Campaign, policy: Policy, root: Node, review: Review) -> None:
    brand = policy.family.brands.get(campaign.brand)
    leaves_the_house = not policy.providers[campaign.channel].startswith("outbox:")
    marketing = campaign.channel is Channel.EMAIL and campaign.purpose is not Purpose.TRANSACTIONAL
    if brand and marketing and leaves_the_house and not (brand.unsubscribe_url or brand.unsubscribe_mailto):
        hint = "give the brand or the family an `unsubscribe_url`"
        review.warn(f"nobody can unsubscribe from mail of brand `{brand.key}`", root["brand"].place, hint=hint)


def _on_currency(policy: Policy, node: Node, review: Review) -> None:
    if node.text and node.text != policy.family.currency:
        family = f"that is {policy.family.currency}" if policy.family.currency else "it names none"
        hint = "amounts are compared as they stand, nothing is converted"
        review.warn(f"`currency: {node.text}` is not the family's: {family}", node.place, hint=hint)


def _never_chosen(offer: Offer, earlier: Offer) -> bool:
    """Tell whether two offers are alike in all that choosing depends on, and the earlier one asks no more of people."""
    # Compared as they are written: to Python a condition on true equals one on 1.
    return _choice(offer) == _choice(earlier) and set(map(repr, earlier.fits)) <= set(map(repr, offer.fits))


def _choice(offer: Offer) -> tuple[object, ...]:
    return (
        offer.assortment, offer.price, offer.incentive, offer.creative, offer.recognises, offer.template, offer.value,
    )  # fmt: skip


def _contradictions(campaign: Campaign, offer: Offer) -> Iterator[str]:
    conditions = (*campaign.fits, *offer.fits)
    for attribute in dict.fromkeys(condition.attribute for condition in conditions):
        about = [condition for condition in conditions if condition.attribute == attribute]
        lowest = max((c.at_least for c in about if c.at_least is not None), default=float("-inf"))
        highest = min((c.at_most for c in about if c.at_most is not None), default=float("inf"))
        wanted = [value for c in about for value in (c.any_of if c.is_ is None else (c.is_,))]
        wanted += [lowest] if lowest == highest else []
        none_left = wanted and all(any(contradicts(c, value) for c in about) for value in wanted)
        if lowest > highest or none_left:
            yield attribute


def _on_offer(campaign: Campaign, offer: Offer, policy: Policy, node: Node, review: Review) -> None:
    judged = any(isinstance(gate, Relevance) and gate.at_least > 0 for gate in policy.active)
    if judged and campaign.purpose is Purpose.PROMOTIONAL and offer.assortment.empty:
        message = f"offer `{offer.name}` has neither category nor product: it can never be relevant"
        review.warn(message, node.place, hint="give the offer or the campaign a `category`")
    _on_recognition(offer, policy, node, review)
    _on_value(campaign, offer, policy, node, review)


def _on_value(campaign: Campaign, offer: Offer, policy: Policy, node: Node, review: Review) -> None:
    gate = next((gate for gate in policy.active if isinstance(gate, UnsubscribeRisk)), None)
    weighed = gate is not None and gate.permission_value is not None
    if offer.value is not None and not weighed:
        hint = "set `permission_value` of gate `unsubscribe_risk`; plans rank messages by `value` all the same"
        review.warn("`value` has no effect on who gets the message", node["value"].key, hint=hint)
    if offer.value is None and weighed and campaign.purpose is Purpose.PROMOTIONAL:
        message = f"offer `{offer.name}` is not weighed against `permission_value`: it has no `value`"
        review.warn(message, node["name"].place, hint="say what an answer is worth")


def _on_recognition(offer: Offer, policy: Policy, node: Node, review: Review) -> None:
    if not offer.recognises:
        return
    gate = next((gate for gate in policy.active if isinstance(gate, Recognition)), None)
    if gate is None or gate.from_tier is None:
        hint = "set `from_tier` of gate `recognition`"
        review.warn("`recognises` has no effect on the decision", node["recognises"].key, hint=hint)
    elif policy.family.tier_rank(offer.recognises) < policy.family.tier_rank(gate.from_tier):
        message = f"`recognises: {offer.recognises}` is below `{gate.from_tier}`, from which recognition is asked for"
        review.warn(message, node["recognises"].place)


def offers_without_events(
    campaign: Campaign, categories: Collection[str], products: Collection[str], file: str
) -> list[Mistake]:
    """Warn about offers in which none of the given (normalised) categories and products of events lies."""
    known = {above for category in categories for above in lineage(category)}
    return [
        Mistake(file, f"no event is in the category or on a product of offer `{offer.name}`", help=_seen(offer))
        for offer in campaign.offers
        if not offer.assortment.empty
        and known.isdisjoint(offer.assortment.categories)
        and offer.assortment.product_set.isdisjoint(products)
    ]


def _seen(offer: Offer) -> str:
    names = (*offer.assortment.categories, *offer.assortment.products)
    return f"it speaks of {backticked(names, 3)}"


def values_nobody_has(campaign: Campaign, attributes: Collection[str], file: str) -> list[Mistake]:
    """Warn about attributes that conditions or templates ask for and that none of the people has."""
    asked: dict[str, str] = {}
    for condition, where in _conditions(campaign):
        asked.setdefault(condition.attribute, where)
    for offer in campaign.offers:
        for name in offer.requires:
            asked.setdefault(name, f"the template of offer `{offer.name}`")
    return [
        Mistake(file, f"no person has `{name}`", help=f"{where} asks for it")
        for name, where in asked.items()
        if name not in attributes
    ]


def compared(campaign: Campaign) -> dict[str, str]:
    """Give the attributes that conditions compare by size, each with where the first of those conditions stands."""
    sized: dict[str, str] = {}
    for condition, where in _conditions(campaign):
        if condition.at_least is not None or condition.at_most is not None:
            sized.setdefault(condition.attribute, where)
    return sized


def _conditions(campaign: Campaign) -> list[tuple[Condition, str]]:
    """List all conditions, those of the campaign first, each with where it stands."""
    ours = [(condition, "`fits` of the campaign") for condition in campaign.fits]
    return ours + [(condition, f"`fits` of offer `{o.name}`") for o in campaign.offers for condition in o.fits]


def not_numbers(attribute: str, counts: Mapping[str, int], where: str, file: str) -> list[Mistake]:
    """Warn about values, with how many people have each, that a condition cannot compare: they keep nobody out."""
    values = first_of((f"`{value}` ({number})" for value, number in counts.items()), _SHOWN)
    message = f"values of `{attribute}` that are no numbers, and count as unknown: {values}"
    return [Mistake(file, message, help=f"{where} compares them")] * bool(counts)


def repeated_sends(repeated: int, file: str) -> list[Mistake]:
    """Warn about rows that no gate stops though they repeat a person: sending never does that, whatever gates say."""
    rows, them = ("row that repeats a person is", "it") if repeated == 1 else ("rows that repeat a person are", "them")
    message = (
        f"{repeated} {rows} counted as sent, because no gate stops {them}: `send` writes to a person once in a run"
    )
    return [Mistake(file, message)] * bool(repeated)


def strange_names(what: str, counts: Mapping[str, int], known: Collection[str], file: str) -> list[Mistake]:
    """Warn about names in the data, with how often they stand there, that a family does not have."""
    strange = [f"`{name}` ({number})" for name, number in counts.items() if name not in known]
    message = f"{what} that the family does not have: {first_of(strange, _SHOWN)}"
    return [Mistake(file, message, help=f"it has {backticked(tuple(known), _SHOWN)}")] * bool(strange)


_SHOWN = 10
