"""What is deployed on AWS is held to the program, and to the manners of AWS."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "deploy" / "template.yaml"


class _Loader(yaml.SafeLoader):
    """YAML with the tags of CloudFormation, each as an object of one name: ``!Ref X`` is ``{"Ref": "X"}``."""


def _tagged(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _tagged)
READ = yaml.load(TEMPLATE.read_text(encoding="utf-8"), _Loader)
RESOURCES = READ["Resources"]


def of_type(kind):
    """Give the properties of the resources of a type, by name."""
    return {name: made["Properties"] for name, made in RESOURCES.items() if made["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
QUEUES = of_type("AWS::SQS::Queue")


def statements():
    """Give every statement of every policy of a role."""
    for properties in of_type("AWS::IAM::ManagedPolicy").values():
        yield from properties["PolicyDocument"]["Statement"]
    for properties in of_type("AWS::IAM::Role").values():
        for policy in properties["Policies"]:
            yield from policy["PolicyDocument"]["Statement"]


def allowed():
    """Give the statements, those that a condition brings included."""
    for statement in statements():
        yield statement["If"][1] if "If" in statement else statement


def test_cfn_lint_finds_nothing():
    """No error and no warning."""
    pytest.importorskip("cfnlint", reason="needs the dependency group `dev`")
    command = [str(Path(sys.executable).with_name("cfn-lint")), str(TEMPLATE)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


@pytest.mark.skipif(not shutil.which("sam"), reason="sam-cli is not installed")
def test_sam_finds_nothing():
    """The transform of SAM takes it, too."""
    environ = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-west-1"}
    command = ["sam", "validate", "--lint", "--template", str(TEMPLATE)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_table_is_the_one_of_the_store():
    """Keys, indexes and what expires are what the program reads and writes; people are not lost with a stack."""
    from sendgate.stores import dynamodb as store

    (table,) = of_type("AWS::DynamoDB::Table").values()
    assert {name: table[name] for name in store.TABLE} == dict(store.TABLE)
    assert table["TimeToLiveSpecification"] == {"AttributeName": store.EXPIRES, "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    assert (RESOURCES["Table"]["DeletionPolicy"], RESOURCES["Table"]["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_handlers_are_there():
    """Each function names one of ours, and all of ours are deployed."""
    pytest.importorskip("aws_lambda_powertools", reason="needs the extra `aws`")
    module = import_module("sendgate.doors.aws_lambda")
    named = {function["Handler"] for function in FUNCTIONS.values()}
    assert named == {f"{module.__name__}.{name}" for name in module.__all__}
    assert READ["Globals"]["Function"]["Architectures"] == ["arm64"]


def test_a_function_has_the_time_that_its_messages_need():
    """Nothing would ever be begun otherwise; and a run of the schedule ends before the next begins."""
    pytest.importorskip("aws_lambda_powertools", reason="needs the extra `aws`")
    from sendgate.doors.aws_lambda.records import COVER

    assert FUNCTIONS["SendFunction"]["Timeout"] > COVER
    assert FUNCTIONS["ReleaseFunction"]["Timeout"] > COVER
    assert FUNCTIONS["ReleaseFunction"]["Timeout"] < 300
    assert FUNCTIONS["ReleaseFunction"]["Events"]["Schedule"]["Properties"]["ScheduleExpression"] == "rate(5 minutes)"


def test_queues_hide_a_message_for_as_long_as_it_is_worked_on():
    """Six times the timeout, as AWS asks; then again, and in the end to the dead-letter queue."""
    consumers = {
        function["Events"][event]["Properties"]["Queue"]["GetAtt"].partition(".")[0]: function
        for function in FUNCTIONS.values()
        for event in function.get("Events", {})
        if function["Events"][event]["Type"] == "SQS"
    }
    assert set(consumers) == {"WantedQueue", "FeedbackQueue"}
    for name, function in consumers.items():
        queue = QUEUES[name]
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
        assert queue["RedrivePolicy"]["deadLetterTargetArn"]["GetAtt"].partition(".")[0] in QUEUES
        (event,) = function["Events"].values()
        assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert all(
        queue["SqsManagedSseEnabled"] and queue["MessageRetentionPeriod"] == 14 * 86400 for queue in QUEUES.values()
    )


def test_every_action_and_resource_is_named():
    """No stars but for what has no name: parts of an ARN that SES and S3 leave open."""
    for statement in allowed():
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action or ":" not in action]
        assert statement.get("Resource") != "*"
        assert "NotAction" not in statement
        assert "NotResource" not in statement or actions == ["sns:Publish"]


def test_each_function_has_a_role_and_a_log_of_its_own():
    """A role is given what its function does, and logs are not kept for ever."""
    assert len({function["Role"]["GetAtt"] for function in FUNCTIONS.values()}) == len(FUNCTIONS)
    logs = of_type("AWS::Logs::LogGroup")
    assert {function["LoggingConfig"]["LogGroup"]["Ref"] for function in FUNCTIONS.values()} == set(logs)
    assert all("RetentionInDays" in log for log in logs.values())


@pytest.mark.parametrize("name", [name for name in RESOURCES if name.endswith("Role")])
def test_who_decides_only_cannot_send(name):
    """The function that answers questions has no leave to write to people or about them."""
    policies = {policy["Ref"] for policy in RESOURCES[name]["Properties"]["ManagedPolicyArns"]}
    assert ("Carrying" in policies) == (name in {"SendRole", "ReleaseRole"})
    assert ("Writing" in policies) == (name != "DecideRole")


def test_alarms_look_at_metrics_that_exist():
    """Those of ours are written by the program; each alarm says what it means and rings somewhere."""
    sources = "".join(path.read_text() for path in (ROOT / "src/sendgate/doors/aws_lambda").glob("*.py"))
    alarms = of_type("AWS::CloudWatch::Alarm")
    ours = {alarm["MetricName"] for alarm in alarms.values() if alarm.get("Namespace") == "Sendgate"}
    assert ours == {"Doubtful", "ProviderStopped", "NotCarried"}
    assert all(f'"{name}"' in sources for name in ours)
    assert all(alarm["AlarmDescription"] and alarm["AlarmActions"] for alarm in alarms.values())
    assert all(alarm["Dimensions"] == [{"Name": "service", "Value": "sendgate"}] for alarm in alarms.values()
               if alarm.get("Namespace") == "Sendgate")  # fmt: skip


def test_all_that_ses_reports_is_asked_for():
    """By both ways, every kind of event that the handler understands."""
    pytest.importorskip("aws_lambda_powertools", reason="needs the extra `aws`")
    from sendgate.doors.aws_lambda import ses_events

    known = {re.sub(r"\W", "", kind).lower() for kind in ses_events._NAMES}
    for name in ("EventsToEventBridge", "EventsToSns"):
        kinds = RESOURCES[name]["Properties"]["EventDestination"]["MatchingEventTypes"]
        assert {kind.lower() for kind in kinds} == known


def test_every_parameter_and_alarm_is_documented():
    """docs/aws.md says what can be set, and what it means when something rings."""
    told = (ROOT / "docs" / "aws.md").read_text(encoding="utf-8")
    names = [*READ["Parameters"], *of_type("AWS::CloudWatch::Alarm"), *READ["Outputs"]]
    assert [name for name in names if f"`{name}`" not in told] == []


def test_it_is_plain_yaml():
    """CloudFormation knows no anchors."""
    assert not re.search(r"[:\[] [&*]\w", TEMPLATE.read_text())
    json.dumps(READ)
