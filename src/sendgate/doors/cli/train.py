"""``sendgate train``: learn a scorecard from what happened after past messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import refuse_overwriting, status, tell_account
from sendgate.doors.cli.consoles import give, progress, tell, write
from sendgate.errors import InputError, MissingExtraError, in_words
from sendgate.model.times import LATEST, iso, parse_duration

if TYPE_CHECKING:
    from sendgate.scores.scorecard import Scorecard
    from sendgate.training.course import Sources
    from sendgate.training.judging import Judgement


FIGURES = ".figures.json"
"""What the figures for machines are called, in place of the report's `.md`."""


class Span(click.ParamType[float, str]):
    """A duration such as 14d."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it as seconds."""
        try:
            seconds = value if isinstance(value, float) else parse_duration(str(value))
        except ValueError as error:
            self.fail(f"{error}, not `{value}`", param, ctx)
        if not seconds:
            self.fail(f"expected some time, not `{value}`: nothing can follow a message within it", param, ctx)
        return seconds


outcome = click.option(
    "--outcome",
    "kinds",
    multiple=True,
    type=click.Choice(("unsubscribed", "complained", "opened", "clicked", "redeemed", "purchased")),
    help="What to predict. May be given several times.  [default: risk: unsubscribed, complained; relevance: clicked]",
)
WINDOW = "14d"
"""How long after a message an outcome is looked for, where nobody says."""


