"""The closed list of reason codes. Each is documented in ``docs/gates.md``."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a gate blocked, or that it did not. Gates of other packages all give ``CUSTOM``."""

    PASSED = "passed"
    EXEMPT = "exempt"

    UNSUBSCRIBED = "permission.unsubscribed"
    NO_OPT_IN = "permission.no_opt_in"
    NO_ADDRESS = "deliverability.no_address"
    BOUNCED = "deliverability.bounced"
    COMPLAINED = "deliverability.complained"
    SOFT_BOUNCES = "deliverability.transient_bounces"
    ALREADY_SENT = "duplicate.already_sent"
    EARLIER_IN_AUDIENCE = "duplicate.earlier_in_audience"
    QUIET_HOURS = "quiet_hours.quiet"
    CAP_REACHED = "frequency.cap_reached"
    FORBIDDEN = "frequency.forbidden"
    AFTER_PURCHASE = "moment.after_purchase"
    AFTER_RETURN = "moment.after_return"
    AFTER_COMPLAINT = "moment.after_complaint"
    CASE_OPEN = "moment.case_open"
    CONTRADICTED = "fit.contradicted"
    ATTRIBUTE_UNKNOWN = "fit.unknown"
    SAME_PRODUCT = "just_bought.product"
    SAME_CATEGORY = "just_bought.category"
    PAID_MORE = "price_protection.paid_more"
    LITTLE_EVIDENCE = "relevance.too_little_evidence"
    INTEREST_ELSEWHERE = "intent.interest_elsewhere"
    WORN_OUT = "fatigue.worn_out"
    TIER_NOT_RECOGNISED = "recognition.tier_not_recognised"
    UNANSWERED = "balance.unanswered"
    MORE_ASKS_THAN_GIFTS = "balance.asks_without_gives"
    RISK_TOO_HIGH = "unsubscribe_risk.too_high"
    NOT_WORTH_THE_RISK = "unsubscribe_risk.not_worth_it"
    CONTROL_GROUP = "holdout.control_group"
    VALUE_MISSING = "render.value_missing"
    NOT_RENDERED = "render.failed"

    GAVE_WAY = "plan.gave_way"
    """Of no gate: a plan of several campaigns gives the room to messages that are worth more."""

    CUSTOM = "custom.blocked"
