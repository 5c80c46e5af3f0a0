"""What is measured is what scikit-learn would measure."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score  # type: ignore[import-untyped]

from frontdesk.nlu.evaluate import auroc, quality
from frontdesk.nlu.model import Judgement
from frontdesk.nlu.scope import Decision, Scope, measured


def judged(
    label: str, decision: Decision = "accept", score: float = 0.0, probability: float = 1.0
) -> Judgement:
    return Judgement(
        label=label, probability=probability, decision=decision, score=score, runner_up=None, nearest=None
    )


def test_scores_in_and_out_of_scope() -> None:
    known = [("a", judged("a", score=2)), ("a", judged("b", score=1)), ("b", judged("b", "reject", score=-1))]
    strange = [judged("a", "reject", score=-2), judged("a", score=1)]
    result = quality(known, strange)
    assert result.accuracy == pytest.approx(2 / 3)
    assert result.in_scope_accuracy == pytest.approx(1 / 3)
    assert result.oos_recall == 0.5
    assert result.oos_precision == 0.5
    assert result.auroc == pytest.approx((3 + 1.5) / 6)  # over -2: all three; over 1: one, and a tie
    assert result.confused == (("a", "b", 1),)


def test_no_strangers_no_scope() -> None:
    result = quality([("a", judged("a"))])
    assert (result.auroc, result.oos_recall, result.oos_precision) == (None, None, None)


def test_f1_and_auroc_are_those_of_scikit_learn() -> None:
    chance = np.random.default_rng(0)
    meant = chance.choice(list("abcd"), 300)
    taken = np.where(chance.random(300) < 0.7, meant, chance.choice(list("abcd"), 300))
    pairs = [(str(one), judged(str(other))) for one, other in zip(meant, taken, strict=True)]
    assert quality(pairs).macro_f1 == pytest.approx(f1_score(meant, taken, average="macro"))
    scores = chance.normal(size=200).round(1)
    truth = chance.random(200) < 0.5
    ours = auroc(scores[truth].tolist(), scores[~truth].tolist())
    assert ours == pytest.approx(roc_auc_score(truth, scores))


def test_a_temperature_makes_probabilities_honest() -> None:
    """Margins that are right 7 times of 10 must not say 0.99."""
    chance = np.random.default_rng(1)
    labels = chance.integers(0, 4, 400)
    margins = np.full((400, 4), -0.5, dtype=np.float32)
    said = np.where(chance.random(400) < 0.7, labels, (labels + 1) % 4)
    margins[np.arange(400), said] = 0.5
    scope = measured(margins, np.full(400, 0.5, dtype=np.float32), labels)
    assert scope.probabilities(margins).max(axis=1).mean() == pytest.approx(0.7, abs=0.05)


def test_a_bot_too_small_to_measure_takes_the_defaults() -> None:
    few = np.zeros((3, 2), dtype=np.float32)
    assert measured(few, np.zeros(3, dtype=np.float32), np.zeros(3, dtype=np.int64)) == Scope()
