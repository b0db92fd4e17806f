"""An explanation on a terminal."""

from __future__ import annotations

import pytest
from rich.console import Console

from sendgate.explain import History, Mark, OfferWords, Verdict
from sendgate.report.explanation import _gates, _history, _offers
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


def _drawn(part, width: int = 80) -> str:
    console = Console(width=width, record=True)
    with console.capture() as shown:
        console.print(part)
    return shown.get()


def test_no_brand_is_not_taken_for_the_whole_family() -> None:
    """What names no brand has a row where a column shows it, and the one that writes has a row always."""
    own, nobody = History("Harbor", True, {}, ""), History("without a brand", False, {"subscribed": 1}, "")
    assert "without a brand" not in _drawn(_history([own, nobody]))
    looked = History("without a brand", False, {"viewed": 2}, "")
    assert [line.split()[0] for line in _drawn(_history([own, looked])).splitlines()[2:]] == ["Harbor", "without"]


def test_words_stay_whole_on_a_narrow_terminal() -> None:
    """Values stand behind the sentence where columns of their own would leave it a few letters a line."""
    verdicts = [
        Verdict(Mark.PASSES, "unsubscribe_risk", "0.20%", "1.20%", "risk of unsubscribing 0.20 %, at most 1.20 %"),
        Verdict(Mark.PASSES, "fit", "40", "age at least 18", "nothing known contradicts the offer"),
        Verdict(Mark.PASSES, "moment", "", "", "nothing stands in the way"),
    ]
    drawn = " ".join(_drawn(_gates(verdicts, plain=False, narrow=True), 60).split())
    assert "nothing known contradicts the offer (saw 40, limit age at least 18)" in drawn
    assert "unsubscribing" in drawn
    assert drawn.endswith("nothing stands in the way")
