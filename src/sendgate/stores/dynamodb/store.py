"""The ledger in the same DynamoDB table: an entry and its person's version change in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sendgate.model.ledger import UNFINISHED, Entry, State
from sendgate.stores.dynamodb.calls import worded
from sendgate.stores.dynamodb.items import (
    ENTRY_ATTRIBUTES,
    attribute,
    entry_item,
    entry_of,
)  # fmt: skip
from sendgate.stores.dynamodb.people import ABSENT, THERE, DynamoPeople, listed
from sendgate.stores.dynamodb.table import (
    BY_KEY,
    SHARDS,
    UNFINISHED_INDEX,
    Item,
    profile_key,
)  # fmt: skip

_AS_IT_WAS = "#state = :was AND #token = :held"


class DynamoStore(DynamoPeople):
    """Open for use by any number of threads. Nothing is connected before the first use."""

    def enter(self, entry: Entry, *, seen: int, over: Entry | None = None) -> bool:
        """Write an entry if the person's version is still the one seen, and raise it."""
        item = entry_item(entry, self._days) | {"mark": {"S": _new_mark(entry)}}
        marks = [f"{_new_mark(entry)} {item['sk']['S']}"]
        condition, values = (ABSENT, {}) if over is None else (_AS_IT_WAS, _as_it_was(over))
        put = self._calls.put(item, condition, values)
        if not seen:
            profile = self._raised(entry.person, None, marks=marks)
            return not self._calls.transact([profile, put, *self._not_forgotten([entry.person])])
        # Whoever decided has seen all that was listed under `latest`, so the list starts anew.
        given = {":seen": attribute(seen), ":next": attribute(seen + 1), ":latest": listed(marks)}
        change, unless = "SET #version = :next, #latest = :latest", f"{THERE} AND #version = :seen"
        profile = self._calls.update(profile_key(entry.person), change, unless, given)
        return not self._calls.transact([profile, put])

    def swap(self, before: Entry, after: Entry, *, permitted: bool = False) -> bool:
        """Replace an entry that is still in the state and has the token of ``before``."""
        counts = after.counted and not before.counted
        mark = {"mark": {"S": _new_mark(after)}} if counts else {}
        item = entry_item(after, self._days) | mark
        key = {name: item.pop(name) for name in ("pk", "sk")}
        gone = ENTRY_ATTRIBUTES - item.keys()
        change = f"SET {', '.join(f'#{name} = :{name}' for name in item)} REMOVE {', '.join(f'#{n}' for n in gone)}"
        values = {f":{name}": value for name, value in item.items()} | _as_it_was(before)
        actions = [self._calls.update(key, change, _AS_IT_WAS, values)]
        condition, needed = (f"{THERE} AND #permission = :p", {":p": attribute(before.permission)})
        if counts:
            latest = listed([f"{_new_mark(after)} {key['sk']['S']}"])
            change = "SET #latest = list_append(#latest, :latest) ADD #version :one"
            given = {":latest": latest, ":one": attribute(1), **(needed if permitted else {})}
            condition = condition if permitted else THERE
            actions.insert(0, self._calls.update(profile_key(before.person), change, condition, given))
        elif permitted:
            actions.insert(0, self._calls.check(profile_key(before.person), condition, needed))
        return not self._calls.transact(actions)

    def entry(self, key: str) -> Entry | None:
        """Read one entry. One that was written this very second may not be found yet."""
        told = worded({":key": attribute(key)}, KeyConditionExpression="#key = :key")
        where = next(self._calls.pages("query", IndexName=BY_KEY, Limit=1, **told), None)
        found = where and self._calls.get({"pk": where["pk"], "sk": where["sk"]})
        return entry_of(found) if found else None

    def unfinished(self, states: Iterable[State], due: float, limit: int = 1000) -> Sequence[Entry]:
        """List unfinished entries that are due, the longest due first."""
        wanted = sorted(set(states) & UNFINISHED)
        if not wanted:
            return []
        found = [item for shard in SHARDS for item in self._due(shard, wanted, due, limit)]
        first = sorted(found, key=lambda item: (float(item["due"]["N"]), item["sk"]["S"]))[:limit]
        # The index lags behind: what it says is only where to look.
        items = self._calls.get_many([{"pk": item["pk"], "sk": item["sk"]} for item in first])
        entries = (entry_of(item) for item in items)
        fitting = [entry for entry in entries if entry.state in wanted and entry.due <= due]
        return sorted(fitting, key=lambda entry: (entry.due, entry.key))

    def _due(self, shard: str, states: Sequence[State], due: float, limit: int) -> Iterator[Item]:
        names = {f":state{number}": attribute(state) for number, state in enumerate(states)}
        told = worded(
            {":shard": attribute(shard), ":due": attribute(due), **names},
            KeyConditionExpression="#shard = :shard AND #due <= :due",
            FilterExpression=f"#state IN ({', '.join(names)})",
        )
        pages = self._calls.pages("query", IndexName=UNFINISHED_INDEX, **told)
        return (item for item, _ in zip(pages, range(limit), strict=False))

    def counts(
        self, campaign: str = "", run: str | None = None, since: float | None = None, gate: str = ""
    ) -> Mapping[State, int]:
        """Count entries by state, by a scan of the whole table: minutes for millions of people."""
        asked = {
            "#campaign = :campaign": campaign or None,
            "#changed >= :changed": since,
            "#gate = :gate": gate or None,
        }
        conditions = {text: attribute(value) for text, value in asked.items() if value is not None}
        if run is not None:
            conditions["#run = :run"] = attribute(run)
        values = {f":{text.split(':')[1]}": value for text, value in conditions.items()}
        told = worded(
            {":entries": {"S": "S#"}, **values},
            FilterExpression=" AND ".join(["begins_with(#sk, :entries)", *conditions]),
            ProjectionExpression="#state",
        )
        counted: defaultdict[State, int] = defaultdict(int)
        for item in self._calls.pages("scan", ConsistentRead=True, **told):
            counted[State(item["state"]["S"])] += 1
        return dict(counted)


def _new_mark(entry: Entry) -> str:
    return f"{entry.state}:{entry.token}:{entry.changed!r}".replace(" ", "_")


def _as_it_was(entry: Entry) -> dict[str, Item]:
    return {":was": attribute(entry.state), ":held": attribute(entry.token)}
