"""The models of a desk's bots: kept ones at once, others when trained, and the last one answers meanwhile.

A bot needs no number of examples for a model: where it has too few to measure what unseen sentences look
like, only a sentence much like one of them is in scope (`nlu/scope.py`).
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from frontdesk.authoring.training import Examples, examples_of, kept_model, trained
from frontdesk.errors import FrontdeskError

if TYPE_CHECKING:
    from frontdesk.authoring.content import Desk
    from frontdesk.nlu.classify import ModelMatcher
    from frontdesk.nlu.model import Model

log = logging.getLogger(__name__)

Tell = Callable[[str], None]

QUIET = 1.0  # seconds of a training before its progress is told, and between two lines of it


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A bot that waits for the model of its examples."""

    bot: str
    matcher: ModelMatcher
    examples: Examples


class Trainer:
    """Gives the bots of a running desk their models; one is trained after the other, beside the desk."""

    def __init__(self, tell: Tell = log.info) -> None:
        self._tell = tell
        self._answering: dict[str, tuple[Examples, Model | None]] = {}  # bot -> its newest model, and of what
        self._waiting: list[_Wanted] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    def follow(self, desk: Desk) -> None:
        """A release is live: its bots answer with their models, with the last ones until theirs are there."""
        wanted = [one for one in _wanted(desk) if not self._give(one)]
        with self._lock:
            self._waiting = wanted
            if wanted and self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._train_all, name="training", daemon=True)
                self._thread.start()

    def recall(self, desk: Desk) -> None:
        """Dialogs in progress stand on an older release: nothing is trained for it."""
        for one in _wanted(desk):
            model = kept_model(one.examples)
            if model is not None:
                self._answering.setdefault(one.bot, (one.examples, model))
            model = model or self._last(one)[1]
            if model is not None:
                one.matcher.use(model)
                _load_encoder(model)

    def wait(self) -> None:
        """Come back when every model is there, or cannot be made."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def close(self) -> None:
        """Leave what is being trained."""
        with self._lock:
            self._is_closed = True
            self._waiting = []
            if self._process is not None:
                self._process.kill()
        self.wait()

    # --- what there is already ---------------------------------------------------------------------

    def _give(self, one: _Wanted) -> bool:
        """Let a bot answer with its own model if there is one, else with its last; whether it is its own."""
        examples, last = self._last(one)
        model = last if examples == one.examples else kept_model(one.examples)
        if model is not None:
            self._use(one, model)
        elif last is not None:
            one.matcher.use(last)
        return model is not None

    def _last(self, one: _Wanted) -> tuple[Examples, Model | None]:
        return self._answering.get(one.bot, (Examples(), None))

    def _use(self, one: _Wanted, model: Model) -> None:
        self._answering[one.bot] = (one.examples, model)
        one.matcher.use(model)
        _load_encoder(model)

    # --- training ----------------------------------------------------------------------------------

    def _train_all(self) -> None:
        while (one := self._next()) is not None:
            begun = time.monotonic()
            if self._give(one):  # trained for an earlier release, while this one waited
                continue
            try:
                model = trained(one.examples, _Progress(one.bot, self._tell), self._note)
            except (FrontdeskError, OSError, ValueError) as error:
                if not self._is_closed:
                    log.error("the bot %s goes on without its new model: %s", one.bot, error)
                continue
            self._use(one, model)
            spent = time.monotonic() - begun
            self._tell(f"Bot {one.bot}: its new model is live ({len(one.examples)} examples, {spent:.1f} s).")

    def _next(self) -> _Wanted | None:
        with self._lock:
            self._process = None
            if self._waiting:
                return self._waiting.pop(0)
            self._thread = None
            return None

    def _note(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._process = process
            if self._is_closed:
                process.kill()


def train_now(desk: Desk, tell: Tell) -> None:
    """Give every bot of a desk its model, before anything else happens."""
    for one in _wanted(desk):
        try:
            one.matcher.use(trained(one.examples, _Progress(one.bot, tell)))
        except (FrontdeskError, OSError, ValueError) as error:
            tell(f"Bot {one.bot} goes by its examples word for word: {error}")


def _wanted(desk: Desk) -> list[_Wanted]:
    """The bots that have something to learn from."""
    return [
        _Wanted(name, bot.matcher, examples)
        for name, bot in desk.bots.items()
        if (examples := examples_of(bot.sentences, embeddings=bot.embeddings))
    ]


def _load_encoder(model: Model) -> None:
    """It takes a second or more: before the first message needs it, and beside those who are served."""
    if model.encoder is not None and not model.encoder.knows(""):
        threading.Thread(target=model.encoder.read, args=([""],), name="encoder", daemon=True).start()


class _Progress:
    """Tells how far a training is, when it takes a while."""

    def __init__(self, bot: str, tell: Tell) -> None:
        self._bot = bot
        self._tell = tell
        self._last = time.monotonic()

    def __call__(self, what: str, share: float) -> None:
        now = time.monotonic()
        if now - self._last >= QUIET:
            self._last = now
            self._tell(f"Bot {self._bot}: training, {what} ({share:.0%})")
