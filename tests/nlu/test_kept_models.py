"""A bot's model is made in another process, kept by content, and used when it is there."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontdesk.authoring import training
from frontdesk.authoring.cache import use_cache_folder
from frontdesk.authoring.content import Desk
from frontdesk.authoring.load import load
from frontdesk.authoring.trainer import Trainer, train_now
from frontdesk.authoring.training import examples_of, kept_model, trained
from frontdesk.errors import FrontdeskError
from frontdesk.nlu.classify import ExactMatcher, ModelMatcher
from frontdesk.nlu.entities.known import ANY_TIME as NOW
from frontdesk.nlu.train import Example, train
from tests.nlu.sentences import said

pytestmark = pytest.mark.slow

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


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with two models in it: training takes a process, so it is done once for all."""
    folder = tmp_path_factory.mktemp("made")
    use_cache_folder(folder)
    trained(examples_of(SAID))
    trained(examples_of(hello().bots["hello"].sentences))
    use_cache_folder(None)
    return folder / "models"


@pytest.fixture
def kept(cache: Path, made: Path) -> Path:
    """A cache of one's own that begins with these."""
    shutil.copytree(made, cache)
    return cache


@pytest.fixture
def told() -> list[str]:
    """What the operator reads."""
    return []


@pytest.fixture
def trainer(cache: Path, told: list[str]) -> Iterator[Trainer]:
    trainer = Trainer(told.append)
    yield trainer
    trainer.close()


def matcher() -> ModelMatcher:
    exact = ExactMatcher(intents={**SAID, "gone": ["Not now"]}, keywords={"a person": "talk_to_person"})
    return ModelMatcher(exact, SAID)


def hello(**more: list[str]) -> Desk:
    """The small desk, with more examples."""
    desk = load(HELLO, {})
    for intent, examples in more.items():
        desk.bots["hello"].intents[intent].examples["en"] += tuple(examples)
    return desk


def test_a_training_tells_how_far_it_is(cache: Path) -> None:
    told: list[tuple[str, float]] = []
    trained(examples_of(SAID), lambda what, share: told.append((what, share)))
    assert [what for what, _ in told][:2] == ["reading", "fitting"]
    assert told[-1] == ("done", 1.0)
    assert [share for _, share in told] == sorted(share for _, share in told)


def test_whole_examples_and_keywords_come_before_the_model(kept: Path) -> None:
    desk = matcher()
    desk.use(trained(examples_of(SAID)))
    assert desk.understand(SAID["broken"][0], "en", NOW).rule == "exact"
    assert desk.understand("A person!", "en", NOW).intent == "keyword:talk_to_person"
    rejected = desk.understand("sing me a song about mountains", "en", NOW)
    assert (rejected.intent, rejected.rule, rejected.decision) == (None, "none", "reject")
    assert rejected.runner_up in SAID


def test_an_older_model_never_names_an_intent_that_is_gone() -> None:
    model = train(Example(text, intent) for intent, texts in SAID.items() for text in texts)
    desk = ModelMatcher(ExactMatcher(intents={}), ["return", "broken"], model)
    assert desk.understand(SAID["track"][0], "en", NOW).intent is None
    assert desk.understand(SAID["return"][0], "en", NOW).intent == "return"


def live(told: list[str]) -> list[str]:
    """What was told without the progress of trainings, which a busy machine makes long."""
    return [line for line in told if "its new model is live" in line]


def test_every_bot_of_a_desk_gets_its_model_and_the_next_release_begins_with_it(
    trainer: Trainer, told: list[str]
) -> None:
    desk, same, edited = hello(), hello(), hello(order_status=["has it been posted"])
    said = desk.bots["hello"].matcher
    assert said.understand("tell me where my order is please", "en", NOW).intent is None
    trainer.follow(desk)
    trainer.wait()
    heard = said.understand("tell me where my order is please", "en", NOW)
    assert (heard.intent, heard.rule, heard.nearest) == ("order_status", "model", "Where is my order?")
    assert desk.bots["system"].matcher.model is None
    assert len(live(told)) == 1
    assert "hello: its new model is live" in live(told)[0]
    trainer.follow(same)
    assert same.bots["hello"].matcher.model is said.model
    trainer.follow(edited)
    assert edited.bots["hello"].matcher.model is not None, "the last model answers meanwhile"
    trainer.wait()
    assert edited.bots["hello"].matcher.understand("was it posted", "en", NOW).intent == "order_status"
    assert len(live(told)) == 2


