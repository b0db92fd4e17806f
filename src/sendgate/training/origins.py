"""What a recipe would have been worth at several moments: a table of judgements, one below the other.

One late part says little where outcomes are few: which campaigns it holds is chance. So the recipe is followed at
several moments, each time with what was known then, and judged on what came next.
"""

from __future__ import annotations

from collections.abc import Sequence

from sendgate.model.times import iso
from sendgate.training.judging import LIGHTGBM, LOGISTIC, Figures, Judgement
from sendgate.training.telling import finely

_HEAD = (
    "| judged from | messages | outcomes | AUC (95 %) | average precision (95 %) | predicted / observed (95 %) |"
    " log-loss | logistic regression | LightGBM |"
)


def origins(judgements: Sequence[Judgement]) -> str:
    """Write the table. Of the models to compare with, on the same facts, it gives AUC and average precision."""
    lines = (_line(one) for one in judgements)
    return "\n".join([_HEAD, "|---" * 9 + "|", *lines, _together(judgements)]) + "\n"


def _line(judged: Judgement) -> str:
    card = judged.figures[0]
    return (
        f"| {iso(judged.since)[:10]} | {judged.rows:,} | {judged.outcomes:,} | {card.auc} |"
        f" {finely(card.average_precision)} | {card.ratio} | {card.log_loss:.5f} | {_other(judged.of(LOGISTIC))} |"
        f" {_other(judged.of(LIGHTGBM))} |"
    )


def _other(figures: Figures | None) -> str:
    return f"{figures.auc.value:.3f}, {figures.average_precision.value:.4f}" if figures else ""


def _together(judgements: Sequence[Judgement]) -> str:
    """Weigh figures of ranking with the outcomes that they rest on, and log-loss with messages."""
    outcomes, rows = sum(one.outcomes for one in judgements), sum(one.rows for one in judgements)
    log_loss = sum(one.rows * one.figures[0].log_loss for one in judgements) / rows
    card = _mean([(one, one.figures[0]) for one in judgements], " | ")
    others = " | ".join(_mean([(one, one.of(model)) for one in judgements], ", ") for model in (LOGISTIC, LIGHTGBM))
    return f"| weighted mean | {rows:,} | {outcomes:,} | {card} | | {log_loss:.5f} | {others} |"


def _mean(found: Sequence[tuple[Judgement, Figures | None]], between: str) -> str:
    """Give the mean AUC and average precision of a model, if it was always there."""
    known = [(judged.outcomes, figures) for judged, figures in found if figures]
    total = sum(weight for weight, _ in known)
    if len(known) < len(found):
        return ""
    auc = sum(weight * figures.auc.value for weight, figures in known) / total
    precision = sum(weight * figures.average_precision.value for weight, figures in known) / total
    return f"{auc:.3f}{between}{precision:.4f}"
