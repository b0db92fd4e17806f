"""Whether a family's folder is in order: policy, campaigns, and the templates that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sendgate import shipped
from sendgate.errors import ConfigurationError, Mistake
from sendgate.model.campaigns import Campaign, Channel, Purpose
from sendgate.model.enumerating import backticked
from sendgate.policy.policy import Policy
from sendgate.wiring.finding import templates_of

if TYPE_CHECKING:
    from sendgate.policy.document import Node


@dataclass(frozen=True)
class Checked:
    """What checking a family's folder found."""

    files: int
    """How many settings files and templates there are."""
    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]


def check(folder: Path) -> Checked:
    """Check policy, campaigns and the templates that they name."""
    from sendgate.policy.files import POLICY, campaign_files, check_folder

    found = check_folder(folder)
    files = campaign_files(folder)
    roots = [(path, root) for path, root in found.documents.items() if path != folder / POLICY]
    mistakes = dict.fromkeys(found.mistakes)
    for path, root in roots:
        mistakes.update(dict.fromkeys(template_mistakes_in(path, root, folder)))
    if found.policy:
        mistakes.update(dict.fromkeys(_mistakes_of_gates(found.policy, found.campaigns.values())))
        mistakes.update(dict.fromkeys(_mistakes_of_store(folder / POLICY, found.documents, found.policy)))
    warnings = [*found.warnings, *(warning for path, root in roots for warning in _without_template(path, root))]
    if found.policy and not mistakes:
        warnings += _of_the_sample(folder, found.policy, found.campaigns.values())
        for path, campaign in found.campaigns.items():
            warnings += _not_to_be_sent(path, found.documents[path], campaign, found.policy)
            warnings += dead_links(campaign, found.policy, folder)
    return Checked(
        1 + len(files) + len({name.text for _, root in roots for _, name in _named_templates(root)}),
        tuple(mistakes),
        tuple(dict.fromkeys(warnings)),
    )


def _mistakes_of_gates(policy: Policy, campaigns: Iterable[Campaign]) -> Iterator[Mistake]:
    """Ask the gates of each campaign once, as whoever decides will."""
    from sendgate.decide.plan import Plan

    for campaign in campaigns:
        try:
            Plan(policy, campaign).facts  # noqa: B018  it is made when it is looked at
        except ConfigurationError as error:
            yield from error.mistakes


def _mistakes_of_store(file: Path, documents: Mapping[Path, Node], policy: Policy) -> Iterator[Mistake]:
    from sendgate.stores.opening import refuse_unknown

    try:
        refuse_unknown(policy.store)
    except ConfigurationError as error:
        for mistake in error.mistakes:
            yield Mistake(str(file), mistake.message, *documents[file]["store"].place, mistake.help)


def template_mistakes(campaign_file: Path, folder: Path) -> list[Mistake]:
    """Check the templates that a campaign names."""
    from sendgate.policy.review import Review
    from sendgate.policy.yaml_reader import read_document

    root = read_document(campaign_file, Review(str(campaign_file)))
    return template_mistakes_in(campaign_file, root, folder) if root else []


def template_mistakes_in(path: Path, root: Node, folder: Path) -> list[Mistake]:
    """Check the templates that a campaign names, as it was read from ``path``."""
    from sendgate.policy.suggestions import suggest
    from sendgate.rendering.checking import template_mistakes

    templates = templates_of(folder)
    mistakes, there = [], []
    for _, name in _named_templates(root):
        if (templates / name.text).is_file():
            there.append(name.text)
        else:
            hint = suggest(name.text, sorted(found.name for found in templates.glob("*.j2")))
            message = f"there is no template `{name.text}` in `{templates}`"
            mistakes.append(Mistake(str(path), message, *name.place, hint))
    channel = root["channel"].text
    if channel in set(Channel):
        mistakes += template_mistakes(templates, dict.fromkeys(there), Channel(channel))
    return mistakes


