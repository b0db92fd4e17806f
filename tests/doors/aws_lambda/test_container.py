"""What a container opens: a folder of the package or of S3, and secrets from the environment or from SSM."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

pytest.importorskip("moto", reason="needs the dependency group `dev`")

import boto3
from moto import mock_aws

from sendgate.doors.aws_lambda import bucket as bucket_module
from sendgate.doors.aws_lambda import send_handler
from sendgate.doors.aws_lambda.bucket import Bucket
from sendgate.doors.aws_lambda.container import Container
from sendgate.errors import ConfigurationError, StoreError
from sendgate.ports import Answer, Receipt

KEYS = "test:not-a-secret-only-for-tests"


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self):
        self.now = 1_772_614_800.0

    def __call__(self):
        return self.now


@pytest.fixture
def aws(models, monkeypatch):
    """AWS, as moto has it, with a bucket in it."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="families", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield s3
        s3.close()


@pytest.fixture
def uploaded(aws, function):
    """The family's folder, synchronised into the bucket."""
    for path in function.folder.rglob("*"):
        if path.is_file() and "sendgate.db" not in path.name:
            aws.upload_file(str(path), "families", f"harbor/{path.relative_to(function.folder)}")
    return aws


def opened(environ, clock=None):
    """Make a container whose environment is only this."""
    return Container({"SENDGATE_KEYS": KEYS, **environ}, clock or Clock())


@pytest.fixture
def from_s3(uploaded):
    """A container that takes its folder from S3."""
    clock = Clock()
    made = opened({"SENDGATE_S3": "s3://families/harbor"}, clock)
    made.moves = lambda seconds: setattr(clock, "now", clock.now + seconds)
    yield made
    made.close()


def test_a_folder_comes_from_s3(from_s3):
    """Policy, campaigns and templates are brought into the container, and work from there."""
    house = from_s3.house()
    assert house.policy.family.name == "Harbor Group"
    assert set(house.campaigns) == {"hello", "hello-kids", "receipt", "text"}
    house.ready("hello")
    assert house.policy_file.parent.parent == Path(tempfile.gettempdir()) / "sendgate"


def test_a_warm_container_looks_again_after_a_while(from_s3, uploaded):
    """A new campaign is known to it some minutes later, without a deployment; the store is opened anew with it."""
    before = from_s3.house()
    text = uploaded.get_object(Bucket="families", Key="harbor/campaigns/hello.yaml")["Body"].read().decode()
    uploaded.put_object(Bucket="families", Key="harbor/campaigns/new.yaml", Body=text.replace("hello\n", "new\n", 1))
    assert from_s3.house() is before
    from_s3.moves(299)
    assert from_s3.house() is before
    from_s3.moves(1)
    assert "new" in from_s3.house().campaigns
    with pytest.raises(StoreError):
        before.store.load("ann")


def test_what_has_not_changed_stays_open(from_s3):
    """One list request, and nothing else."""
    before = from_s3.house()
    from_s3.moves(301)
    assert from_s3.house() is before


@pytest.mark.parametrize("broken", ["family: {}\n", ""])
def test_a_newer_folder_that_is_wrong_is_told_and_not_used(from_s3, uploaded, told, broken):
    """Who uploads a mistake does not stop what works; the log names every mistake."""
    before = from_s3.house()
    uploaded.put_object(Bucket="families", Key="harbor/sendgate.yaml", Body=broken)
    from_s3.moves(301)
    told()
    assert from_s3.house() is before
    (line,), _ = told()
    assert (line["level"], "sendgate.yaml" in line["mistakes"]) == ("ERROR", True)


def test_when_s3_is_away_a_warm_container_goes_on(from_s3, monkeypatch, told):
    """What is open works, and the log says that nobody could look."""
    before = from_s3.house()

    def away(_):
        raise OSError("no route")

    monkeypatch.setattr(Bucket, "fetched", lambda *_: away(None))
    from_s3.moves(301)
    told()
    assert from_s3.house() is before
    assert told()[0][0]["mistakes"] == "OSError"