def window(default: str | None, words: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make the option, with what holds where it is not given."""
    told = f"How long after a message to look for it.  [default: {words}]"
    return click.option("--window", type=Span(), default=default, metavar="DURATION", help=told)


since = click.option("--since", type=options.Moment(), metavar="TIME", help="Leave out messages before this time.")
until = click.option("--until", type=options.Moment(), metavar="TIME", help="Leave out messages from this time on.")
page = click.option(
    "--report",
    type=options.FILE,
    metavar="FILE",
    help="Write a report, .md; beside it a drawing, .svg, and the figures for machines, .figures.json.",
)


def common(within: Callable[..., Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add what both commands ask for, in the order in which help lists it; each has a window of its own."""
    asked = (options.people, options.events, options.policy, options.campaigns, outcome, within, since, until)

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(asked):
            command = option(command)
        return command

    return add


@click.command("train", short_help="Learn a scorecard from your own history.")
@click.argument("score", type=click.Choice(("risk", "relevance")))
@common(window(WINDOW, WINDOW))
@click.option("--fact", "names", multiple=True, metavar="NAME", help="Ask about this fact, and others so named, alone.")
@click.option("--out", type=options.FILE, required=True, metavar="FILE", help="Write the card: .json.")
@page
@click.pass_context
def command(ctx: click.Context, /, score: Any, out: Path, report: Path | None, policy: Path, **asked: Any) -> None:
    """Learn a scorecard from what came of past messages, and judge it on later ones.

    SCORE is `risk`, the probability that a message makes somebody leave, or `relevance`, the probability of an answer;
    for that, the campaigns are read as well, because they say what was offered.
    """
    kinds = dict.fromkeys(asked["kinds"]) or (("unsubscribed", "complained") if score == "risk" else ("clicked",))
    names = _names(score, asked["names"])
    with _room_for(out):
        check_outputs([policy, *asked["people"], *asked["events"]], out, report)
        with needing_train(), progress() as say:
            from sendgate.training.course import train
            from sendgate.training.history import Outcome, Period

            period = Period(asked["since"] or 0.0, asked["until"] or LATEST)
            sources = sources_of(policy, asked, with_campaigns=score == "relevance")
            made = (iso(options.present())[:10], _version())
            trained = train(score, sources, Outcome(tuple(kinds), asked["window"]), period, names, made, progress=say)
    from sendgate.scores.card_text import written

    write(out, written(trained.card))
    tell_account(trained.account)
    tried = tuple((candidate.model.words, candidate.log_loss) for candidate in trained.learnt.tried)
    show(trained.judgement, report, tried, trained.card)
    tell(f"card written to {out}")
    ctx.exit(status(trained.account))


def _names(score: str, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Give the facts to ask about. Raises InputError for one that does not exist, or that no person alone has."""
    from sendgate.policy.suggestions import suggest
    from sendgate.scores.catalogue import CATALOGUE

    for name in asked:
        if name not in CATALOGUE:
            raise InputError(f"there is no fact `{name}` ({suggest(name, CATALOGUE)})")
        if score == "risk" and CATALOGUE[name].of_offer:
            raise InputError(f"`{name}` speaks of an offer, and a risk is about the person alone")
    if asked:
        return tuple(dict.fromkeys(asked))
    with needing_train():
        from sendgate.training.course import RELEVANCE_FACTS, RISK_FACTS
    return RISK_FACTS if score == "risk" else RELEVANCE_FACTS


def _version() -> str:
    from importlib.metadata import version

    return version("sendgate")


@contextmanager
def _room_for(card: Path) -> Iterator[None]:
    """Make the folder of a card, such as `cards`, which a family does not have before its first; not for nothing."""
    folder = card.parent
    if folder.exists() or not folder.parent.is_dir():
        yield
        return
    try:
        folder.mkdir()
    except OSError as error:
        raise InputError(f"`{folder}` cannot be made: {in_words(error)}") from error
    try:
        yield
    except BaseException:
        with suppress(OSError):
            folder.rmdir()
        raise


@contextmanager
def needing_train() -> Iterator[None]:
    """Name the extra that is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"interpret", "numpy", "sklearn"}:
            raise MissingExtraError("learning scorecards", "train") from None
        raise


def check_outputs(inputs: list[Path], card: Path | None, report: Path | None) -> None:
    """Raise InputError, before anything is read, where a result cannot be written."""
    if card and card.suffix != ".json":
        raise InputError(f"`{card}` cannot be a card: expected a name that ends in .json")
    if report and report.suffix != ".md":
        raise InputError(f"`{report}` cannot be the report: expected a name that ends in .md")
    beside = {f"--report ({end})": report.with_suffix(end) for end in (".md", ".svg", FIGURES)} if report else {}
    refuse_overwriting(inputs, {"--out": card, **beside})


def sources_of(policy: Path, asked: Any, *, with_campaigns: bool) -> Sources:
    """Read the policy and, where they are needed, the campaigns beside it. Raises ConfigurationError."""
    from sendgate.policy.files import CAMPAIGNS, load_campaigns, load_policy
    from sendgate.training.course import Sources

    if with_campaigns:
        rules, campaigns = load_campaigns(asked["campaigns"] or policy.parent / CAMPAIGNS, policy)
        return Sources(asked["people"], asked["events"], rules.family, list(campaigns.values()))
    return Sources(asked["people"], asked["events"], load_policy(policy).family)


def show(
    judgement: Judgement,
    report: Path | None,
    tried: tuple[tuple[str, float], ...] = (),
    final: Scorecard | None = None,
) -> None:
    """Print what a card is worth, and write the report; ``final``: the card that is written, if it is another."""
    from sendgate.training.telling import verdict

    give(verdict(judgement))
    give(f"{'model':40}{'AUC':>24}{'log-loss':>10}{'predicted/observed':>26}")
    for one in judgement.figures:
        give(f"{one.model:40}{one.auc!s:>24}{one.log_loss:>10.5f}{one.ratio!s:>26}")
    for warning in judgement.warnings:
        tell(warning, colour="red", label="WARNING")
    write_report(judgement, report, tried, final)


def write_report(
    judgement: Judgement,
    report: Path | None,
    tried: tuple[tuple[str, float], ...] = (),
    final: Scorecard | None = None,
) -> None:
    """Write the report, where one is asked for, with its plot and its figures beside it."""
    import json

    from sendgate.training.telling import page, plot, record

    if report:
        write(report, page(judgement, report.with_suffix(".svg").name, tried, final).encode())
        write(report.with_suffix(".svg"), plot(judgement).encode())
        write(report.with_suffix(FIGURES), (json.dumps(record(judgement), indent=2) + "\n").encode())
        tell(f"report written to {report}")
