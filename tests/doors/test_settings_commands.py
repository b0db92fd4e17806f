"""``sendgate init``, ``check`` and ``schema``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sendgate import shipped
from sendgate.wiring.house import read_keyring


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sample family of our own, so that these tests do not depend on the shipped one."""
    sample = tmp_path / "sample"
    (sample / "campaigns").mkdir(parents=True)
    (sample / "sendgate.yaml").write_text("family: {name: x, brands: {harbor: {}}}\n")
    (sample / "campaigns" / "hello.yaml").write_text(
        "name: hello\nbrand: harbor\nchannel: email\npurpose: service\noffers: [{name: a, template: a.j2}]\n"
    )
    (sample / "generate.py").write_text("raise SystemExit\n")
    templates = tmp_path / "shipped-templates"
    templates.mkdir()
    (templates / "a.j2").write_text("{% block subject %}a{% endblock %}{% block text %}a{% endblock %}")
    monkeypatch.setattr(shipped, "SAMPLE_FAMILY", sample)
    monkeypatch.setattr(shipped, "TEMPLATES", templates)
    return tmp_path


def test_init_makes_a_family_that_checks(samples, sendgate) -> None:
    """Policy, campaigns and templates are there, and right; what generates samples stays behind."""
    made = sendgate("init", str(samples / "new"))
    assert made.exit_code == 0
    names = [".gitignore", "campaigns", "sendgate.keys", "sendgate.yaml", "templates"]
    assert sorted(path.name for path in (samples / "new").iterdir()) == names
    checked = sendgate("check", str(samples / "new"))
    assert (checked.exit_code, checked.stdout) == (0, "no mistakes in 3 files\n")


def test_init_says_what_to_type_next(samples, sendgate) -> None:
    """Commands that work as they stand."""
    text = sendgate("init", str(samples / "new")).stdout
    assert f"  cd {samples / 'new'}\n  sendgate check\n  sendgate dry-run hello --audience" in text
    assert f"  cd '{samples / 'a b'}'\n" in sendgate("init", str(samples / "a b")).stdout


def test_init_makes_a_secret_that_stays_out_of_repositories(samples, sendgate) -> None:
    """Each family has another one, which nobody else may read, and which git is told to pass over."""
    secrets = set()
    for name in ("one", "two"):
        told = sendgate("init", str(samples / name))
        keys = samples / name / "sendgate.keys"
        secrets.add(str(read_keyring(keys.parent).sign("x")))
        assert keys.stat().st_mode & 0o777 == 0o600
        assert keys.read_text().strip().partition(":")[2] not in told.output
        assert "sendgate.keys" in (samples / name / ".gitignore").read_text().splitlines()
    assert len(secrets) == 2


def test_init_takes_an_empty_folder(samples, sendgate) -> None:
    """Such as one that was just made."""
    (samples / "new").mkdir()
    assert sendgate("init", str(samples / "new")).exit_code == 0


def test_init_leaves_a_folder_with_anything_in_it_alone(samples, sendgate) -> None:
    """Nothing of somebody's is ever overwritten."""
    (samples / "new").mkdir()
    (samples / "new" / "mine.txt").write_text("mine")
    result = sendgate("init", str(samples / "new"))
    assert result.exit_code == 2
    assert "is not empty: nothing was written" in result.stderr
    assert [path.name for path in (samples / "new").iterdir()] == ["mine.txt"]


