"""A campaign for an audience, for real: every row is asked for, and accounted for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sendgate.audience import open_run
from sendgate.audience.account import Account
from sendgate.audience.outcomes import Outcome, Outcomes
from sendgate.audience.run import Run
from sendgate.audience.streams import Recipient
from sendgate.doors.halting import Halt, workers_for
from sendgate.errors import InputError, RequestError, SendgateError, StoreError
from sendgate.gates.duplicate import EARLIER
from sendgate.model.campaigns import Purpose
from sendgate.model.requests import Request
from sendgate.model.times import FOREVER, iso_end
from sendgate.pipeline.running import Done, send_all
from sendgate.pipeline.tally import Ending, Tally, Why
from sendgate.wiring.house import House

Told = Callable[[str, int, int, str], None]
"""Is told what is being done, how much of it is done, how much there is, and the counts until now."""


@dataclass(frozen=True)
class Order:
    """What is to be sent, and to whom."""

    campaign: str
    audience: Path
    run: str = ""
    workers: int | None = None
    out: Path | None = None


@dataclass
class Delivery:
    """What came of it."""

    campaign: str
    """The name under which the ledger has it, however the order named it."""
    tally: Tally
    account: Account
    """Of the audience file."""
    seconds: float = 0.0
    stopped: bool = False
    """Somebody said stop."""
    error: SendgateError | None = None
    """What put an end to the run."""
    unwritten: InputError | None = None
    """Why there is no file of what became of each row."""


def deliver(house: House, order: Order, told: Told, stopped: Callable[[], bool]) -> Delivery:
    """Send a campaign to an audience, as far as that has not been done, until the end or until ``stopped`` says so.

    Raises InputError, RequestError and ConfigurationError before anything is sent.
    """
    setting = house.ready(order.campaign)
    house.run(order.run)
    _refuse_empty_store(house, setting.campaign.purpose)
    with open_run(now=time.time(), audience=order.audience, progress=lambda stage: told(stage, 0, 0, "")) as run:
        if run.own_times:
            raise InputError(
                f"`{order.audience}` has a column `at`: sending happens now; at other times only a dry run does"
            )
        return _Delivering(house, order, setting.campaign.name, run, told, Halt(stopped)).deliver()


def _refuse_empty_store(house: House, purpose: Purpose) -> None:
    """Raise InputError where nothing is known of anybody: nobody's wishes would be respected."""
    if purpose is not Purpose.TRANSACTIONAL and house.store.empty():
        raise InputError(
            f"the store of `{house.policy_file}` knows nobody, and so it does not know who wants no mail:"
            " bring people and events in with `sendgate import` first"
        )


class _Delivering:
    """One delivery while it goes on."""

    def __init__(self, house: House, order: Order, campaign: str, run: Run, told: Told, halt: Halt) -> None:
        self._house, self._order, self._run, self._told, self._halt = house, order, run, told, halt
        self._campaign = campaign
        (audience,) = run.account.of("audience")
        self._tally = Tally(audience.rows_in)
        self._tally.reject(audience.rejected)
        self._rows: dict[int, Recipient] = {}
        """The rows in work, by the identity of their request."""
        self._outcomes: Outcomes | None = run.outcomes() if order.out else None
        self._unwritten: InputError | None = None

    def deliver(self) -> Delivery:
        """Send, count and write down."""
        begun = time.monotonic()
        workers = workers_for(self._house, self._order.workers)
        for done in send_all(self._house.send, self._requests(), workers=workers, stopped=self._halt):
            self._halt.note(done)
            self._note(done)
            self._told("sending", self._tally.counted, self._tally.rows, _counts(self._tally))
        self._write()
        finished = self._tally.counted == self._tally.rows
        seconds = time.monotonic() - begun
        stopped = not finished and self._halt.error is None
        return Delivery(
            self._campaign, self._tally, self._run.account, seconds, stopped, self._halt.error, self._unwritten
        )

    def _write(self) -> None:
        try:
            if self._outcomes and self._order.out:
                self._outcomes.write(self._order.out)
        except InputError as error:  # what was sent was sent: the account is given all the same
            self._unwritten = error

    def _requests(self) -> Iterator[Request]:
        for recipient in self._run.recipients():
            if recipient.earlier:
                self._keep(recipient, recipient.who, self._tally.repeat(), EARLIER)
                continue
            try:
                request = self._request(recipient)
            except StoreError as error:
                self._halt.error = error
                return
            except RequestError as error:
                self._keep(recipient, recipient.who, self._tally.refuse(str(error)), str(error))
                continue
            self._rows[id(request)] = recipient
            yield request

    def _request(self, recipient: Recipient) -> Request:
        who, column = recipient.who, recipient.column
        person = who if column == "person" else self._house.owner(column, who) or who
        return self._house.asked(self._order.campaign, person, self._order.run, recipient.data)

    def _note(self, done: Done) -> None:
        recipient = self._rows.pop(id(done.request))
        why = self._tally.add(done)
        entry = done.sent.entry if done.sent else None
        if entry is None:
            self._keep(recipient, done.request.person, why, str(done.error or ""))
            return
        until = iso_end(entry.due) if why.ending is Ending.DEFERRED and entry.due < FOREVER else ""
        self._keep(
            recipient, entry.person, why, entry.detail, until=until, offer=entry.offer, key=entry.key,
            message_id=entry.message_id,
        )  # fmt: skip

    def _keep(self, recipient: Recipient, person: str, why: Why, detail: str = "", **more: str) -> None:
        if self._outcomes is None:
            return
        try:
            self._outcomes.add(recipient.row, Outcome(person, why.ending.value, why.gate, why.reason, detail, **more))
        except InputError as error:
            self._outcomes, self._unwritten = None, error


def _counts(tally: Tally) -> str:
    return " · ".join(f"{ending} {number:,}" for ending, number in tally.endings.items() if number and ending != "left")
