"""`say`: send a message, or a component without waiting for a reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.dialogs.base import ComponentName, Expr, MessageKey, Outcome, Step, step_kind

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun


class SayComponent(BaseModel):
    """A component to send, with values its texts may use."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    component: ComponentName
    given: Mapping[str, Expr] = Field(default_factory=dict, alias="with")


@step_kind("say")
class Say(Step):
    """Send a message and go on."""

    say: MessageKey | SayComponent

    def run(self, dialog: DialogRun) -> Outcome:
        if isinstance(self.say, str):
            yield from dialog.send_text(dialog.message(self.say))
            return
        given = yield from dialog.evaluate_all(self.say.given)
        yield from dialog.send_shown(dialog.show(self.say.component, given))