def test_only_the_last_version_is_kept_beside_the_new_one(from_s3, uploaded):
    """A container has little room, and lives for hours."""
    from_s3.house()
    for number in range(4):
        uploaded.put_object(Bucket="families", Key="harbor/note.txt", Body=f"{number}")
        from_s3.moves(301)
        from_s3.house()
    assert len(list((Path(tempfile.gettempdir()) / "sendgate").iterdir())) <= 2


def test_folders_of_the_console_are_no_files(uploaded, tmp_path):
    """Who makes a folder by hand leaves an object whose name ends in a slash."""
    uploaded.put_object(Bucket="families", Key="harbor/campaigns/", Body=b"")
    folder = Bucket(uploaded, "families", "harbor").fetched(tmp_path / "below")
    assert (folder / "campaigns" / "hello.yaml").is_file()


def test_a_fetch_that_broke_off_leaves_no_folder(uploaded, tmp_path, monkeypatch):
    """Half a policy is never opened."""
    bucket = Bucket(uploaded, "families", "harbor")
    monkeypatch.setattr(bucket_module.shutil, "copyfileobj", lambda *_: (_ for _ in ()).throw(OSError("cut")))
    with pytest.raises(OSError, match="cut"):
        bucket.fetched(tmp_path / "below")
    monkeypatch.undo()
    assert (bucket.fetched(tmp_path / "below") / "sendgate.yaml").read_text().startswith("family:")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([], "there is nothing"),
        (["harbor/sendgate.yaml", "harbor/sendgate.keys"], "secrets do not belong into a bucket"),
        (["harbor/sendgate.yaml", "harbor/old/sendgate.keys"], "secrets do not belong into a bucket"),
        (["harbor/../../etc/passwd"], "leads out of the folder"),
        (["harbor//etc/passwd"], "leads out of the folder"),
        (["harbor/a\\..\\b"], "leads out of the folder"),
        (["harbor/a\nb"], "leads out of the folder"),
    ],
)
def test_a_bucket_that_is_no_family_is_refused(aws, tmp_path, keys, words):
    """Nothing of it is fetched."""
    for key in keys:
        aws.put_object(Bucket="families", Key=key, Body=b"x")
    with pytest.raises(ConfigurationError, match=words):
        Bucket(aws, "families", "harbor").fetched(tmp_path / "below")
    assert not (tmp_path / "below").exists()


def test_a_bucket_that_is_too_large_is_refused(uploaded, tmp_path, monkeypatch):
    """A prefix that was forgotten brings the whole lake."""
    monkeypatch.setattr(bucket_module, "_MOST_FILES", 3)
    with pytest.raises(ConfigurationError, match="larger than"):
        Bucket(uploaded, "families").fetched(tmp_path / "below")


@pytest.mark.parametrize("place", ["families/harbor", "s3://", "s3://UPPER/x", "https://families", "s3://a/b"])
def test_a_place_that_is_none_is_refused(aws, place):
    """With the form that was expected."""
    with pytest.raises(ConfigurationError, match="expected `s3://bucket/prefix`"):
        Bucket.at(place, aws)


@pytest.mark.parametrize("environ", [{}, {"SENDGATE_FOLDER": "family", "SENDGATE_S3": "s3://families/harbor"}])
def test_a_folder_comes_from_one_place(environ):
    """Neither and both are mistakes."""
    with pytest.raises(ConfigurationError, match="set either this or `SENDGATE_FOLDER`"):
        opened(environ).house()


def test_a_folder_of_the_package_is_relative_to_it(function):
    """``LAMBDA_TASK_ROOT`` is where Lambda has unpacked it."""
    container = opened({"SENDGATE_FOLDER": function.folder.name, "LAMBDA_TASK_ROOT": str(function.folder.parent)})
    assert container.house().policy_file == function.folder / "sendgate.yaml"
    container.close()


