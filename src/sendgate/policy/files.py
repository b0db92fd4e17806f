"""Reading settings files from disk: one, some together, or a whole folder; every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sendgate.errors import ConfigurationError, Mistake
from sendgate.model.campaigns import Campaign, Purpose
from sendgate.policy.campaign_file import read_campaign
from sendgate.policy.cross_checks import (
    Names,
    check_campaign_names,
    check_campaigns_differ,
    check_offer_names,
    check_policy_names,
    names_in,
    names_of,
)
from sendgate.policy.document import Node
from sendgate.policy.policy import Policy
from sendgate.policy.policy_file import read_policy
from sendgate.policy.review import Review
from sendgate.policy.yaml_reader import read_document

if TYPE_CHECKING:
    from sendgate.policy.overrides import Override
    from sendgate.policy.plan_file import Schedule

POLICY = "sendgate.yaml"
"""The policy's file in a family's folder."""
CAMPAIGNS = "campaigns"
"""The folder of campaign files in it."""

Made = TypeVar("Made")


class Folder(NamedTuple):
    """What the settings files of a folder hold, as far as they are right, and what is wrong with the others."""

    policy: Policy | None
    campaigns: Mapping[Path, Campaign]
    """By file, in order of name; files with mistakes are missing."""
    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]
    """Legal but foolish."""
    documents: Mapping[Path, Node]
    """Where everything stands, for whoever finds more mistakes: ``documents[path]["name"].place``."""


class _Source(NamedTuple):
    """A file as it was read."""

    path: Path
    root: Node | None
    review: Review


def load_policy(path: Path) -> Policy:
    """Read a policy; raise ``ConfigurationError`` with every mistake in it."""
    source = _policy_source(path)
    policy = _policy(source)
    return _right(policy, [source])


def load_campaign(path: Path, policy: Policy) -> Campaign:
    """Read a campaign of the policy's family; raise ``ConfigurationError`` with every mistake in it."""
    source = _campaign_source(path)
    campaign = _campaign(source, [names_of(policy.family)])
    return _right(campaign, [source])


def load(campaign: Path, *policies: Path) -> tuple[Campaign, tuple[Policy, ...]]:
    """Read a campaign and the policies that it is to be judged by.

    Raises ``ConfigurationError`` with every mistake of all files.
    """
    sources = [_policy_source(path) for path in policies]
    read = [_policy(source) for source in sources]
    own = _campaign_source(campaign)
    made = _campaign(own, [names_in(source.root) for source in sources])
    made = _right(made, [*sources, own])
    return made, tuple(policy for policy in read if policy is not None)


def load_changed(campaign: Path, policy: Path, overrides: Sequence[Override]) -> tuple[Campaign, Policy]:
    """Read a campaign and a policy with some settings changed.

    Raises ``ConfigurationError`` with every mistake of the files, or else with every mistake in the settings.
    """
    from sendgate.policy.overrides import caused  # noqa: PLC0415  no single decision needs it

    load(campaign, policy)
    changes = [override for override in overrides if override.of_policy]
    others = [override for override in overrides if not override.of_policy]
    judge, own = _changed(_policy_source(policy), changes), _changed(_campaign_source(campaign), others)
    made = _policy(judge), _campaign(own, [names_in(judge.root)])
    mistakes = [
        *caused(judge.review.mistakes, changes, overrides),
        *caused(own.review.mistakes, others, overrides),
    ]
    if mistakes or not (made[0] and made[1]):
        raise ConfigurationError(dict.fromkeys(mistakes))
    return made[1], made[0]


def _changed(source: _Source, overrides: Sequence[Override]) -> _Source:
    from sendgate.policy.overrides import changed  # noqa: PLC0415  no single decision needs it

    return source._replace(root=changed(source.root, overrides, source.review)) if source.root else source


class Planned(NamedTuple):
    """A plan with the campaigns that it names, as their files have them."""

    schedule: Schedule
    policy: Policy
    campaigns: Mapping[Path, Campaign]
    """By file."""
    warnings: tuple[Mistake, ...]


def load_plan(path: Path, policy: Path, find: Callable[[str], Path]) -> Planned:
    """Read a plan, the policy that judges it, and its campaigns.

    ``find`` gives the file of a campaign, or raises LookupError with the help. Raises ``ConfigurationError`` with every
    mistake of all files.
    """
    from sendgate.policy.plan_file import advise_on_plan, campaigns_named, read_plan  # noqa: PLC0415  as above

    source, judge = _campaign_source(path), _policy_source(policy)
    schedule = read_plan(source.root, source.review, find) if source.root else None
    read = _policy(judge)
    own = [_campaign_source(file) for file in (campaigns_named(source.root, find) if source.root else ())]
    made = {each.path: _campaign(each, [names_in(judge.root)]) for each in own}
    check_campaigns_differ((each.root, each.review) for each in own if each.root)
    sources = [judge, source, *own]
    policy_, schedule = _right(read, sources), _right(schedule, sources)
    campaigns = {file: campaign for file, campaign in made.items() if campaign}
    if source.root:
        advise_on_plan(schedule, {file: _valued(made) for file, made in campaigns.items()}, source.root, source.review)
    return Planned(schedule, policy_, MappingProxyType(campaigns), tuple(source.review.warnings))


