"""What a training or an evaluation tells: a page of Markdown, the same for machines, and a drawing of calibration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from math import log10
from typing import Any

from sendgate.model.times import UNKNOWN, counted, iso
from sendgate.scores.scorecard import Pair, Scorecard, Term
from sendgate.training.cards import words_of
from sendgate.training.fits import BEYOND, ENOUGH, Fit
from sendgate.training.judging import TOP, Judgement
from sendgate.training.measures import Decile, Interval

_COIN = 0.5
"""The AUC of who tells nobody apart."""
_LITTLE = ", which is what list exits allow: good for leaving out the riskiest few percent"
_ANSWER = (
    (0.58, "hardly tells people apart: use it for its level, not to choose between people"),
    (0.65, "tells people apart a little"),
    (0.75, "tells people apart well"),
    (1.01, "tells people apart very well"),
)


def record(judgement: Judgement) -> dict[str, Any]:
    """Give an object for machines."""
    return {
        "card": judgement.card.name,
        "outcome": judgement.card.predicts,
        "looked_for": judgement.looked_for,
        "messages": judgement.rows,
        "outcomes": judgement.outcomes,
        "base_rate": judgement.base_rate,
        "since": iso(judgement.since),
        "until": iso(judgement.until),
        "learnt_until": iso(judgement.learnt_until) or None,
        "seen": judgement.seen,
        "models": [
            {
                **asdict(one),
                "auc": one.auc._asdict(),
                "average_precision": one.average_precision._asdict(),
                "ratio": one.ratio._asdict(),
            }
            for one in judgement.figures
        ],
        "deciles": [decile._asdict() for decile in judgement.deciles],
        "bins": [fit._asdict() for fit in judgement.fits],
        "warnings": list(judgement.warnings),
    }


def page(
    judgement: Judgement, drawing: str, tried: tuple[tuple[str, float], ...] = (), final: Scorecard | None = None
) -> str:
    """Write the report.

    ``drawing``: the file of the calibration plot; ``tried``: models and their surprise; ``final``: the card that is
    written, where it is another one than was judged.
    """
    parts = (
        *_head(judgement), *_models(judgement), *_calibration(judgement, drawing), *_fits(judgement.fits),
        *_tried(tried), *_card(judgement, final),
    )  # fmt: skip
    return "\n".join(parts) + "\n"


def verdict(judgement: Judgement) -> str:
    """Say in a sentence whether the card is any good."""
    best = judgement.figures[0]
    if judgement.leaks:
        return f"Do not use the card (AUC {best.auc}): {judgement.leaks[0]}."
    right = "the number of outcomes it predicts is right" if best.ratio.low <= 1 <= best.ratio.high else (
        f"it predicts {best.ratio.value:.2f} outcomes for each that happened"
    )  # fmt: skip
    flattered = f"On messages of which it has seen {_share_seen(judgement)}: the" if judgement.seen else "The"
    return f"{flattered} card {_apart(judgement)} (AUC {best.auc}); {right} ({best.ratio})."


def _apart(judgement: Judgement) -> str:
    """Say how well it tells people apart, as far as chance lets us say."""
    auc = judgement.figures[0].auc
    if auc.low <= _COIN <= auc.high:
        return "may tell nobody apart, the interval holds 0.5: use it for its level, not to choose between people"
    words = next(words for limit, words in _ANSWER if auc.value < limit)
    return f"{words}{_LITTLE}" if words == _ANSWER[1][1] and judgement.leaving else words


def _share_seen(judgement: Judgement) -> str:
    return "all" if judgement.seen == judgement.rows else f"{judgement.seen / judgement.rows:.0%}"


def _head(judgement: Judgement) -> Iterator[str]:
    yield from (f"# {judgement.card.name}", "", f"Probability: {judgement.card.predicts}.", "")
    if judgement.looked_for:
        yield from (f"Looked for after each message: {judgement.looked_for}.", "")
    yield from (f"> **Warning:** {warning}.\n" for warning in judgement.warnings)
    yield from (verdict(judgement), "")
    yield (
        f"Judged on {judgement.rows:,} messages from {iso(judgement.since)} to {iso(judgement.until)}, with"
        f" {counted(judgement.outcomes, 'outcome')} ({judgement.base_rate:.3%}); {_learnt_before(judgement)}."
    )
    yield ""


def _learnt_before(judgement: Judgement) -> str:
    """Say whether the card has seen the messages: only where it has not do the figures speak of the future."""
    if judgement.learnt_until <= UNKNOWN:
        return "the card does not say which messages it was learnt from, so nobody can tell whether it has seen these"
    if not judgement.seen:
        return f"all are later than what it was learnt from, which ends at {iso(judgement.learnt_until)}"
    which = "none of them is" if judgement.seen == judgement.rows else f"{judgement.seen:,} of them are not"
    return f"{which} later than what it was learnt from, which ends at {iso(judgement.learnt_until)}"


def _models(judgement: Judgement) -> Iterator[str]:
    tops = " | ".join(f"in the top {top:.0%}" for top in TOP)
    yield from ("## Against other models", "")
    yield f"| model | AUC (95 %) | average precision (95 %) | log-loss | Brier | predicted / observed (95 %) | {tops} |"
    yield "|---" * (6 + len(TOP)) + "|"
    for one in judgement.figures:
        top = " | ".join(f"{share:.1%}" for share in one.top)
        yield (
            f"| {one.model} | {one.auc} | {finely(one.average_precision)} | {one.log_loss:.5f} | {one.brier:.5f} |"
            f" {one.ratio} | {top} |"
        )
    yield ""
    yield (
        "AUC: the chance that somebody with the outcome has the higher probability; 0.5 is a coin. Log-loss and Brier"
        " punish wrong probabilities; less is better. The last columns: the share of all outcomes that lies among the"
        " messages with the highest probability. Intervals are over people."
    )
    yield ""


def finely(figure: Interval) -> str:
    """Give an average precision: of rare outcomes it is small."""
    return f"{figure.value:.4f} ({figure.low:.4f} to {figure.high:.4f})"


def _calibration(judgement: Judgement, drawing: str) -> Iterator[str]:
    yield from ("## Is the probability right?", "", f"![predicted and observed by tenth]({drawing})", "")
    yield from ("| tenth of the messages | messages | predicted | observed |", "|---|---|---|---|")
    for number, tenth in enumerate(judgement.deciles, start=1):
        yield f"| {number} | {tenth.rows:,} | {tenth.predicted:.3%} | {tenth.observed:.3%} |"
    yield ""


def _fits(found: tuple[Fit, ...]) -> Iterator[str]:
    if not found:
        return
    yield from (
        "## Is it right for every habit?",
        "",
        "Of the card that was judged, on the messages that it was judged on, bin by bin. **!** marks what chance",
        f"hardly allows: the outcomes in the bin lie more than {BEYOND} standard errors, and half an outcome, from",
        "those predicted (the errors are larger where outcomes of one person go together). A bin with less than",
        f"{ENOUGH} outcomes, predicted and observed, is not judged. One bin in a hundred is marked by chance alone.",
        "Points are drawn together where there is little to learn from, so strong habits are rather understated: more",
        "is observed than predicted where points are high, less where they are low.",
        "",
    )
    for fact, bins in groupby(found, key=lambda fit: fit.fact):
        yield from (f"### {fact}: predicted and observed", "")
        yield from ("| | messages | predicted | observed | |", "|---|---|---|---|---|")
        for fit in bins:
            mark = ("**!** more" if fit.observed > fit.predicted else "**!** less") if fit.beyond_chance else ""
            yield f"| {fit.words} | {fit.rows:,} | {fit.predicted:.3%} | {fit.observed:.3%} | {mark} |"
        yield ""


def _tried(tried: tuple[tuple[str, float], ...]) -> Iterator[str]:
    if not tried:
        return
    yield from (
        "## What was tried",
        "",
        "On messages between those learnt from and those judged on. The first model is taken that is",
        "within a standard error of the least log-loss; pairs of facts are added only where they save a",
        "hundredth of the log-loss, by more than two standard errors.",
        "",
    )
    yield from ("| model | log-loss |", "|---|---|", *(f"| {kind} | {loss:.5f} |" for kind, loss in tried), "")


def _card(judgement: Judgement, final: Scorecard | None) -> Iterator[str]:
    card = final or judgement.card
    yield from ("## The card", "")
    if final and (about := final.provenance):
        yield (
            f"This is the card that is written: learnt from all {about.rows or 0:,} messages, until {about.until}. The"
            " figures above are those of a card that was learnt in the same way until"
            f" {iso(judgement.learnt_until)}, without the messages that it was judged on."
        )
        yield ""
    yield from ("What moves people most comes first. Points are log-odds against the average.", "")
    yield from (f"Everybody starts at {card.intercept:+.2f}.", "")
    for term in card.terms:
        yield from (f"### {term.fact}", "")
        if term.forced:
            yield f"{term.forced.capitalize()} by policy, whatever the data says.\n"
        yield from ("| | points | messages |", "|---|---|---|", *_bins(term), "")
    for pair in card.pairs:
        yield from (f"### {pair.name}", "", "What the two add together, beyond what each adds by itself.", "")
        yield from (*_table(pair), "")


def _table(pair: Pair) -> Iterator[str]:
    """Write the points as they stand in the card; a bin that nobody can be in has no words."""
    rows, columns = (axis.words or words_of(axis.fact, axis.below) for axis in (pair.first, pair.second))
    yield f"| | {' | '.join(columns)} |"
    yield "|---" * (pair.second.size + 1) + "|"
    for words, row in zip(rows, pair.points, strict=True):
        yield f"| {words} | {' | '.join(f'{points:+.2f}' for points in row)} |"


def _bins(term: Term) -> Iterator[str]:
    if term.missing_words:
        yield f"| {term.missing_words} | {term.missing:+.2f} |{_rows(term.missing_rows)} |"
    yield from (f"| {b.words} | {b.points:+.2f} |{_rows(b.rows)} |" for b in term.bins)


def _rows(rows: int | None) -> str:
    """Give how many there were; a card that was made by hand does not say it."""
    return "" if rows is None else f" {rows:,}"


_SIZE, _EDGE = 420, 56


def plot(judgement: Judgement) -> str:
    """Draw predicted against observed, tenth by tenth, on logarithmic scales; the diagonal is right."""
    low, high = _range(judgement.deciles)
    ticks = [t for power in range(-6, 1) for t in (1 * 10.0**power, 3 * 10.0**power) if low <= t <= high]

    def place(value: float) -> float:
        share = (log10(max(value, low)) - log10(low)) / (log10(high) - log10(low))
        return _EDGE + share * (_SIZE - 2 * _EDGE)

    far = _SIZE - _EDGE
    parts = [f'<line x1="{_EDGE}" y1="{far}" x2="{far}" y2="{_EDGE}" stroke="#999" stroke-dasharray="4"/>']
    for tick in ticks:
        at, up = place(tick), _SIZE - place(tick)
        parts.append(f'<text x="{at:.1f}" y="{_SIZE - _EDGE + 18}" text-anchor="middle">{tick * 100:g} %</text>')
        parts.append(f'<text x="{_EDGE - 8}" y="{up + 4:.1f}" text-anchor="end">{tick * 100:g} %</text>')
        parts.append(f'<line x1="{_EDGE}" x2="{_SIZE - _EDGE}" y1="{up:.1f}" y2="{up:.1f}" stroke="#eee"/>')
    for tenth in judgement.deciles:
        x, y = place(tenth.predicted), _SIZE - place(tenth.observed)
        fill = "#2f6f8f" if tenth.observed else "none"
        title = f"<title>predicted {tenth.predicted:.3%}, observed {tenth.observed:.3%}</title>"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="#2f6f8f">{title}</circle>')
    middle = _SIZE / 2
    parts += [
        f'<text x="{middle}" y="{_SIZE - 10}" text-anchor="middle">predicted, by tenth of the messages</text>',
        f'<text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">observed</text>',
    ]
    style = "font: 12px sans-serif; fill: #333"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" width="{_SIZE}" height="{_SIZE}">'
    return f'{head}<rect width="100%" height="100%" fill="#fff"/><g style="{style}">{"".join(parts)}</g></svg>\n'


def _range(tenths: tuple[Decile, ...]) -> tuple[float, float]:
    values = [value for tenth in tenths for value in (tenth.predicted, tenth.observed) if value > 0]
    return (min(values) / 1.5, min(1.0, max(values) * 1.5)) if values else (0.001, 1.0)
