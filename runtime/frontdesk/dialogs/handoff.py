"""`handoff`: give the session to people, or to another bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, model_validator

from frontdesk.dialogs.base import BotName, Outcome, QueueName, Step, Steps, step_kind
from frontdesk.dialogs.branch import If
from frontdesk.dialogs.place import walk

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun


class Target(BaseModel):
    """Who takes over, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: QueueName | None = None
    rep: str | None = None
    bot: BotName | None = None
    because: str = ""

    @model_validator(mode="after")
    def _one_target(self) -> Target:
        if sum(one is not None for one in (self.queue, self.rep, self.bot)) > 1:
            raise ValueError("a handoff has one target: a queue, a rep or a bot")
        return self


def own_queue(steps: Steps) -> str | None:
    """The queue that every handoff of a dialog names: that is who helps with what it is about."""
    targets = {step.handoff.queue for step in walk(steps) if isinstance(step, Handoff)}
    return targets.pop() if len(targets) == 1 else None


def always_hands_over(steps: Steps) -> bool:
    """Whether a dialog ends with a handoff, whichever way it goes."""
    last = steps[-1] if steps else None
    if isinstance(last, If):
        ways = (last.then, *(one.then for one in last.elif_), last.else_)
        return all(always_hands_over(way) for way in ways)
    return isinstance(last, Handoff)


@step_kind("handoff")
class Handoff(Step):
    """Hand the session over; the dialog ends. `on_unavailable` runs when nobody is there to take it."""

    handoff: Target
    on_unavailable: Steps = ()

    def run(self, dialog: DialogRun) -> Outcome:
        to = self.handoff
        if self.on_unavailable and not dialog.is_available(queue=to.queue, rep=to.rep, bot=to.bot):
            dialog.enter(self.on_unavailable)
            return
        yield from dialog.hand_over(
            queue=to.queue,
            rep=to.rep,
            bot=to.bot,
            because=to.because,
        )
