from __future__ import annotations

import subprocess
import sys

from sendgate.policy.files import check_folder, load, load_campaign, load_policy


def test_a_right_folder_has_no_mistakes(example):
    """Policy and campaigns are there by file."""
    folder = check_folder(example)
    assert not folder.mistakes
    assert folder.policy == load_policy(example / "sendgate.yaml")
    assert {path.name: campaign.name for path, campaign in folder.campaigns.items()} == {"duvets.yaml": "spring-duvets"}


def test_a_folder_tells_where_values_stand(example):
    """Whoever finds that a template is missing can point at the line that names it."""
    folder = check_folder(example)
    document = folder.documents[example / "campaigns/duvets.yaml"]
    assert document["offers"].items[0]["template"].place == (16, 15)


def test_one_bad_campaign_does_not_hide_the_others(example, write):
    """Right files are given beside the mistakes of wrong ones."""
    write("campaigns/autumn.yml", "name: autumn\n")
    folder = check_folder(example)
    assert [path.name for path in folder.campaigns] == ["duvets.yaml"]
    assert {mistake.file for mistake in folder.mistakes} == {str(example / "campaigns/autumn.yml")}


def test_a_policy_with_an_unknown_tier_is_no_policy(example, write):
    """A gate that would silently do nothing is a mistake of the file."""
    write(
        "sendgate.yaml",
        (example / "sendgate.yaml").read_text().replace("gates:", "gates:\n  recognition: {from_tier: glod}"),
    )
    assert check_folder(example).policy is None


def test_loading_gives_a_campaign_and_its_policies(example, write):
    """One campaign can be judged by several policies."""
    other = write(
        "other.yaml", (example / "sendgate.yaml").read_text().replace("after_purchase: 3d", "after_purchase: 9d")
    )
    campaign, policies = load(example / "campaigns/duvets.yaml", example / "sendgate.yaml", other)
    assert campaign.name == "spring-duvets"
    assert [policy.gate("moment").after_purchase for policy in policies] == ["3d", "9d"]


def test_loading_raises_the_mistakes_of_all_files(example, write, mistakes_in):
    """Nobody repairs one file only to learn of the next; names are checked where they can be."""
    policy = write("sendgate.yaml", "family: {name: H, brands: {lumen: }}\nstor: x\n")
    campaign = write("campaigns/duvets.yaml", "name: a\nbrand: lumn\nchannel: email\npurpose: service\noffers: []\n")
    assert mistakes_in(load, campaign, policy, example / "missing.yaml") == [
        "sendgate.yaml:2:1: unknown key `stor` (did you mean `store`?)",
        "missing.yaml: no such file (the files of its kind there: `sendgate.yaml`)",
        "campaigns/duvets.yaml:2:8: `lumn` is not a brand of the family (did you mean `lumen`?)",
        "campaigns/duvets.yaml:5:9: `offers` must be a list of 1 or more, not an empty list",
    ]


def test_a_campaign_of_another_family_is_refused(example, policy_of, mistakes_in):
    """Brand and tiers are those of the policy given."""
    (mistake,) = mistakes_in(load_campaign, write_other(example), policy_of())
    assert "`harbor-kids` is not a brand of the family" in mistake


def write_other(folder):
    """Write a campaign of a brand that the small family does not have."""
    path = folder / "campaigns/duvets.yaml"
    path.write_text(path.read_text().replace("brand: harbor", "brand: harbor-kids"))
    return path


def test_the_current_directory_does_not_matter(example, write, monkeypatch, tmp_path_factory):
    """Lists are found relative to the campaign file."""
    write("campaigns/goods.csv", "product\nduvet\n")
    text = (example / "campaigns/duvets.yaml").read_text()
    path = write("campaigns/duvets.yaml", text.replace("product: duvet-dusty-rose", "products: {file: goods.csv}"))
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    campaign, _ = load(path, example / "sendgate.yaml")
    assert campaign.offers[0].product == "duvet"


def test_loading_stays_light(example):
    """A right policy loads no table engine, no address library, no schemas and no spelling aids."""
    program = (
        "import sys, pathlib; from sendgate.policy.files import load; "
        f"load(*map(pathlib.Path, [{str(example / 'campaigns/duvets.yaml')!r}, {str(example / 'sendgate.yaml')!r}])); "
        "heavy = {'narwhals', 'duckdb', 'numpy', 'email_validator', 'difflib', 'sendgate.policy.schema', 'sendgate'}; "
        "print(sorted(heavy & set(sys.modules) - {'sendgate'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
