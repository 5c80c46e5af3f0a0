"""The model against scikit-learn, which minimises the same objective by other means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.sparse import hstack  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

from frontdesk.nlu.features import NEAR, WORDS_WEIGH, learn, plain, stem
from frontdesk.nlu.fit import FINE_STEP, PENALTY, Fit, fit
from tests.nlu.sentences import STRANGE, said

TRAIN = said(360, 1)
TEST = said(1_500, 2)
NAMES = sorted({intent for _, intent in TRAIN})


def words_and_pairs(text: str) -> list[str]:
    """Independently of the features: stems, and pairs of them in any order."""
    stems = [stem(each) for each in re.findall(r"\w+", plain(text))]
    return stems + [
        " ".join(sorted([stems[one], stems[other]]))
        for one in range(len(stems))
        for other in range(one + 1, min(one + NEAR, len(stems) - 1) + 1)
    ]


class Oracle:
    """scikit-learn's tf-idf and LinearSVC."""

    def __init__(self, texts: Sequence[str], labels: Sequence[int]) -> None:
        self.words = TfidfVectorizer(analyzer=words_and_pairs, sublinear_tf=True)
        self.letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), strip_accents="unicode", sublinear_tf=True
        )
        self.words.fit(texts)
        self.letters.fit(texts)
        self.rows = self.vectors(texts)
        self.svc = LinearSVC(C=PENALTY, tol=1e-5, max_iter=20_000)
        self.svc.fit(self.rows, labels)

    def vectors(self, texts: Sequence[str]) -> Any:
        return hstack([self.words.transform(texts) * WORDS_WEIGH, self.letters.transform(texts)]).tocsr()

    def margins(self, texts: Sequence[str]) -> Any:
        return self.svc.decision_function(self.vectors(texts))


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle([text for text, _ in TRAIN], [NAMES.index(intent) for _, intent in TRAIN])


def dense(vectors: Sequence[tuple[Any, Any]], size: int) -> Any:
    rows = np.zeros((len(vectors), size))
    for row, (ids, values) in zip(rows, vectors, strict=True):
        row[ids] = values
    return rows


def test_vectors_are_those_of_scikit_learn(oracle: Oracle) -> None:
    texts = (
        [text for text, _ in TEST[:200]] + STRANGE + ["a a a a b", "I", "no?! no!! NO", "ﬁn ½ Ⅷ", "a_b __"]
    )
    features, rows = learn([text for text, _ in TRAIN])
    ours = dense([features.vector(text) for text in texts], len(features))
    learnt = dense(list(rows), len(features))
    theirs = oracle.vectors(texts)
    assert np.abs(learnt @ learnt.T - (oracle.rows @ oracle.rows.T).toarray()).max() < 1e-5
    assert np.abs(ours @ learnt.T - (theirs @ oracle.rows.T).toarray()).max() < 1e-5
    assert np.abs(ours @ ours.T - (theirs @ theirs.T).toarray()).max() < 1e-5


def test_answers_are_those_of_scikit_learn(oracle: Oracle) -> None:
    features, rows = learn([text for text, _ in TRAIN])
    labels = np.array([NAMES.index(intent) for _, intent in TRAIN])
    begin = Fit.blank(rows=len(rows), features=len(features), classes=len(NAMES))
    weights = fit(rows, labels, begin, step=FINE_STEP).weights
    texts = [text for text, _ in TEST]
    vectors = [features.vector(text) for text in texts]
    ours = np.array([values @ weights[ids] + weights[-1] for ids, values in vectors])
    theirs = oracle.margins(texts)
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean() >= 0.999
    assert np.abs(ours - theirs).max() < 0.01


def test_a_fit_that_goes_all_the_way_gives_the_same_scores(oracle: Oracle) -> None:
    features, rows = learn([text for text, _ in TRAIN])
    labels = np.array([NAMES.index(intent) for _, intent in TRAIN])
    begin = Fit.blank(rows=len(rows), features=len(features), classes=len(NAMES))
    weights = fit(rows, labels, begin, step=1e-4, epochs=1_000).weights
    texts = [text for text, _ in TEST[:200]]
    ours = np.array([values @ weights[ids] + weights[-1] for ids, values in map(features.vector, texts)])
    assert np.abs(ours - oracle.margins(texts)).max() < 2e-4


@pytest.mark.parametrize(
    ("word", "expected"),
    [("changing", "chang"), ("change", "chang"), ("deliveries", "deliver"), ("delivery", "deliver"),
     ("payments", "pay"), ("yes", "yes"), ("is", "is"), ("cancellation", "cancell"), ("tallas", "talla")],
)  # fmt: skip
def test_stems(word: str, expected: str) -> None:
    assert stem(word) == expected