def _valued(campaign: Campaign) -> bool | None:
    """Tell whether offers have a value of their own; None where no evidence is asked for."""
    if campaign.purpose is not Purpose.PROMOTIONAL:
        return None
    return any(offer.value is not None for offer in campaign.offers)


def check_folder(folder: Path) -> Folder:
    """Read the policy and all campaigns of a folder, and gather every mistake and every warning.

    Templates are not looked at.
    """
    source = _policy_source(folder / POLICY)
    policy = _policy(source)
    campaigns = [_campaign_source(path) for path in campaign_files(folder)]
    read = {own.path: _campaign(own, [names_in(source.root)]) for own in campaigns}
    check_campaigns_differ((own.root, own.review) for own in campaigns if own.root)
    sources = [source, *campaigns]
    mistakes = _mistakes(sources)
    right = {own.path: made for own in campaigns if (made := read[own.path]) and not own.review.mistakes}
    policy = policy if not source.review.mistakes else None
    _advise(policy, source, right, campaigns)
    return Folder(
        policy,
        MappingProxyType(right),
        mistakes,
        tuple(warning for each in sources for warning in sorted(each.review.warnings, key=_order)),
        MappingProxyType({each.path: each.root for each in sources if each.root}),
    )


def load_campaigns(folder: Path, policy: Path) -> tuple[Policy, Mapping[Path, Campaign]]:
    """Read a policy, and every campaign file that lies in a folder, by file.

    Raises ``ConfigurationError`` with every mistake of all files, or where there is no such file.
    """
    source, own = _policy_source(policy), [_campaign_source(path) for path in yaml_files(folder)]
    read = _policy(source)
    made = {each.path: _campaign(each, [names_in(source.root)]) for each in own}
    check_campaigns_differ((each.root, each.review) for each in own if each.root)
    if not own:
        there = "it holds no .yaml file" if folder.is_dir() else "there is no such folder"
        source.review.mistake("there are no campaigns", hint=there, file=str(folder))
    right = _right(read, [source, *own])
    return right, {path: campaign for path, campaign in made.items() if campaign}


def campaign_files(folder: Path) -> list[Path]:
    """List the campaign files of a family's folder by name."""
    return yaml_files(folder / CAMPAIGNS)


def yaml_files(folder: Path) -> list[Path]:
    """List the YAML files of a folder by name."""
    files = (path for path in folder.glob("*.y*ml") if path.suffix in {".yaml", ".yml"})
    return sorted(files, key=lambda path: (path.stem, path.suffix))


def _policy_source(path: Path) -> _Source:
    review = Review(str(path))
    if path.name == POLICY and not path.exists() and path.parent.is_dir():
        review.mistake("no such file", hint="`sendgate init` makes a family to start from")
        return _Source(path, None, review)
    return _Source(path, read_document(path, review), review)


def _campaign_source(path: Path) -> _Source:
    review = Review(str(path))
    return _Source(path, read_document(path, review), review)


def _policy(source: _Source) -> Policy | None:
    if source.root is None:
        return None
    check_policy_names(source.root, source.review)
    return read_policy(source.root, source.review)


def _campaign(source: _Source, families: Sequence[Names]) -> Campaign | None:
    if source.root is None:
        return None
    for names in families:
        check_campaign_names(source.root, names, source.review)
    check_offer_names(source.root, source.review)
    return read_campaign(source.root, source.review)


def _advise(policy: Policy | None, source: _Source, right: Mapping[Path, Campaign], campaigns: list[_Source]) -> None:
    from sendgate.policy.advice import advise_on_campaign, advise_on_policy  # noqa: PLC0415  not while deciding

    if policy and source.root:
        advise_on_policy(policy, source.root, source.review)
    for own in campaigns:
        if own.root and own.path in right:
            advise_on_campaign(right[own.path], policy, own.root, own.review)


def _order(mistake: Mistake) -> tuple[str, int, int]:
    return mistake.file, mistake.line, mistake.column


def _mistakes(sources: Sequence[_Source]) -> tuple[Mistake, ...]:
    return tuple(mistake for source in sources for mistake in sorted(source.review.mistakes, key=_order))


def _right(made: Made | None, sources: Sequence[_Source]) -> Made:
    mistakes = _mistakes(sources)
    if mistakes or made is None:
        raise ConfigurationError(mistakes)
    return made
