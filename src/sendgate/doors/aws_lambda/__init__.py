"""AWS Lambda: four handlers, and nothing that decides. ``docs/aws.md`` goes from nothing to the first message.

========================  ============================================================================
``send_handler``          a queue (SQS), one message a record
``decide_handler``        a direct call or a step of Step Functions: decisions, and nothing is sent
``feedback_handler``      what SES reports, from EventBridge, or through a queue from EventBridge or SNS
``release_handler``       a schedule: what waited and is due, and what a worker left behind
========================  ============================================================================
"""

from __future__ import annotations

from sendgate.doors.aws_lambda.deciding import decide_handler
from sendgate.doors.aws_lambda.feedback import feedback_handler
from sendgate.doors.aws_lambda.releasing import release_handler
from sendgate.doors.aws_lambda.sending import send_handler

__all__ = ["decide_handler", "feedback_handler", "release_handler", "send_handler"]
