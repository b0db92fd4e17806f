"""Learns who leaves a non-profit's newsletter, from its early part, and judges that on the late part.

``python -m examples.activate_good --help`` from the project's folder.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import duckdb

from sendgate.errors import ConfigurationError, SendgateError
from sendgate.model.times import DAY, LATEST, iso, parse_time
from sendgate.policy.files import load_policy
from sendgate.scores.card_text import written
from sendgate.training.course import RISK_FACTS, Sources, evaluate, roll, train
from sendgate.training.history import LEAVING, Outcome, Period
from sendgate.training.origins import origins
from sendgate.training.telling import page, plot, verdict

BESIDE = Path(__file__).parents[3] / "shared" / "data" / "activate_good"
"""Where a copy of the log may lie: next to the project's own folder."""
TABLES = ("newsletters", "sends")
POLICY = "family: {name: Activate Good, brands: {activate: {}}}\n"
SPLIT = "2020-07-08"
"""The early part ends here: after 29 of 36 newsletters."""
ORIGINS = ("2019-11-01", "2020-03-17", "2020-04-28", "2020-06-05", SPLIT)
"""Where the recipe is judged with --rolling: after 10, 15, 19, 24 and 29 newsletters."""
UNTIL_THE_NEXT = 1 * DAY
"""The log does not say when somebody left, only that it was before the next newsletter; ``newsletters.sql`` has it soon
after. So the outcome is: gone by the next newsletter."""
OUTCOME = Outcome(LEAVING, UNTIL_THE_NEXT)

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(help="Learn who leaves a newsletter, from its early part, and judge that on the late part.")
@click.option("--data", type=FOLDER, default=BESIDE, help="folder of sends.parquet and newsletters.parquet")
@click.option("--out", type=FOLDER, help="keep the converted files, the card and the report here")
@click.option("--split", default=SPLIT, show_default=True, help="the day on which the late part begins")
@click.option("--rolling", is_flag=True, help="learn before each of several days, and judge on what came next")
def main(data: Path, out: Path | None, split: str, *, rolling: bool) -> None:
    """Convert, learn, judge."""
    if missing := [table for table in TABLES if not (data / f"{table}.parquet").is_file()]:
        print(
            f"activate_good: there is no {missing[0]}.parquet in `{data}`: name the folder with --data", file=sys.stderr
        )
        raise SystemExit(2)
    try:
        with TemporaryDirectory() as scratch:
            sources = convert(data, out or Path(scratch))
            if rolling:
                moments = [*map(parse_time, ORIGINS)]
                print(origins(roll("risk", sources, OUTCOME, RISK_FACTS, moments, progress=_told)), end="")
            else:
                _learn_and_judge(sources, out, parse_time(split))
    except (SendgateError, ConfigurationError) as error:
        print(f"activate_good: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def convert(data: Path, out: Path) -> Sources:
    """Read the log in one folder and write people, events and a policy into another, which is made if need be."""
    out.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    for table in TABLES:
        con.read_parquet(str(data / f"{table}.parquet")).create_view(table)
    con.execute(Path(__file__).with_name("newsletters.sql").read_text(encoding="utf-8"))
    con.table("happened").order('person, "at"').write_parquet(str(out / "events.parquet"))
    con.table("recipients").order("person").write_parquet(str(out / "people.parquet"))
    con.close()
    (out / "sendgate.yaml").write_text(POLICY, encoding="utf-8")
    family = load_policy(out / "sendgate.yaml").family
    return Sources([out / "people.parquet"], [out / "events.parquet"], family)


def _learn_and_judge(sources: Sources, out: Path | None, split: float) -> None:
    early, late = Period(0.0, split), Period(split, LATEST)
    trained = train("risk", sources, OUTCOME, early, RISK_FACTS, (iso(split)[:10], "example"), progress=_told)
    judgement = evaluate(trained.card, sources, OUTCOME, late, progress=_told).judgement
    tried = tuple((candidate.model.words, candidate.log_loss) for candidate in trained.learnt.tried)
    told = page(judgement, "risk.svg", tried)
    print(verdict(judgement))
    print(told[told.index("| model") :])
    if out:
        (out / "risk.json").write_bytes(written(trained.card))
        (out / "risk.md").write_text(told, encoding="utf-8")
        (out / "risk.svg").write_text(plot(judgement), encoding="utf-8")


def _told(stage: str) -> None:
    if sys.stderr.isatty():
        print(stage, file=sys.stderr)


if __name__ == "__main__":
    main()