def _named_templates(root: Node) -> Iterable[tuple[Node, Node]]:
    """List the offers that name a template, with the name."""
    return [(offer, offer["template"]) for offer in root["offers"].items if offer["template"].text]


def _without_template(path: Path, root: Node) -> Iterator[Mistake]:
    for offer in root["offers"].items:
        if offer["name"].text and not offer["template"].text:
            message = f"offer `{offer['name'].text}` names no `template`: it can be decided about, but not be written"
            yield Mistake(str(path), message, *offer["name"].place)


def _not_to_be_sent(path: Path, root: Node, campaign: Campaign, policy: Policy) -> Iterator[Mistake]:
    """Warn of a campaign that `send` will refuse, though it can be decided about."""
    from sendgate.policy.suggestions import suggest
    from sendgate.providers.opening import CARRIES

    scheme, brand = policy.providers[campaign.channel].partition(":")[0], policy.family.brands[campaign.brand]
    why = hint = ""
    if scheme not in CARRIES:
        why, hint = f"there is no provider `{scheme}://`", suggest(scheme, CARRIES)
    elif campaign.channel not in CARRIES[scheme]:
        able = [name for name, channels in CARRIES.items() if campaign.channel in channels]
        why, hint = f"`{scheme}` does not carry {campaign.channel}", f"expected one of {backticked(able, len(able))}"
    if why:
        yield Mistake(str(path), f"no message can be sent: {why}", *root["channel"].place, hint)
    if campaign.channel is Channel.EMAIL and not brand.sender:
        message = f"no message can be sent: brand `{brand.key}` has no `sender`"
        yield Mistake(str(path), message, *root["brand"].place, "mail comes from one")


def dead_links(campaign: Campaign, policy: Policy, folder: Path) -> Iterator[Mistake]:
    """Find the templates that print a link to unsubscribe, where messages leave the house and the brand has no link.

    None of their messages could be sent. That marketing mail needs such a link, printed or not, is told elsewhere.
    """
    from sendgate.rendering.renderer import Renderer

    brand = policy.family.brands[campaign.brand]
    told = campaign.channel is Channel.EMAIL and campaign.purpose is not Purpose.TRANSACTIONAL
    if told or brand.unsubscribe_url or brand.unsubscribe_mailto or not _leaves_the_house(campaign, policy):
        return
    templates = templates_of(folder)
    renderer = Renderer(templates)
    for name in dict.fromkeys(offer.template for offer in campaign.offers if offer.template):
        if renderer.prints_way_out(name, campaign.channel):
            message = f"no message can be sent: `unsubscribe_url` is printed, and brand `{brand.key}` has none"
            yield Mistake(str(templates / name), message, help="give the brand or the family an `unsubscribe_url`")


def _leaves_the_house(campaign: Campaign, policy: Policy) -> bool:
    return not policy.providers[campaign.channel].startswith("outbox:")


def _of_the_sample(folder: Path, policy: Policy, campaigns: Iterable[Campaign]) -> Iterator[Mistake]:
    """Warn where messages that leave the house carry what stands in the shipped templates for somebody's own."""
    from jinja2 import FileSystemLoader

    from sendgate.rendering.sandbox import Sandbox
    from sendgate.rendering.sources import used_by

    templates = templates_of(folder)
    house = templates / _HOUSE
    if not house.is_file() or house.read_bytes() != (shipped.TEMPLATES / _HOUSE).read_bytes():
        return
    leaving = (campaign for campaign in campaigns if _leaves_the_house(campaign, policy))
    names = {offer.template for campaign in leaving for offer in campaign.offers if offer.template}
    sandbox = Sandbox(FileSystemLoader(templates), autoescape=True)
    if any(_HOUSE in used_by(sandbox, name) for name in names):
        own = " in a folder `templates` of your own, as `init` makes one" if templates == shipped.TEMPLATES else ""
        message = "shops and postal address are those of the sample family"
        yield Mistake(str(house), message, help=f"write yours{own}")


_HOUSE = "house.j2"
