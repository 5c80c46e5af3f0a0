"""More than one request in a message: "I want to return 1042 and where is 1043?".

A message is cut where a sentence ends and at "and" or "but"; a part is a request where an author's
words or the model are sure of it by itself. What belongs to no request belongs to the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.dialogs.base import Outcome, WaitingStep
from frontdesk.dialogs.meant import leads_to
from frontdesk.dialogs.progress import Progress
from frontdesk.dialogs.run import DialogRun
from frontdesk.dialogs.sentence import told
from frontdesk.nlu.classify import Understanding

MOST = 3  # requests of a message that are taken
MAX_PARTS = 8
LONGEST = 400  # characters of a message that is cut
SURE = 0.7  # the probability from which on a part is a request by itself
_CUT = re.compile(
    r"[.?!;\n]+\s+(?:(?:and|but|also|et|mais|aussi|y|e|pero|tambi[eé]n)\s+)?|"
    r",?\s+(?:and|but|et|mais|puis|y|pero)\s+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """One of the things that a message asks for."""

    heard: Understanding
    text: str
    dialog: str | None  # None: a question, answered by `message`
    message: str | None

    @property
    def intent(self) -> str:
        return self.heard.intent or ""


def requests_in(progress: Progress, text: str) -> tuple[Request, ...]:
    """The requests of a message in their order, if they are several and lead to different places."""
    if len(text) > LONGEST or _CUT.search(text) is None:
        return ()
    found: list[tuple[int, Understanding]] = []
    places: set[str] = set()
    for start, end in _parts(text):
        heard = progress.given.understand(progress.bot, text[start:end], progress.state)
        place = leads_to(progress.bot, heard.intent or "")
        if place and place not in places and _is_sure(heard, text[start:end]):
            places.add(place)
            found.append((start, heard))
    if len(found) < 2:
        return ()
    starts = [0, *(start for start, _ in found[1:]), len(text)]
    return tuple(
        _request(progress, heard, text[starts[at] : starts[at + 1]])
        for at, (_, heard) in enumerate(found[:MOST])
    )


def _parts(text: str) -> list[tuple[int, int]]:
    cuts = list(_CUT.finditer(text))[: MAX_PARTS - 1]
    starts = [0, *(cut.end() for cut in cuts)]
    ends = [*(cut.start() for cut in cuts), len(text)]
    return list(zip(starts, ends, strict=True))


def _is_sure(heard: Understanding, part: str) -> bool:
    """Whether a part is a request by itself; "hello" and "thank you" are none beside others."""
    is_sure = heard.decision == "accept" and heard.score >= SURE and heard.rule != "keyword"
    return is_sure and len(part.split()) > (2 if heard.rule == "answer" else 1)


def _request(progress: Progress, heard: Understanding, text: str) -> Request:
    dialog = progress.bot.on_intent(heard.intent or "")
    return Request(heard, text, dialog, None if dialog else progress.bot.answer(heard.intent or ""))


def take_requests(
    progress: Progress, requests: Sequence[Request], found: tuple[DialogRun, WaitingStep] | None
) -> Outcome:
    """Answer the questions, begin the first dialog, and keep the others for later."""
    wishes = [(one.dialog, one.text) for one in requests if one.dialog is not None]
    answers = [one.message for one in requests if one.message is not None]
    for message in answers:
        is_last = message is answers[-1] and not wishes
        yield from progress.tell(message, found if is_last else None)
    for dialog, text in reversed(wishes[1:]):
        progress.later(dialog, text)
    for dialog, text in wishes[:1]:
        values = told(progress.bot, progress.bot.dialogs[dialog], progress.entities(text))
        yield from progress.begin(dialog, values, sentence=text)
