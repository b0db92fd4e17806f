"""An explanation on a terminal."""

from __future__ import annotations

import pytest
from rich.console import Console

from sendgate.explain import OfferWords
from sendgate.report.explanation import _offers
from sendgate.report.people import _offer


@pytest.mark.parametrize(
    ("scores", "relevance", "rank"), [({}, "0.00", "0.00"), ({"relevance": "0.50%, starts at …"}, "0.50%", "0.25%")]
)
def test_probabilities_are_told_in_percent(scores, relevance, rank) -> None:
    """Of a card in percent; evidence is cut, as in its sentence. On a terminal and on a page."""
    offer = OfferWords("a", True, True, "", "", 0.00501, 0.5, (), scores)
    console = Console(width=80, record=True)
    with console.capture() as shown:
        console.print(_offers([offer], plain=True))
    lines = [line.split(maxsplit=1) for line in shown.get().splitlines()]
    assert ["relevance", relevance] in [[part.strip() for part in line] for line in lines]
    assert f"{rank} = relevance x fit" in shown.get()
    told = _offer(offer, lambda _text: 0)
    assert (told["relevance"], told["rank"]) == (relevance, rank)
