"""A routing flow: rules from top to bottom, the first that holds decides, `else` always does."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, model_validator

from frontdesk.dialogs.base import BotName, Expr, QueueName

if TYPE_CHECKING:
    from frontdesk.authoring.content import Desk
    from frontdesk.authoring.formats import TextContext
    from frontdesk.sessions import SessionState

ROUTING_NAMES = ("channel", "channel_kind", "language", "user")
"""What a rule's `when` may ask for: the desk's name of the channel, its kind, the session's language,
the messaging user's name."""


class Target(BaseModel):
    """Who becomes the owner: a bot, a queue or a rep."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bot: BotName | None = None
    queue: QueueName | None = None
    rep: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Target:
        if sum(each is not None for each in (self.bot, self.queue, self.rep)) != 1:
            raise ValueError("a target is one of `bot: NAME`, `queue: NAME` or `rep: LOGIN`")
        return self

    @property
    def owner(self) -> str:
        """As a session's owner is written: bot:NAME, queue:NAME, rep:LOGIN."""
        if self.bot is not None:
            return f"bot:{self.bot}"
        return f"queue:{self.queue}" if self.queue is not None else f"rep:{self.rep}"


class Rule(BaseModel):
    """One line of a routing flow."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    when: Expr | None = None
    to: Target | None = None
    otherwise: Target | None = Field(default=None, alias="else")
    fallback: Target | None = None  # when the target cannot take it

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if self.otherwise is not None and (self.when is not None or self.to is not None):
            raise ValueError("a rule has either `when` and `to`, or `else`")
        if self.otherwise is None and (self.when is None or self.to is None):
            raise ValueError("a rule needs `when: CONDITION` and `to: TARGET`, or `else: TARGET`")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """What a routing flow chose, and by which rule."""

    to: Target
    fallback: Target | None
    rule: int  # counted from 1


def route(rules: Sequence[Rule], holds: Callable[[str], bool]) -> Routed:
    """The first rule that holds; `check` has made sure that the last one is `else`."""
    for number, rule in enumerate(rules, 1):
        if rule.otherwise is not None:
            return Routed(to=rule.otherwise, fallback=rule.fallback, rule=number)
        if rule.when is not None and rule.to is not None and holds(rule.when):
            return Routed(to=rule.to, fallback=rule.fallback, rule=number)
    raise ValueError("a routing flow ends with `else`")


def choose_owner(
    desk: Desk, state: SessionState, at: TextContext, reps: Container[str] = ()
) -> tuple[str, str]:
    """Who owns a new session, as `bot:NAME`, `queue:NAME` or `rep:LOGIN`, and why. `reps`: who there is."""
    values = {
        "channel": state.channel,
        "channel_kind": state.channel_kind,
        "language": state.language,
        "user": state.user,
    }
    routed = route(desk.config.routing, lambda source: desk.holds(source, values, at))
    because = f"routing rule {routed.rule}"
    bot, rep = routed.to.bot, routed.to.rep
    is_missing = desk.bot(bot) is None if bot is not None else rep is not None and rep not in reps
    if is_missing and routed.fallback is not None:
        return routed.fallback.owner, f"{because}: {routed.to.owner} is not there"
    return routed.to.owner, because
