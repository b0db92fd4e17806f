"""What SES and SNS have in common: a client that never tries again by itself, and what its errors mean."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sendgate.errors import MissingExtraError
from sendgate.ports import Answer, Arm, Parcel, Receipt
from sendgate.providers.place import LONGEST, Place, mistake, seconds
from sendgate.providers.words import scrubbed

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_CONNECT = 5.0
_CONNECTIONS = 50
"""Threads that may send at once without waiting for a connection."""

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")

_LATER = frozenset({
    "TooManyRequestsException", "Throttling", "ThrottlingException", "Throttled", "ThrottledException",
    "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "LimitExceededException", "SlowDown",
    "BandwidthLimitExceeded", "PriorRequestNotComplete",
})  # fmt: skip
_STOPS = frozenset({
    "AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException", "NotFoundException",
    "NotFound", "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthFailure", "ExpiredToken",
    "ExpiredTokenException", "IncompleteSignature", "InvalidClientTokenId", "InvalidSignatureException",
    "MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired",
    "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch", "UnrecognizedClientException",
})  # fmt: skip
"""Account, credentials, permissions, and settings that every message of the run shares."""

_UNREACHED = frozenset({"EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError"})
"""Errors of botocore before a connection was there."""
_CREDENTIALS = frozenset({
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError",
    "UnauthorizedSSOTokenError", "SSOTokenLoadError", "NoAuthTokenError", "MetadataRetrievalError", "ProfileNotFound",
    "RefreshWithMFAUnsupportedError", "LoginError", "LoginTokenLoadError", "LoginRefreshRequired",
})  # fmt: skip
_HANDSHAKE = re.compile("CERTIFICATE|HANDSHAKE|WRONG_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS")
"""Reasons of OpenSSL that only a handshake has. An end of file in the middle of TLS may come at any time."""


def client(service: str, place: Place, *options: str) -> Any:
    """Make a client, which may serve several threads. Raises ConfigurationError and MissingExtraError."""
    place.allow("timeout", "endpoint", *options)
    if not _REGION.fullmatch(place.host) or place.path not in {"", "/"} or place.port or place.user:
        raise mistake(f"expected `{place.scheme}://region`", f"such as {place.scheme}://eu-west-1")
    try:
        import boto3  # noqa: PLC0415  an optional part
        from botocore.config import Config  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(f"`{place.scheme}://`", "aws") from error
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=_CONNECT,
        read_timeout=place.option("timeout", seconds, LONGEST),
        max_pool_connections=_CONNECTIONS,
    )
    endpoint = place.option("endpoint", _web, None)
    _hush()
    # A session of its own: the default one may not be used by several threads at once.
    return boto3.session.Session().client(service, region_name=place.host, endpoint_url=endpoint, config=config)


def _hush() -> None:
    """Keep recipients out of logs: at DEBUG botocore writes down whole requests. Who asks for that by name gets it."""
    logger = logging.getLogger("botocore")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


def _web(text: str) -> str | None:
    if not re.fullmatch(r"https?://[!-~]+", text):
        raise ValueError("expected an address such as http://localhost:4566")
    return text


def hand_over(call: Callable[..., Mapping[str, Any]], request: Mapping[str, Any], parcel: Parcel, arm: Arm) -> Receipt:
    """Arm, make one request, and say what its answer means."""
    arm()
    try:
        answer = call(**request)
    except Exception as error:  # noqa: BLE001  whatever it is, it is after arming: what it means is said there
        return _classified(error, parcel.recipient)
    return _accepted(answer)


def _accepted(answer: Mapping[str, Any]) -> Receipt:
    """Read the answer of a service that took a message: it always names it."""
    if named := answer.get("MessageId", ""):
        return Receipt(Answer.ACCEPTED, named)
    return Receipt(Answer.UNKNOWN, detail="an answer without the id of a message")


def _classified(error: Exception, private: str) -> Receipt:
    """Say what an error of boto3 means for the message. What is not known is UNKNOWN."""
    from botocore.exceptions import ClientError, ParamValidationError  # noqa: PLC0415

    name = type(error).__name__
    if isinstance(error, ClientError):
        return _answered(error, private)
    if isinstance(error, ParamValidationError):
        return Receipt(Answer.REFUSED, detail="a value that the service does not take")
    if name in _CREDENTIALS:
        return Receipt(Answer.STOPPED, detail=f"there are no credentials that can be used ({name})")
    if name in _UNREACHED or _in_handshake(error):
        return Receipt(Answer.NOT_SENT, detail=f"the service cannot be reached ({name})")
    return Receipt(Answer.UNKNOWN, detail=f"no answer that can be read ({name})")


def _answered(error: ClientError, private: str) -> Receipt:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = str(error.response.get("Error", {}).get("Message", ""))
    return Receipt(_meaning(code, status), detail=scrubbed(f"{status} {code}: {said}", private))


def _meaning(code: str, status: int) -> Answer:
    if code in _LATER or status == 429:  # noqa: PLR2004
        return Answer.NOT_SENT
    if code in _STOPS or status in {401, 403}:
        return Answer.STOPPED
    return Answer.REFUSED if 400 <= status < 500 else Answer.UNKNOWN  # noqa: PLR2004


def _in_handshake(error: BaseException) -> bool:
    return any(
        isinstance(cause, ssl.SSLCertVerificationError)
        or (isinstance(cause, ssl.SSLError) and _HANDSHAKE.search(cause.reason or ""))
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Go through what lies below an error: botocore keeps it in ``kwargs``, urllib3 in ``args`` and ``reason``."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        kept = (*getattr(cause, "kwargs", {}).values(), *cause.args, getattr(cause, "reason", None))
        below = (cause.__cause__, cause.__context__, *kept)
        waiting += [other for other in below if isinstance(other, BaseException)]
