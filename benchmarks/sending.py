"""Messages a second through the whole protocol: SQLite, rendering and the outbox included, in one process."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from shutil import copytree
from time import perf_counter

from benchmarks.claims import Figure
from benchmarks.everybody import FAMILY
from benchmarks.someone import someone
from sendgate.model.ledger import State
from sendgate.pipeline.running import send_all
from sendgate.ports import Happening
from sendgate.wiring.house import KEYS, House

WORKERS = 32
MESSAGES = 3_000

POLICY = """
family:
  name: Harbor Home Group
  brands:
    harbor: {name: Harbor Home, sender: "Harbor Home <hello@harbor.example>"}
    harbor-kids: {name: Harbor Kids}
    lumen: {name: Lumen Lighting, shares_profile: false}
  tiers: [member, silver, gold]
gates:
  permission: {basis: opt_out}
  frequency: {caps: [{limit: 100, per: 1d, within: channel}, {limit: 300, per: 7d, within: family}]}
  unsubscribe_risk: {at_most: 0.5}
"""
"""Every gate is asked; nobody is stopped."""

CAMPAIGN = """
name: hello
brand: harbor
channel: email
purpose: relationship
offers: [{name: duvets, category: home/bedding, price: 129.00, creative: c, template: duvets.j2}]
"""


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Send to everybody, each run in a folder of its own."""
    rates = [_messages_a_second() for _ in range(runs)]
    return [
        Figure("messages, decided, written, reserved, armed, sent and confirmed", max(rates), "/s", at_least=300),
        Figure("syncs of the disk alone, one after the other", _syncs_a_second(), "/s"),
    ]


def _messages_a_second() -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copytree(FAMILY / "templates", folder / "templates")
        (folder / "campaigns").mkdir()
        (folder / "sendgate.yaml").write_text(POLICY)
        (folder / "campaigns" / "hello.yaml").write_text(CAMPAIGN)
        (folder / KEYS).write_text("bench:only-for-measuring")
        with House(folder / "sendgate.yaml") as house:
            people = [someone(number) for number in range(MESSAGES)]
            people = [p for p in people if p["given_name"]]  # the template asks for it
            house.store.remember(people)
            house.store.record(
                Happening(profile.person, event._replace(id=str(place)))
                for profile in people
                for place, event in enumerate(profile.events)
            )
            asked = [house.request("hello", profile.person) for profile in people]
            started = perf_counter()
            done = list(send_all(house.send, asked, workers=WORKERS, stopped=lambda: False))
            rate = len(done) / (perf_counter() - started)
        assert all(one.sent and one.sent.entry.state is State.SENT for one in done), "somebody was not sent to"
        assert len(list((folder / "outbox").glob("*.eml"))) == len(asked)
        return rate


def _syncs_a_second(number: int = 200) -> float:
    """Say how fast the disk is: a message takes at least three commits and a file."""
    with tempfile.TemporaryFile() as file:
        started = perf_counter()
        for _ in range(number):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return number / (perf_counter() - started)
