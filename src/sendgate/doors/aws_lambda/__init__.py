"""AWS Lambda: four handlers, and nothing that decides. ``docs/aws.md`` goes from nothing to the first message.

========================  ============================================================================
``send_handler``          a queue (SQS), one message a record
``decide_handler``        a direct call or a step of Step Functions: decisions, and nothing is sent
``feedback_handler``      what SES reports, from EventBridge, or through a queue from EventBridge or SNS
``release_handler``       a schedule: what waited and is due, and what a worker left behind
========================  ============================================================================
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sendgate.doors.aws_lambda.deciding import decide_handler as decide_handler
    from sendgate.doors.aws_lambda.feedback import feedback_handler as feedback_handler
    from sendgate.doors.aws_lambda.releasing import release_handler as release_handler
    from sendgate.doors.aws_lambda.sending import send_handler as send_handler

_HOMES = {
    "decide_handler": "deciding",
    "feedback_handler": "feedback",
    "release_handler": "releasing",
    "send_handler": "sending",
}
"""Each function of Lambda loads its own handler, and waits for no other at its cold start."""

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
