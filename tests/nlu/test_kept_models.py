"""A bot's model is made in another process, kept by content, and used when it is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontdesk.authoring import training
from frontdesk.authoring.cache import use_cache_folder
from frontdesk.authoring.load import load
from frontdesk.authoring.training import examples_of, kept_model, train_behind, train_desk, trained
from frontdesk.errors import FrontdeskError
from frontdesk.nlu.classify import ExactMatcher, ModelMatcher
from frontdesk.nlu.train import Example, train
from tests.nlu.sentences import said

HELLO = Path(__file__).resolve().parents[2] / "runtime" / "frontdesk" / "templates" / "hello"
SAID = {
    intent: [text for text, other in said(90, 8) if other == intent]
    for intent in ("return", "track", "broken")
}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    use_cache_folder(tmp_path)
    yield tmp_path / "models"
    use_cache_folder(None)


def matcher() -> ModelMatcher:
    exact = ExactMatcher(intents={**SAID, "gone": ["Not now"]}, keywords={"a person": "talk_to_person"})
    return ModelMatcher(exact, SAID)


def test_the_last_answer_stays_until_the_model_is_there(cache: Path) -> None:
    desk, told = matcher(), []
    assert desk.understand("where might my lamp be", "en").intent is None
    train_behind(desk, examples_of(SAID), lambda what, share: told.append((what, share))).join()
    heard = desk.understand("where might my lamp be", "en")
    assert (heard.intent, heard.rule) == ("track", "model")
    assert heard.nearest in SAID["track"]
    assert [what for what, _ in told][:2] == ["reading", "fitting"]
    assert told[-1] == ("done", 1.0)
    assert [share for _, share in told] == sorted(share for _, share in told)


def test_whole_examples_and_keywords_come_before_the_model(cache: Path) -> None:
    desk = matcher()
    desk.use(trained(examples_of(SAID)))
    assert desk.understand(SAID["broken"][0], "en").rule == "exact"
    assert desk.understand("A person!", "en").intent == "keyword:talk_to_person"
    rejected = desk.understand("sing me a song about mountains", "en")
    assert (rejected.intent, rejected.rule, rejected.decision) == (None, "none", "reject")
    assert rejected.runner_up in SAID


def test_an_older_model_never_names_an_intent_that_is_gone() -> None:
    model = train(Example(text, intent) for intent, texts in SAID.items() for text in texts)
    desk = ModelMatcher(ExactMatcher(intents={}), ["return", "broken"], model)
    assert desk.understand(SAID["track"][0], "en").intent is None
    assert desk.understand(SAID["return"][0], "en").intent == "return"


def test_every_bot_of_a_desk_gets_its_model_and_the_next_release_begins_with_it(cache: Path) -> None:
    desk, edited = load(HELLO, {}), load(HELLO, {})
    train_desk(desk).join()
    hello = desk.bots["hello"].matcher
    assert hello.understand("tell me where my order is please", "en").intent == "order_status"
    assert desk.bots["system"].matcher.model is None
    training = train_desk(edited, before=desk)
    assert edited.bots["hello"].matcher.model is not None
    training.join()


def test_the_same_examples_are_trained_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = trained(examples_of(SAID))
    told: list[str] = []
    again = trained(examples_of(dict(reversed(SAID.items()))), lambda what, share: told.append(what))
    assert told == []
    assert again.labels == first.labels
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"nothing"])
@pytest.mark.parametrize("name", ["weights.npy", "model.json", "values.npy"])
def test_an_unreadable_model_is_made_again(cache: Path, name: str, content: bytes) -> None:
    trained(examples_of(SAID))
    (folder,) = cache.iterdir()
    (folder / name).write_bytes(content)
    assert kept_model(examples_of(SAID)) is None
    assert trained(examples_of(SAID)).labels == ("broken", "return", "track")


def test_old_models_go(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "KEPT", 1)
    trained(examples_of(SAID))
    (cache / "training-broken-off").mkdir()
    os.utime(cache / "training-broken-off", (0, 0))
    trained(examples_of({**SAID, "more": ["one more thing"]}))
    assert len(list(cache.iterdir())) == 1
    assert kept_model(examples_of({**SAID, "more": ["one more thing"]})) is not None


def test_a_training_that_fails_says_why_and_leaves_the_bot_as_it_was(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(FrontdeskError, match="nothing to learn from"):
        trained([])
    desk = matcher()
    train_behind(desk, []).join()
    assert desk.model is None
    assert "goes on without its new model" in caplog.text
    assert list(cache.iterdir()) == []


def test_annotations_are_taken_out() -> None:
    assert examples_of({"a": ["return [1042](order_number)", "return 1042"]}) == [("return 1042", "a")]