def test_secrets_come_from_ssm(aws, function):
    """A SecureString, read once and never shown."""
    boto3.client("ssm").put_parameter(Name="/sendgate/keys", Type="SecureString", Value="mar26:0123456789abcdef-x")
    environ = {"SENDGATE_FOLDER": str(function.folder), "SENDGATE_KEYS_PARAMETER": "/sendgate/keys"}
    container = Container(environ, Clock())
    assert repr(container.house().keyring) == "Keyring(mar26)"
    container.close()


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "SSM has no such parameter"), ("nothing", "expected `name:secret`"), ("a:secret", "is short")],
)
def test_secrets_that_cannot_be_used_are_told_and_not_shown(aws, function, value, words):
    """The message names the parameter."""
    if value:
        boto3.client("ssm").put_parameter(Name="/sendgate/keys", Type="SecureString", Value=value)
    environ = {"SENDGATE_FOLDER": str(function.folder), "SENDGATE_KEYS_PARAMETER": "/sendgate/keys"}
    with pytest.raises(ConfigurationError, match=words) as raised:
        Container(environ, Clock()).house()
    assert "/sendgate/keys" in str(raised.value)
    assert "secret" not in str(raised.value).replace("name:secret", "").replace("the secret of", "")


ON_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "sendgate-send", "AWS_REGION": "eu-west-1"}


def test_a_store_that_is_lost_with_a_container_is_refused(function):
    """A SQLite file is seen by one container: each would have a ledger of its own."""
    with pytest.raises(ConfigurationError, match=r"`sqlite://` keeps things in a folder"):
        opened({"SENDGATE_FOLDER": str(function.folder), **ON_LAMBDA}).house()


def test_an_outbox_that_is_lost_with_a_container_is_refused(aws, function):
    """Where a campaign goes by it; nobody minds one for a channel that no campaign uses."""
    function.write(store="dynamodb://family?region=eu-west-1", provider="{email: 'ses://eu-west-1'}")
    container = opened({"SENDGATE_FOLDER": str(function.folder), **ON_LAMBDA})
    container.house().ready("hello")
    with pytest.raises(ConfigurationError, match=r"`outbox://` keeps things in a folder"):
        container.house().ready("text")
    container.close()


def test_a_quota_that_each_container_would_count_is_refused(function):
    """A limit that is not kept is worse than none."""
    function.write(store="dynamodb://family?region=eu-west-1", provider="'ses://eu-west-1'")
    policy = function.folder / "sendgate.yaml"
    policy.write_text(policy.read_text() + "sending: {daily_quota: 1000}\n")
    with pytest.raises(ConfigurationError, match="counted by each container for itself"):
        opened({"SENDGATE_FOLDER": str(function.folder), **ON_LAMBDA}).house()


def test_an_answer_that_the_store_missed_is_written_down_later(function, monkeypatch):
    """It is kept beside the container until the next message."""
    house = function.house
    house.ready("hello")
    (provider,) = house._providers.values()
    real, away = house.store.swap, []

    def swap(before, after, **options):
        if away:
            raise StoreError("the store is away")
        return real(before, after, **options)

    def send(parcel, arm):
        arm()
        away.append(True)
        return Receipt(Answer.ACCEPTED, "m-1")

    monkeypatch.setattr(house.store, "swap", swap)
    monkeypatch.setattr(provider, "send", send)
    monkeypatch.setattr("time.sleep", lambda _: None)
    (sender,) = [campaign.sender for campaign in house._campaigns.values()]
    monkeypatch.setattr(sender, "_means", sender._means.__class__(sender._means.clock, lambda: "t", lambda _: None,
                                                                  lambda: 0.5))  # fmt: skip
    wanted = function.batch({"campaign": "hello", "person": "ann"})
    assert send_handler(wanted, function.context)["batchItemFailures"]
    away.clear()
    assert function.entry().message_id == "m-1"
