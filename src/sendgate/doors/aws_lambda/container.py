"""What a container of Lambda opens at its first message, and keeps for those that follow."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sendgate.doors.aws_lambda.bucket import Bucket
from sendgate.doors.aws_lambda.telling import log
from sendgate.errors import ConfigurationError, MissingExtraError, Mistake
from sendgate.model.keys import Keyring
from sendgate.model.times import MINUTE
from sendgate.policy.files import POLICY
from sendgate.wiring.house import JOURNAL, KEYS_VARIABLE, House, read_keyring

FOLDER = "SENDGATE_FOLDER"
"""A family's folder in the package, relative to it or absolute."""
BUCKET = "SENDGATE_S3"
"""A family's folder in S3: ``s3://bucket/prefix``."""
KEYS_PARAMETER = "SENDGATE_KEYS_PARAMETER"
"""The name of a SecureString in the Parameter Store of SSM, which holds the secrets."""

LOOK_AGAIN = 5 * MINUTE
"""How old a family's folder from S3 may be before somebody looks whether there is a newer one."""

_IN_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME"


class Container:
    """Opens a family's folder once, and again when it has changed in S3."""

    def __init__(self, environ: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.time) -> None:
        self._environ = environ
        self._clock = clock
        self._house: House | None = None
        self._bucket: Bucket | None = None
        self._keyring: Keyring | None = None
        self._looked = 0.0

    @property
    def now(self) -> float:
        """The present, in epoch seconds."""
        return self._clock()

    def house(self) -> House:
        """Give the family's folder, opened; what the store missed while it was away is written down first.

        Raises ConfigurationError with everything that is wrong, and StoreError. A newer folder that is wrong is told
        in the log, and the one that is open stays.
        """
        if self._house is None:
            self._house = self._opened(self._folder())
            self._looked = self.now
        elif self._environ.get(BUCKET) and self.now >= self._looked + LOOK_AGAIN:
            self._house = self._renewed(self._house)
        self._house.replay()
        return self._house

    def close(self) -> None:
        """Let go of everything; the next message opens it again."""
        house, self._house, self._bucket, self._keyring = self._house, None, None, None
        if house:
            house.close()

    def _renewed(self, house: House) -> House:
        self._looked = self.now
        try:
            folder = self._folder()
            if folder == house.policy_file.parent:
                return house
            fresh = self._opened(folder)
        except Exception as error:  # noqa: BLE001  whatever it is, what is open still works
            words = str(error) if isinstance(error, ConfigurationError) else type(error).__name__
            log.error("the newer folder cannot be used", mistakes=words)
            return house
        house.close()
        return fresh

    def _opened(self, folder: Path) -> House:
        fleeting = bool(self._environ.get(_IN_LAMBDA))
        journal = Path(tempfile.gettempdir()) / JOURNAL
        house = House(folder / POLICY, keyring=self._secrets(folder), journal=journal, fleeting=fleeting)
        if fleeting and house.policy.sending.daily_quota:
            house.close()
            message, hint = (
                "`daily_quota` would be counted by each container for itself",
                "SES keeps a quota of its own",
            )
            raise ConfigurationError([Mistake(str(house.policy_file), message, help=hint)])
        return house

    def _folder(self) -> Path:
        folder, place = self._environ.get(FOLDER), self._environ.get(BUCKET)
        if bool(folder) == bool(place):
            hint = f"`{FOLDER}` is a folder of the package, `{BUCKET}` is `s3://bucket/prefix`"
            raise ConfigurationError([Mistake(f"${BUCKET}", f"set either this or `{FOLDER}`", help=hint)])
        if folder:
            return Path(self._environ.get("LAMBDA_TASK_ROOT", "")) / folder
        if self._bucket is None:
            self._bucket = Bucket.at(place or "", client("s3"))
        return self._bucket.fetched(Path(tempfile.gettempdir()) / "sendgate")

    def _secrets(self, folder: Path) -> Keyring:
        """Read the secrets; once, because they are new only where a function is configured anew."""
        name = self._environ.get(KEYS_PARAMETER)
        if self._environ.get(KEYS_VARIABLE) or not name:
            return read_keyring(folder)
        self._keyring = self._keyring or _parameter(name)
        return self._keyring


def client(service: str) -> Any:
    """Make a client for a service of AWS."""
    try:
        import boto3
    except ImportError as error:
        raise MissingExtraError("AWS", "aws") from error
    return boto3.session.Session().client(service)


def _parameter(name: str) -> Keyring:
    """Read secrets from SSM. Raises ConfigurationError, which shows none of them."""
    ssm = client("ssm")
    try:
        text = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        return Keyring.parse(text)
    except ssm.exceptions.ParameterNotFound:
        hint = "aws ssm put-parameter --type SecureString makes one"
        raise ConfigurationError([Mistake(name, "SSM has no such parameter", help=hint)]) from None
    except ValueError as error:
        raise ConfigurationError([Mistake(name, str(error))]) from None
    finally:
        ssm.close()


container = Container()
"""The one of this process."""
