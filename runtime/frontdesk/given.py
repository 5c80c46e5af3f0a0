"""What a turn is given. Fixed when the turn starts and journaled with it, so a re-run is the same run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.authoring.content import BotContent, Desk, TextContext
from frontdesk.components.base import Moment
from frontdesk.nlu.classify import Judged, Understanding
from frontdesk.nlu.entities.base import Found
from frontdesk.sessions import SessionState
from frontdesk.value import value


@value
class Given:
    """The world as one turn sees it."""

    now: datetime  # UTC
    seed: int  # chance: picks variations of a text
    desk: Desk  # the release new dialogs start on
    release: Callable[[str], Desk | None]  # an older release a dialog in progress began with
    shows_queue: bool = False  # the channel tells the customer their place by itself
    user_slots: Mapping[str, Any] = field(default_factory=dict)  # kept from earlier sessions
    reps: Mapping[str, str] = field(default_factory=dict)  # login -> name
    judged: dict[str, Judged] = field(default_factory=dict)
    """What bots' models said in this turn: a re-run hears the same, whatever model there is by then."""
    _there: dict[str, tuple[datetime, datetime]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """`now` by time zone, and what clocks show there: asked for a dozen times a turn."""

    def understand(self, bot: BotContent, text: str, state: SessionState) -> Understanding:
        """What words mean to a bot."""
        now = self._civil(state)
        return bot.matcher.understand(text, state.language, now, self.judged.setdefault(bot.name, {}))

    def entities(self, bot: BotContent, text: str, state: SessionState) -> tuple[Found, ...]:
        """The entities that words hold for a bot."""
        return bot.matcher.entities(text, state.language, self._civil(state))

    def _civil(self, state: SessionState) -> datetime:
        """What the customer's clock shows."""
        return self._now_there(state)[1]

    def texts_at(self, state: SessionState, failed: Callable[[str], None] | None = None) -> TextContext:
        """What texts and expressions may know of this moment. `failed` is told what was passed over."""
        return TextContext(
            now=self._now_there(state)[0], language=state.language, open=self._is_open, failed=failed
        )

    def moment(self, state: SessionState) -> Moment:
        """What components may know of this moment."""
        now = self._now_there(state)[0]
        return Moment(language=state.language, today=now.date(), now=now)

    def _now_there(self, state: SessionState) -> tuple[datetime, datetime]:
        """`now` in the session's time zone, else in the desk's: aware, and as a clock shows it."""
        found = self._there.get(state.time_zone)
        if found is None:
            zone = _zone(state.time_zone, self.desk.time_zone)
            now = self.now.astimezone(zone)
            found = self._there[state.time_zone] = now, now.replace(tzinfo=None)
        return found

    def _is_open(self, hours: str) -> bool:
        return self.desk.is_open(hours, self.now)


def _zone(name: str, otherwise: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return otherwise


def next_message(state: SessionState) -> str:
    """The id of the message whose event comes next."""
    return f"{state.id}.{state.last_event + 1}"