def test_a_kept_model_answers_from_the_first_message_on(
    kept: Path, trainer: Trainer, told: list[str]
) -> None:
    desk, older = hello(), hello(order_status=["has it been posted"])
    trainer.follow(desk)
    assert desk.bots["hello"].matcher.model is not None
    trainer.recall(older)
    assert older.bots["hello"].matcher.model is desk.bots["hello"].matcher.model, "nothing is trained for it"
    assert told == []


def test_of_releases_in_quick_succession_only_the_last_is_trained(trainer: Trainer, told: list[str]) -> None:
    first, *others = (hello(order_status=["it"] * (count + 1) + [f"posted {count}"]) for count in range(4))
    trainer.follow(first)
    for desk in others:
        trainer.follow(desk)
    trainer.wait()
    assert others[-1].bots["hello"].matcher.model is not None
    assert len(live(told)) <= 2


def test_a_desk_that_stops_waits_for_no_training(cache: Path, told: list[str]) -> None:
    trainer = Trainer(told.append)
    trainer.follow(hello())
    trainer.close()
    assert told == []
    assert not any(thread.name == "training" for thread in threading.enumerate())
    assert list(cache.glob("*")) == []


def test_before_a_talk_every_bot_is_trained_and_nothing_is_told_of_a_moment(cache: Path) -> None:
    told: list[str] = []
    desk = hello()
    train_now(desk, told.append)
    assert desk.bots["hello"].matcher.understand("tell me where my order is", "en", NOW).rule == "model"
    assert [line for line in told if "training" not in line] == []


def test_a_home_that_cannot_be_written_to_keeps_no_model(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be: not even root can write there")
    use_cache_folder(tmp_path / "cache")
    try:
        assert trained(examples_of(SAID)).labels == ("broken", "return", "track")
    finally:
        use_cache_folder(None)


def test_the_same_examples_are_trained_once(kept: Path) -> None:
    told: list[str] = []
    again = trained(examples_of(dict(reversed(SAID.items()))), lambda what, share: told.append(what))
    assert told == []
    assert again.labels == ("broken", "return", "track")
    assert len(list(kept.iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"nothing"])
@pytest.mark.parametrize("name", ["weights.npy", "model.json", "values.npy"])
def test_an_unreadable_model_is_none(kept: Path, name: str, content: bytes) -> None:
    assert kept_model(examples_of(SAID)) is not None
    for folder in kept.iterdir():
        (folder / name).write_bytes(content)
    assert kept_model(examples_of(SAID)) is None
    assert len(list(kept.iterdir())) == 1, "it is out of the way of a new one"


def test_old_models_go(kept: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "KEPT", 1)
    (cache / "training-broken-off").mkdir()
    os.utime(cache / "training-broken-off", (0, 0))
    trained(examples_of({**SAID, "more": ["one more thing"]}))
    assert len(list(cache.iterdir())) == 1
    assert kept_model(examples_of({**SAID, "more": ["one more thing"]})) is not None


def test_a_training_that_fails_says_why_and_leaves_the_bot_as_it_was(
    kept: Path, trainer: Trainer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(FrontdeskError, match="nothing to learn from"):
        trained(examples_of({}))
    trainer.follow(desk := hello())
    trainer.wait()
    model = desk.bots["hello"].matcher.model
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    trainer.follow(edited := hello(order_status=["has it been posted"]))
    trainer.wait()
    assert edited.bots["hello"].matcher.model is model
    assert "the bot hello goes on without its new model" in caplog.text
    told: list[str] = []
    train_now(hello(order_status=["was it posted"]), told.append)
    assert "hello goes by its examples word for word" in told[-1]
    assert len(list(kept.iterdir())) == 2


def test_annotations_are_taken_out_and_a_number_is_any_number() -> None:
    said = {"a": ["return [1042](order_number)", "return 1043"]}
    assert examples_of(said).said == (("return 0000", "a"),)
