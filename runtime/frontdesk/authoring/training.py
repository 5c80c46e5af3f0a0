"""A bot's model: trained in a process of its own, kept by content, and put to use when it is ready.

Like everything in the cache folder a model is only a saving: what cannot be read is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from frontdesk.authoring.cache import cache_folder, code_version
from frontdesk.errors import FrontdeskError
from frontdesk.nlu.classify import learnt, plain_example
from frontdesk.nlu.encoder import is_installed

if TYPE_CHECKING:
    from frontdesk.nlu.model import Model

log = logging.getLogger(__name__)

Told = Callable[[str, float], None]
"""Is told what is being done, and which share of the whole is done."""

Began = Callable[["subprocess.Popen[bytes]"], None]
"""Is told the process that trains, so that it can be ended."""


@dataclass(frozen=True, slots=True)
class Examples:
    """What a model is made of."""

    said: tuple[tuple[str, str], ...] = ()  # sentences, each with its intent or question, sorted
    embeddings: bool = False  # whether it reads meanings, too

    def __len__(self) -> int:
        return len(self.said)


KEPT = 40  # models; the ones used longest ago go
UNFINISHED = "training-"
BROKEN_OFF = 3_600  # seconds after which a training that left no model is over
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def examples_of(said: Mapping[str, Sequence[str]], *, embeddings: bool = False) -> Examples:
    """What a model learns from authored examples, by intent or question; by words where the extra lacks."""
    every = {(learnt(plain_example(each)), name) for name, sentences in said.items() for each in sentences}
    return Examples(tuple(sorted(every)), embeddings and is_installed())


def kept_model(examples: Examples) -> Model | None:
    """The model of exactly these examples, if this machine made it before."""
    folder = _place(examples)
    if not folder.is_dir():
        return None
    try:
        os.utime(folder)
        return _loaded(folder)
    except (OSError, EOFError, ValueError, KeyError, TypeError, ImportError) as error:
        log.warning("the model kept in %s cannot be read and is made again: %s", folder, error)
        shutil.rmtree(folder, ignore_errors=True)
        return None


def trained(examples: Examples, told: Told | None = None, began: Began | None = None) -> Model:
    """The model of these examples; made now, in another process, if it was not made before."""
    model = kept_model(examples)
    if model is not None:
        return model
    with tempfile.TemporaryDirectory(dir=_writable(), prefix=UNFINISHED) as folder:
        made = Path(folder) / "model"
        made.mkdir()
        _run(examples, made, told, began)
        model = _loaded(made)  # what is loaded stays, wherever its files go
        _keep(made, examples)
    return model


def _loaded(folder: Path) -> Model:
    use_one_thread()
    from frontdesk.nlu.model import Model  # brings NumPy, which a desk without models does not need

    return Model.load(folder)


def _run(examples: Examples, folder: Path, told: Told | None, began: Began | None) -> None:
    command = [sys.executable, "-m", "frontdesk.nlu", str(folder)]
    command += ["embeddings"] if examples.embeddings else []
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | ONE_THREAD,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    if began is not None:
        began(process)
    with process:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(orjson.dumps(examples.said))
            process.stdin.close()
        for line in process.stdout:
            what, share = orjson.loads(line)
            if told is not None:
                told(what, share)
        problem = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        last = problem.rsplit("\n", 1)[-1] or f"it ended with {process.returncode}"
        raise FrontdeskError(f"The model could not be trained: {last}")


def _keep(made: Path, examples: Examples) -> None:
    """Put a model where it is found; somebody else may just have done so, or there is no such place."""
    with contextlib.suppress(OSError):
        made.rename(_place(examples))
        _tidy_up(_place(examples).parent)  # somebody else may tidy up at the same time


def _tidy_up(folder: Path) -> None:
    """Remove the models used longest ago, and what trainings that were broken off left behind."""
    by_age = sorted(((each.stat().st_mtime, each) for each in folder.iterdir()), reverse=True)
    models = [each for _, each in by_age if not each.name.startswith(UNFINISHED)]
    left = [each for changed, each in by_age if each not in models and changed < time.time() - BROKEN_OFF]
    for each in (*models[KEPT:], *left):
        shutil.rmtree(each, ignore_errors=True)


def _writable() -> Path | None:
    """The folder of models, there; None: a home that cannot be written to keeps none."""
    folder = cache_folder() / "models"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _place(examples: Examples) -> Path:
    key = hashlib.sha256(orjson.dumps([examples.said, examples.embeddings])).hexdigest()[:32]
    return cache_folder() / "models" / f"{code_version('nlu')}-{key}"


def use_one_thread() -> None:
    """A message is too little work to share; it only counts before NumPy is first imported."""
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)
