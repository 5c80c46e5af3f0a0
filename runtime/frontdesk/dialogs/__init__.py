"""Dialogs: authored conversations. Importing the package registers every step kind."""

from frontdesk.dialogs import ask, branch, call, finish, handoff, jump, say, set
from frontdesk.dialogs.base import NOT_BUILT, STEP_KINDS, Step, read_steps

__all__ = [
    "NOT_BUILT",
    "STEP_KINDS",
    "Step",
    "ask",
    "branch",
    "call",
    "finish",
    "handoff",
    "jump",
    "read_steps",
    "say",
    "set",
]
