"""Which setting means which file and which driver. Everything columnar and everything slow is imported late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sendgate.errors import ConfigurationError, Mistake
from sendgate.model.campaigns import Campaign
from sendgate.policy.policy import Policy
from sendgate.wiring.checking import dead_links, template_mistakes, template_mistakes_in
from sendgate.wiring.finding import find_campaign, templates_of

if TYPE_CHECKING:
    from sendgate.decide.calendar import Calendar
    from sendgate.decide.plan import Plan
    from sendgate.model.people import Profile
    from sendgate.pipeline.composing import Composer
    from sendgate.policy.overrides import Override
    from sendgate.policy.plan_file import Schedule


@dataclass(frozen=True)
class Setting:
    """A campaign under a policy, as their files have them, with the templates."""

    policy_file: Path
    campaign_file: Path
    policy: Policy
    campaign: Campaign
    """With what the templates require of people."""
    overrides: tuple[Override, ...] = ()
    """What was set on the command line, and stands in no file."""

    @cached_property
    def plan(self) -> Plan:
        """The campaign, prepared for deciding."""
        from sendgate.decide.plan import Plan

        return Plan(self.policy, self.campaign)

    @cached_property
    def composer(self) -> Composer:
        """What decides about one person and renders the message."""
        from sendgate.pipeline.composing import Composer
        from sendgate.rendering.renderer import Renderer

        return Composer(self.plan, Renderer(templates_of(self.policy_file.parent)))

    def warnings(self) -> tuple[Mistake, ...]:
        """Find settings that are legal but foolish."""
        from sendgate.policy.advice import advise_on_campaign, advise_on_policy
        from sendgate.policy.overrides import attributed, changed
        from sendgate.policy.review import Review
        from sendgate.policy.yaml_reader import read_document

        policy, campaign = Review(str(self.policy_file)), Review(str(self.campaign_file))
        of_policy = [override for override in self.overrides if override.of_policy]
        of_campaign = [override for override in self.overrides if not override.of_policy]
        if root := read_document(self.policy_file, policy):
            advise_on_policy(self.policy, changed(root, of_policy, policy), policy)
        if root := read_document(self.campaign_file, campaign):
            advise_on_campaign(self.campaign, self.policy, changed(root, of_campaign, campaign), campaign)
        links = dead_links(self.campaign, self.policy, self.policy_file.parent)
        return (*attributed(policy.warnings, of_policy), *attributed(campaign.warnings, of_campaign), *links)

    def value(self, path: str) -> tuple[str, bool]:
        """Give the value of a setting as YAML, of a gate its mode, and whether it is the default; empty of none."""
        from sendgate.policy.overrides import POLICY_KEYS, value_at
        from sendgate.policy.review import Review
        from sendgate.policy.yaml_reader import read_document

        steps = path.split(".")
        file = self.policy_file if steps[0] in POLICY_KEYS else self.campaign_file
        root = read_document(file, Review(str(file)))
        return value_at(root, steps) if root else ("", False)


def read_setting(campaign: str, policy_file: Path) -> Setting:
    """Read a policy, a campaign (a path, or a name) and the campaign's templates.

    Raises ConfigurationError with every mistake.
    """
    return read_settings(campaign, [policy_file])[0]


def read_settings(campaign: str, policy_files: Sequence[Path]) -> tuple[Setting, ...]:
    """Read a campaign under each of some policies; a name is looked for beside the first one.

    Raises ConfigurationError with every mistake.
    """
    from sendgate.policy.files import load

    campaign_file = find_campaign(campaign, policy_files[0].parent)
    read, policies = load(campaign_file, *policy_files)
    folders = [path.parent for path in policy_files]
    if mistakes := dict.fromkeys(m for folder in folders for m in template_mistakes(campaign_file, folder)):
        raise ConfigurationError(mistakes)
    return tuple(
        Setting(path, campaign_file, policy, with_requirements(read, templates_of(path.parent)))
        for path, policy in zip(policy_files, policies, strict=True)
    )


def read_changed(setting: Setting, *changes: Sequence[Override]) -> tuple[Setting, ...]:
    """Give a setting with some settings changed, once for each list of changes.

    Raises ConfigurationError with the mistakes in all of them.
    """
    from sendgate.policy.files import load_changed

    made: list[Setting] = []
    mistakes: list[Mistake] = []
    for overrides in changes:
        try:
            campaign, policy = load_changed(setting.campaign_file, setting.policy_file, overrides)
            campaign = _with_templates(setting, campaign, [change for change in overrides if not change.of_policy])
        except ConfigurationError as error:
            mistakes += error.mistakes
        else:
            made.append(replace(setting, policy=policy, campaign=campaign, overrides=tuple(overrides)))
    if mistakes:
        raise ConfigurationError(mistakes)
    return tuple(made)


def _with_templates(setting: Setting, campaign: Campaign, changes: Sequence[Override]) -> Campaign:
    """Note what the templates of a changed campaign require of people."""
    from sendgate.policy.overrides import caused, changed
    from sendgate.policy.review import Review
    from sendgate.policy.yaml_reader import read_document

    if not changes:
        return setting.campaign
    folder, review = setting.policy_file.parent, Review(str(setting.campaign_file))
    root = read_document(setting.campaign_file, review)
    mistakes = template_mistakes_in(setting.campaign_file, changed(root, changes, review), folder) if root else []
    if mistakes:
        raise ConfigurationError(caused(mistakes, changes, changes))
    return with_requirements(campaign, templates_of(folder))


def load_policy(path: Path | str) -> Policy:
    """Read a policy. Raises ConfigurationError with every mistake in it."""
    from sendgate.policy import files

    return files.load_policy(Path(path))


def load_campaign(path: Path | str, policy: Policy, templates: Path | str | None = None) -> Campaign:
    """Read a campaign of the policy's family; with ``templates``, note what its templates require of people.

    Without, a person for whom a template lacks a value is found out when the message is rendered. Raises
    ConfigurationError with every mistake in the file.
    """
    from sendgate.policy import files

    campaign = files.load_campaign(Path(path), policy)
    return with_requirements(campaign, Path(templates)) if templates else campaign


def with_requirements(campaign: Campaign, templates: Path) -> Campaign:
    """Note in every offer which attributes of a person its template cannot do without."""
    from sendgate.rendering.renderer import Renderer

    renderer = Renderer(templates)
    offers = (
        replace(offer, requires=renderer.required_values(offer.template, campaign.channel)) if offer.template else offer
        for offer in campaign.offers
    )
    return replace(campaign, offers=tuple(offers))


@dataclass(frozen=True)
class PlanSetting:
    """A plan of several campaigns under a policy, as their files have them."""

    plan_file: Path
    policy_file: Path
    schedule: Schedule
    campaigns: tuple[Campaign, ...]
    """One for each slot, with what the templates require of people."""
    policy: Policy
    warnings: tuple[Mistake, ...]
    """About the plan itself."""

    @cached_property
    def calendar(self) -> Calendar:
        """The plan, prepared for deciding."""
        from sendgate.decide.calendar import Calendar, Entry
        from sendgate.decide.plan import Plan

        entries = (
            Entry(Plan(self.policy, campaign), slot.at, slot.priority, slot.value)
            for slot, campaign in zip(self.schedule.slots, self.campaigns, strict=True)
        )
        return Calendar(tuple(entries), self.schedule.until)


def read_plan_setting(plan_file: Path, policy_file: Path) -> PlanSetting:
    """Read a plan, its policy, its campaigns and their templates. Raises ConfigurationError with every mistake."""
    from sendgate.policy.files import load_plan
    from sendgate.policy.suggestions import suggest_beside

    def find(text: str) -> Path:
        beside = plan_file.parent / text
        if beside.suffix in {".yaml", ".yml"}:
            if beside.is_file():
                return beside
            otherwise = "relative to this file, or the name of a campaign beside the policy"
            raise LookupError(suggest_beside(beside, text, (".yaml", ".yml"), otherwise))
        try:
            return find_campaign(text, policy_file.parent)
        except ConfigurationError as error:
            raise LookupError(error.mistakes[0].help) from None

    read = load_plan(plan_file, policy_file, find)
    folder = policy_file.parent
    if mistakes := [mistake for file in read.campaigns for mistake in template_mistakes(file, folder)]:
        raise ConfigurationError(dict.fromkeys(mistakes))
    made = {file: with_requirements(campaign, templates_of(folder)) for file, campaign in read.campaigns.items()}
    campaigns = tuple(made[slot.campaign] for slot in read.schedule.slots)
    return PlanSetting(plan_file, policy_file, read.schedule, campaigns, read.policy, read.warnings)


def stranger(who: str) -> Profile:
    """Give an empty profile for somebody whom no file knows; an address is at least known as such."""
    from sendgate.model.addresses import addresses_in
    from sendgate.model.people import Profile

    addresses = addresses_in(who)
    return Profile(next(iter(addresses.values()), who), addresses, known=False)