def test_init_that_fails_leaves_no_half_of_a_family(samples, sendgate, monkeypatch) -> None:
    """What was copied before a disk is full is gone again."""
    monkeypatch.setattr(shipped, "SAMPLE_FAMILY", samples / "gone")
    result = sendgate("init", str(samples / "new"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert list((samples / "new").iterdir()) == []


def test_check_prints_every_mistake_of_every_file(family, sendgate) -> None:
    """On standard output, a line each, with a count of mistakes and files on standard error."""
    (family / "sendgate.yaml").write_text("family: {name: x, brands: {harbor: {}}}\ngates: {relevanz: on}\n")
    (family / "templates" / "ten.j2").write_text("{% block subject %}{{ persn.email }}{% endblock %}")
    campaign = family / "campaigns" / "duvets.yaml"
    campaign.write_text(campaign.read_text().replace("early.j2", "erly.j2").replace("purpose: ", "purpos: "))
    result = sendgate("check")
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert any(line.startswith("sendgate.yaml:2:9: ") and "`relevance`" in line for line in lines)
    assert any(line.startswith("campaigns/duvets.yaml:4:1: ") and "did you mean `purpose`?" in line for line in lines)
    assert any("there is no template `erly.j2`" in line and "did you mean `early.j2`?" in line for line in lines)
    assert any(line.startswith("templates/ten.j2:1: ") and "did you mean `person`?" in line for line in lines)
    assert result.stderr.endswith("in 3 files\n")


def test_check_keeps_warnings_apart(family, sendgate) -> None:
    """They stand on standard error and stop nothing."""
    campaign = family / "campaigns" / "duvets.yaml"
    campaign.write_text(campaign.read_text().replace(", template: ten.j2", ""))
    result = sendgate("check")
    assert result.exit_code == 0
    assert "warning: campaigns/duvets.yaml:8:12: offer `ten-percent` names no `template`" in result.stderr
    assert result.stdout == "no mistakes in 3 files\n"


def test_check_warns_of_mail_with_the_address_of_the_sample_family(tmp_path, sendgate, monkeypatch) -> None:
    """Where it would leave the house, from the shipped templates or from a `house.j2` that nobody has changed."""
    monkeypatch.chdir(tmp_path)
    sendgate("init", "shop")
    policy, house = tmp_path / "shop/sendgate.yaml", tmp_path / "shop/templates/house.j2"
    warning = "shop/templates/house.j2: shops and postal address are those of the sample family"
    assert warning not in sendgate("check", "shop").stderr
    policy.write_text(policy.read_text().replace("outbox://outbox", "{email: 'smtp://mail.example', sms: 'sns://'}"))
    assert sendgate("check", "shop").stderr.count(warning) == 1
    house.write_text(house.read_text().replace("1 Quay Street", "2 Quay Street"))
    assert "those of the sample family" not in sendgate("check", "shop").stderr
    shutil.rmtree(house.parent)
    assert "those of the sample family" in sendgate("check", "shop").stderr
    for campaign in (tmp_path / "shop/campaigns").iterdir():
        campaign.unlink() if campaign.name != "candles-sms.yaml" else None
    assert "those of the sample family" not in sendgate("check", "shop").stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "outbox://outbox",
            "{sms: 'ses://x'}",
            "candles-sms.yaml:4:10: no message can be sent: `ses` does not carry sms",
        ),
        ("outbox://outbox", "twilio://x", "duvets.yaml:4:10: no message can be sent: there is no provider `twilio://`"),
        (', sender: "Lumen <hi@lumen.example>"', "", "lighting.yaml:3:8: no message can be sent: brand `lumen` has no"),
        ("sqlite:///sendgate.db", "mysql://x", "sendgate.yaml:47:8: there is no store `mysql://`"),
    ],
)
def test_check_tells_what_send_would_refuse(tmp_path, sendgate, monkeypatch, old, new, said) -> None:
    """Before the evening on which it is to go out. A store that does not exist is a mistake for all campaigns."""
    monkeypatch.chdir(tmp_path)
    sendgate("init", "shop")
    policy = tmp_path / "shop/sendgate.yaml"
    assert "no message can be sent" not in sendgate("check", "shop").stderr
    policy.write_text(policy.read_text().replace(old, new))
    checked = sendgate("check", "shop")
    assert said in checked.output
    assert checked.exit_code == (2 if "there is no store" in said else 0)


def test_check_of_a_folder_without_a_policy_says_how_to_start(tmp_path, sendgate) -> None:
    """The nearest help is a family to start from."""
    result = sendgate("check", str(tmp_path))
    assert result.exit_code == 2
    assert "no such file (`sendgate init` makes a family to start from)" in result.stdout


@pytest.mark.parametrize(("words", "title"), [([], "policy"), (["policy"], "policy"), (["campaign"], "campaign")])
def test_schema_prints_json(sendgate, words: list[str], title: str) -> None:
    """Of the policy, or of campaigns."""
    result = sendgate("schema", *words)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == f"sendgate {title}"


def test_schema_of_anything_else_is_refused(sendgate) -> None:
    """There are two kinds of files."""
    assert sendgate("schema", "people").exit_code == 2
