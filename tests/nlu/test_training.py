"""Training takes what authors give it, good or bad, and gives the same model every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from frontdesk.nlu.model import Model
from frontdesk.nlu.train import Example, train
from tests.nlu.sentences import STRANGE, said

SOME = [Example(text, intent) for text, intent in said(180, 3)]


@pytest.fixture(scope="module")
def model() -> Model:
    return train(SOME)


def test_the_same_examples_give_the_same_model(model: Model) -> None:
    again = train(reversed([*SOME, SOME[0]]))
    assert np.array_equal(model.weights, again.weights)
    assert model.scope == again.scope
    assert [model.judge(text) for text in STRANGE] == [again.judge(text) for text in STRANGE]


def test_a_kept_model_answers_as_it_did(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    read = Model.load(tmp_path)
    texts = [text for text, _ in said(50, 4)] + STRANGE
    assert [read.judge(text) for text in texts] == [model.judge(text) for text in texts]
    assert not list(tmp_path.glob("*.pkl"))


def test_most_unseen_sentences_are_understood_and_most_strange_ones_are_not(model: Model) -> None:
    judged = [(intent, model.judge(text)) for text, intent in said(300, 5)]
    assert np.mean([intent == one.label for intent, one in judged]) > 0.9
    assert np.mean([one.decision == "reject" for _, one in judged]) < 0.2
    assert np.mean([model.judge(text).decision == "reject" for text in STRANGE]) >= 0.7


def test_the_nearest_example_is_named(model: Model) -> None:
    example = SOME[7]
    judged = model.judge(f"{example.text} !")
    assert judged.nearest == example.text
    assert judged.label == example.label
    assert judged.runner_up != judged.label


@pytest.mark.parametrize(
    "text", ["", "   ", "?!", "\n\t", "\u0301", "🙂", "🙂🙃 👍🏽", "\ud83d", "日本語", "x" * 4000]
)
def test_what_means_nothing_is_rejected(model: Model, text: str) -> None:
    assert model.judge(text).decision == "reject"


def test_a_message_of_ten_thousand_words(model: Model) -> None:
    assert model.judge("where is my parcel " * 2_500).label == "track"
    assert model.judge(" ".join(f"w{each}" for each in range(10_000))).decision == "reject"


def test_an_intent_with_one_example() -> None:
    model = train([*SOME, Example("the website shows an error page", "website")])
    assert model.judge("the website shows an error").label == "website"
    assert model.judge(SOME[0].text).label == SOME[0].label


def test_a_bot_with_one_intent_knows_strangers() -> None:
    one = [each for each in SOME if each.label == "track"]
    model = train(one)
    assert model.judge(one[0].text).decision == "accept"
    assert model.judge(one[0].text).runner_up is None
    assert np.mean([model.judge(text).decision == "reject" for text in STRANGE]) >= 0.7


def test_a_bot_with_one_example() -> None:
    model = train([Example("where is my parcel", "track")])
    assert model.judge("where is my parcel").decision == "accept"
    assert model.judge("bonjour").decision == "reject"


def test_a_language_without_examples_is_answered_by_the_others() -> None:
    english = train([Example(text, intent) for text, intent in said(400, 6) if text.isascii()])
    assert english.judge("où est mon cadeau").label in english.labels


def test_the_same_sentence_in_two_intents_is_a_matter_of_asking() -> None:
    both = [Example("give me a hand", "help"), Example("give me a hand", "applause")]
    judged = train([*SOME, *both]).judge("give me a hand")
    assert {judged.label, judged.runner_up} == {"help", "applause"}
    assert judged.decision == "confirm"


@pytest.mark.parametrize("texts", [[], [""], ["  ", "\u0301"]])
def test_nothing_to_learn_from(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="nothing to learn"):
        train(Example(text, "empty") for text in texts)


def test_odd_examples_are_learnt_like_any_other(tmp_path: Path) -> None:
    odd = [
        Example("👍", "yes"),
        Example("👎", "no"),
        Example("two\nlines", "lines"),
        Example("\ud83d", "half"),
    ]
    model = train([*SOME, *odd])
    assert model.judge("👍").label == "yes"
    model.save(tmp_path)
    read = Model.load(tmp_path)
    assert read.judge("👎").label == "no"
    assert read.judge("two lines").nearest == "two lines"
