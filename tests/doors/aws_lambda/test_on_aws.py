"""All of it together, on AWS as moto has it: DynamoDB, SES, SSM and S3, and the table of the template."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("moto", reason="needs the dependency group `dev`")

import boto3
import yaml
from botocore.client import BaseClient
from moto import mock_aws

from sendgate.doors.aws_lambda import decide_handler, feedback_handler, release_handler, send_handler
from sendgate.doors.aws_lambda.container import container
from sendgate.model.ledger import State

ROOT = Path(__file__).parents[3]
EVENTS = Path(__file__).parent / "events"
STORE = "dynamodb://${SENDGATE_TABLE}?region=${AWS_REGION}"
CARRIER = "ses://${AWS_REGION}"


class _Untagged(yaml.SafeLoader):
    """The template without what CloudFormation would fill in."""


_Untagged.add_multi_constructor("!", lambda *_: None)


def table():
    """Give the table of the template, in the words of DynamoDB."""
    template = yaml.load((ROOT / "deploy" / "template.yaml").read_text(), _Untagged)
    made = template["Resources"]["Table"]["Properties"]
    names = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "DeletionProtectionEnabled")
    return {name: made[name] for name in names}


@pytest.fixture
def aws(models, function, monkeypatch):
    """The function on AWS: its table, its secrets in SSM, its folder in S3, its mail by SES."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1", "SENDGATE_TABLE": "family", "SENDGATE_S3": "s3://families/harbor",
        "SENDGATE_KEYS_PARAMETER": "/sendgate/keys", "AWS_LAMBDA_FUNCTION_NAME": "sendgate-send",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SENDGATE_FOLDER")
    monkeypatch.delenv("SENDGATE_KEYS")
    container.close()
    function.write(store=STORE, provider="{email: '" + CARRIER + "', sms: 'sns://${AWS_REGION}'}")
    policy = function.folder / "sendgate.yaml"
    with mock_aws():
        boto3.client("dynamodb").create_table(TableName="family", **table())
        boto3.client("ssm").put_parameter(Name="/sendgate/keys", Type="SecureString", Value="mar26:0123456789abcdef-x")
        boto3.client("sesv2").create_email_identity(EmailIdentity="hello@harbor.example")
        boto3.client("sesv2").create_email_identity(EmailIdentity="hello@kids.example")
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="families", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for path in [*function.folder.glob("*/*"), policy]:
            if path.suffix in {".yaml", ".j2"}:
                s3.upload_file(str(path), "families", f"harbor/{path.relative_to(function.folder)}")
        function.knows()
        yield function
        container.close()


@pytest.fixture
def calls(monkeypatch):
    """Count the calls of boto3, by name."""
    counts = Counter()
    real = BaseClient._make_api_call

    def counting(client, operation, arguments):
        counts[operation] += 1
        return real(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", counting)
    return counts


def test_from_the_queue_to_the_report(aws, calls):
    """A message is sent once, its report is written down, and whoever asks is told; a second brand waits."""
    wanted = [{"campaign": "hello", "person": "ann"}, {"campaign": "hello-kids", "email": "ann@customers.example"}]
    assert send_handler(aws.batch(*wanted, *wanted), aws.context) == {"batchItemFailures": []}
    assert calls["SendEmail"] == 1
    assert (aws.entry().state, aws.entry("hello-kids").state) == (State.SENT, State.DEFERRED)
    report = (EVENTS / "complaint.json").read_text().replace("KEY", aws.key())
    assert feedback_handler(aws.batch(report, report), aws.context) == {"batchItemFailures": []}
    assert (aws.entry().state, aws.kinds()) == (State.COMPLAINED, ["complained"])
    answer = decide_handler({"campaign": "receipt", "recipients": ["ann"]}, aws.context)
    assert answer["decisions"][0]["reason"] == "deliverability.complained"
    assert release_handler({}, aws.context) == {"swept": {}, "released": {}, "Doubtful": 0, "Waiting": 0}


def test_what_a_message_costs(aws, calls):
    """docs/aws.md counts the cost of a message from these calls."""
    send_handler(aws.batch({"campaign": "receipt", "person": "ann"}), aws.context)
    calls.clear()
    send_handler(aws.batch({"campaign": "receipt", "person": "ann", "run": "2"}), aws.context)
    assert calls == {"GetItem": 1, "Query": 1, "TransactWriteItems": 3, "SendEmail": 1}
    calls.clear()
    send_handler(aws.batch({"campaign": "hello", "email": "ann@customers.example"}), aws.context)
    assert calls == {"GetItem": 1, "Query": 2, "TransactWriteItems": 3, "SendEmail": 1}
    calls.clear()
    send_handler(aws.batch({"campaign": "hello-kids", "person": "ann"}), aws.context)
    assert calls == {"GetItem": 1, "Query": 1, "TransactWriteItems": 1}
    calls.clear()
    report = json.loads((EVENTS / "delivery.json").read_text().replace("KEY", aws.key()))
    feedback_handler(aws.batch(report), aws.context)
    assert calls == {"Query": 1, "GetItem": 2, "TransactWriteItems": 1}


def test_all_that_is_called_is_allowed(aws, monkeypatch):
    """Each function does with the actions that its role in the template names."""
    allowed = yaml.load((ROOT / "deploy" / "template.yaml").read_text(), _Untagged)["Resources"]
    names = {action for policy in ("Writing", "Carrying", "Family") for action in _actions(allowed[policy])}
    used = set()
    real = BaseClient._make_api_call

    def noting(client, operation, arguments):
        used.update(_needed(client.meta.service_model.service_name, operation, arguments))
        return real(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", noting)
    send_handler(
        aws.batch({"campaign": "hello", "person": "ann"}, {"campaign": "hello", "email": "b@c.example"}), aws.context
    )
    feedback_handler(aws.batch((EVENTS / "bounce.json").read_text().replace("KEY", aws.key())), aws.context)
    assert used <= names
    aws.store.enter(aws.entry().__class__(**_left(aws)), seen=aws.store.load("ann").version)
    used.clear()
    release_handler({}, aws.context)
    assert used <= names | _actions(allowed["ReleaseRole"]["Properties"]["Policies"][0])
    used.clear()
    decide_handler({"campaign": "hello", "recipients": ["ann", "b@c.example"]}, aws.context)
    assert used <= _actions(allowed["DecideRole"]["Properties"]["Policies"][0]) | _actions(allowed["Family"])


def _left(aws):
    """Give the fields of a message that waits and is due."""
    values = {name: getattr(aws.entry(), name) for name in aws.entry().__slots__}
    return values | {"key": aws.key("hello-kids"), "campaign": "hello-kids", "state": State.DEFERRED, "due": 1.0}


def _actions(policy):
    """List the actions of a policy."""
    document = policy.get("Properties", policy)["PolicyDocument"]
    listed = [statement["Action"] for statement in document["Statement"] if statement]
    return {action for one in listed for action in ([one] if isinstance(one, str) else one)}


_TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem",
               "Delete": "DeleteItem"}  # fmt: skip


def _needed(service, operation, arguments):
    """Name the actions that IAM asks for."""
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        return {f"dynamodb:{_TRANSACTED[kind]}" for item in arguments["TransactItems"] for kind in item}
    if service == "s3":
        return set()  # whether the folder has changed
    return {f"{service.removesuffix('v2')}:{operation}"}
