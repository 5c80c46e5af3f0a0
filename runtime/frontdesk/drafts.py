"""What a turn is writing and has not said yet: told to who watches, never logged, never sent.

A draft stands until the turn goes on to something else, or is committed: then it is withdrawn. Hints may be
lost or come late, so each names the event its turn stands behind: who has read further shows it no more.
"""

from __future__ import annotations

import asyncio

from frontdesk.bus import Bus

GAP = 0.05  # seconds between two frames: about 20 a second
GAP_FAR = 0.15  # the same where they go to other processes, whose bus has more to carry
WEB = "web"  # the kind of channel that shows drafts; elsewhere is only typing


class Draft:
    """What one turn is writing."""

    def __init__(self, bus: Bus, user: str, *, turn: str, behind: int, author: str) -> None:
        self._bus = bus
        self._topic = topic_of(user)
        self._is_near = bus.is_heard(self._topic)  # who watches is connected here
        self._head = {"turn": turn, "behind": behind, "author": author}
        self._text = ""
        self._told = ""
        self._later: asyncio.TimerHandle | None = None

    def write(self, text: str) -> None:
        """Tell what is written so far: the first words at once, then the newest from time to time."""
        self._text = text
        if self._later is None and text.strip():
            self._tell()

    def _tell(self) -> None:
        self._later = None
        if self._text == self._told:
            return
        self._told = self._text
        tell = self._bus.tell if self._is_near else self._bus.publish
        tell(self._topic, {**self._head, "text": self._text})
        gap = GAP if self._is_near else GAP_FAR
        self._later = asyncio.get_running_loop().call_later(gap, self._tell)

    def withdraw(self, *, surely: bool = False) -> None:
        """It is over. `surely`: say so even if this process has told nothing."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._told or surely:
            self._told = self._text = ""
            self._bus.publish(self._topic, {**self._head, "text": None})


class Drafts:
    """The drafts of the turns of one process: one a user, as one turn a user runs."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._open: dict[str, Draft] = {}

    def begin(self, user: str, kind: str, *, turn: str, behind: int, author: str) -> Draft | None:
        """Where a turn may tell what it writes; None: nobody watches, or not on this kind of channel."""
        if kind != WEB or (self._bus.alone and not self._bus.is_heard(topic_of(user))):
            return None
        draft = self._open[user] = Draft(self._bus, user, turn=turn, behind=behind, author=author)
        return draft

    def over(self, user: str) -> None:
        """Whatever this user's turn was writing is said, or will not be."""
        draft = self._open.pop(user, None)
        if draft is not None:
            draft.withdraw()


def topic_of(user: str) -> str:
    """Where the drafts of a user's turns are told."""
    return f"draft:{user}"
