"""Calls to DynamoDB: what is tried again, what is an answer, and what is a StoreError."""

from __future__ import annotations

import os
import random  # noqa: TID251  how long to wait, not what to decide
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from sendgate.errors import MissingExtraError, StoreError
from sendgate.stores.dynamodb.table import Item

FAILED = "ConditionalCheckFailed"
"""The reason that stands at the place of an action whose condition did not hold."""

_CONFLICT = "TransactionConflict"
_SLOW_DOWN = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})
_FINE = "None"

ATTEMPTS = 10
"""How often a read or a write is prepared anew because somebody else wrote about the same person."""

_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Seconds, at most, between tries of a transaction that met another one, or came too fast."""

_TOGETHER, _DELETED, _READ = 100, 25, 100
"""How many items DynamoDB takes in one transaction, one batch of writes, one batch of reads."""

Make = Callable[[], Any]


def maker(region: str | None = None, endpoint: str | None = None) -> Make:
    """Say how to make a client of boto3. Nothing is imported, looked up or connected before it is needed."""

    def make() -> Any:
        try:
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415
        except ModuleNotFoundError:
            raise MissingExtraError("the store in DynamoDB", "aws") from None
        # Repeating is safe: botocore gives each TransactWriteItems a ClientRequestToken, and repeats it with the call,
        # so that DynamoDB does at most once what it was asked for twice.
        config = Config(
            connect_timeout=3, read_timeout=10, max_pool_connections=50,
            retries={"mode": "standard", "total_max_attempts": 3},
        )  # fmt: skip
        return boto3.session.Session().client("dynamodb", region_name=region, endpoint_url=endpoint, config=config)

    return make


def worded(values: Mapping[str, Item], **expressions: str) -> dict[str, Any]:
    """Write expressions, in which ``#name`` is an attribute and ``:value`` one of the values.

    Every name is given by reference, because DynamoDB reserves hundreds of words.
    """
    names = {f"#{name}": name for text in expressions.values() for name in re.findall(r"#(\w+)", text)}
    with_values = {"ExpressionAttributeValues": dict(values)} if values else {}
    return {**expressions, "ExpressionAttributeNames": names, **with_values}


class Calls:
    """The calls that the store makes, to one table. May be used by several threads; a forked process connects anew."""

    def __init__(self, table: str, make: Make, pause: Callable[[float], None]) -> None:
        self.table = table
        self._make = make
        self._pause = pause
        self._clients: dict[int, Any] = {}
        self._making = threading.Lock()
        self._closed = False

    def get(self, key: Item) -> Item | None:
        """Read an item as it is now."""
        answer = self.call("get_item", TableName=self.table, Key=key, ConsistentRead=True)
        return answer.get("Item")  # type: ignore[no-any-return]

    def put_new(self, item: Item) -> bool:
        """Write an item that is not there; tell whether it was not."""
        return not self.transact([self.put(item, "attribute_not_exists(#pk)")])

    def pages(self, operation: str, **arguments: Any) -> Iterator[Item]:
        """Give all items of a ``query`` or a ``scan``, page by page."""
        following: dict[str, Any] = {}
        while True:
            answer = self.call(operation, TableName=self.table, **arguments, **following)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            following = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def get_many(self, keys: Sequence[Item]) -> Iterator[Item]:
        """Read many items as they are now, each by itself, in no order."""
        for start in range(0, len(keys), _READ):
            wanted = {self.table: {"Keys": keys[start : start + _READ], "ConsistentRead": True}}
            for pause in (*_PAUSES, None):
                answer = self.call("batch_get_item", RequestItems=wanted)
                yield from answer["Responses"].get(self.table, [])
                wanted = answer.get("UnprocessedKeys") or {}
                if not wanted:
                    break
                self._wait(pause, "reading")

    def get_together(self, keys: Sequence[Item]) -> Sequence[Item | None] | None:
        """Read items as they were at one moment, at most 100; None where somebody is just writing one of them."""
        actions = [{"Get": {"TableName": self.table, "Key": key}} for key in keys]
        try:
            answer = self.call("transact_get_items", TransactItems=actions)
        except _CancelledError as cancelled:
            if cancelled.codes <= {_FINE, _CONFLICT}:
                return None
            raise
        return [found.get("Item") for found in answer["Responses"]]

    def delete(self, keys: Iterable[Item]) -> int:
        """Delete items, each by itself, and give how many."""
        listed = [{"DeleteRequest": {"Key": key}} for key in keys]
        for start in range(0, len(listed), _DELETED):
            left = {self.table: listed[start : start + _DELETED]}
            for pause in (*_PAUSES, None):
                left = self.call("batch_write_item", RequestItems=left).get("UnprocessedItems") or {}
                if not left:
                    break
                self._wait(pause, "deleting")
        return len(listed)

    def attempts(self) -> Iterator[int]:
        """Number the attempts at what is read first, and holds only if nobody has written since; pause between them.

        The pause is of a random length: all who lost to one would otherwise come back together, and lose again
        ("full jitter": Marc Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015).
        """
        longest = chain(_PAUSES, repeat(_PAUSES[-1]))
        for attempt in range(ATTEMPTS):
            if attempt:
                self._pause(random.random() * next(longest))  # noqa: S311  no secret
            yield attempt

    # Transactions -------------------------------------------------------------------------------------------------

    def put(self, item: Item, condition: str = "", values: Mapping[str, Item] | None = None) -> Item:
        """Say in a transaction: put an item."""
        told = worded(values or {}, ConditionExpression=condition) if condition else {}
        return {"Put": {"TableName": self.table, "Item": item, **told}}

    def check(self, key: Item, condition: str, values: Mapping[str, Item] | None = None) -> Item:
        """Say in a transaction: only if this holds."""
        told = worded(values or {}, ConditionExpression=condition)
        return {"ConditionCheck": {"TableName": self.table, "Key": key, **told}}

    def update(self, key: Item, change: str, condition: str, values: Mapping[str, Item]) -> Item:
        """Say in a transaction: change an item."""
        told = worded(values, UpdateExpression=change, ConditionExpression=condition)
        return {"Update": {"TableName": self.table, "Key": key, **told}}

    def drop(self, key: Item) -> Item:
        """Say in a transaction: delete an item."""
        return {"Delete": {"TableName": self.table, "Key": key}}

    def transact(self, actions: Sequence[Item]) -> Sequence[str]:
        """Write all or nothing. Gives nothing when it is written, else the reason for each action, by its place.

        Where none of the reasons is FAILED, others kept writing the same items. Raises StoreError as all calls do.
        """
        reasons: Sequence[str] = ()
        for pause in (*_PAUSES, None):
            try:
                self.call("transact_write_items", TransactItems=actions)
            except _CancelledError as cancelled:
                reasons, codes = cancelled.reasons, cancelled.codes
                if FAILED in codes:
                    break
                if not codes <= {_FINE, _CONFLICT, *_SLOW_DOWN} or (pause is None and _SLOW_DOWN & codes):
                    raise
            else:
                return ()
            if pause is not None:
                self._pause(pause)
        return reasons

    # Calling ------------------------------------------------------------------------------------------------------

    def call(self, operation: str, **arguments: Any) -> Any:
        """Call DynamoDB. Raises StoreError where it does not do what was asked, or does not answer."""
        client = self._client()
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  a client is there: so is botocore

        try:
            return getattr(client, operation)(**arguments)
        except ClientError as error:
            raise _refusal(operation, error.response) from error
        except BotoCoreError as error:
            raise StoreError(f"DynamoDB does not answer ({operation}): {error}") from error

    def _client(self) -> Any:
        if self._closed:
            raise StoreError("the DynamoDB store is closed")
        process = os.getpid()
        with self._making:
            if process not in self._clients:
                self._clients[process] = self._make()
            return self._clients[process]

    def _wait(self, pause: float | None, doing: str) -> None:
        if pause is None:
            raise StoreError(f"DynamoDB is too busy: {doing} did not get through in {len(_PAUSES) + 1} tries")
        self._pause(pause)

    def close(self) -> None:
        """Close the connections of this process."""
        self._closed = True
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()


class _CancelledError(StoreError):
    """A transaction was not done, for a reason at each place."""

    def __init__(self, message: str, reasons: Sequence[str]) -> None:
        super().__init__(message)
        self.reasons = reasons
        self.codes = frozenset(reasons)


def _refusal(operation: str, response: Mapping[str, Any]) -> StoreError:
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    if code == "TransactionCanceledException":
        reasons = response.get("CancellationReasons", [])
        told = "; ".join(f"{r['Code']}: {r.get('Message', '')}" for r in reasons if r["Code"] != _FINE)
        return _CancelledError(f"DynamoDB cancelled a transaction: {told}", [r["Code"] for r in reasons])
    if code == "ResourceNotFoundException":
        return StoreError("DynamoDB has no such table or index: deploy the template, or use `create_table`")
    return StoreError(f"DynamoDB refused ({operation}): {code}: {message}")
