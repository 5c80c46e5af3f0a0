"""A desk opened for testing: its content and its Python, nothing served and nothing stored."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from frontdesk.authoring.content import Desk
from frontdesk.authoring.load import load
from frontdesk.authoring.trainer import Tell, train_now
from frontdesk.effects.actions import ActionRegistry
from frontdesk.errors import AuthoringError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDesk:
    """What a talk needs of a desk."""

    content: Desk
    registry: ActionRegistry


def open_desk(
    root: Path, environ: Mapping[str, str] | None = None, *, is_to_talk: bool = True, tell: Tell = log.info
) -> OpenDesk:
    """Load the desk in a folder; raises AuthoringError with every problem of its files and its Python.

    `is_to_talk`: its bots get their models, which are trained first where this machine has none yet.
    """
    registry = ActionRegistry.read(root)
    problems = list(registry.problems)
    try:
        # An action that does not load is a problem once, not wherever a dialog names it.
        actions = registry.described if not problems else None
        content = load(root, os.environ if environ is None else environ, actions=actions)
    except AuthoringError as error:
        raise AuthoringError([*error.problems, *problems]) from error
    if problems:
        raise AuthoringError(problems)
    if is_to_talk:
        train_now(content, tell)
    return OpenDesk(content=content, registry=registry)
