"""More than one request in a message: "I want to return 1042 and where is 1043?".

A message is cut where a sentence ends and at "and" or "but"; a part is a request where it asks for something,
and an author's words or the model are sure of it by itself. What belongs to no request belongs to the one
before it. A single one counts where the rest would hide it: "Thank you very much. Where is 1043?".
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
from frontdesk.nlu.words import fold

MOST = 3  # requests of a message that are taken
MAX_PARTS = 8
MANY = 6  # words of a part in which a value alone asks for nothing: "track 1043" does
LONGEST = 400  # characters of a message that is cut
SURE = 0.7  # the probability from which on a part is a request by itself
_CUT = re.compile(
    r"[.?!;\n]+\s+(?:[¿¡]?(?:and|but|also|et|mais|aussi|y|e|pero|tambi[eé]n)\s+)?|"
    r",?\s+(?:and|but|et|mais|puis|(?<!\bil )y(?! a\b)|pero)\s+",
    re.IGNORECASE,
)
_ASKING = frozenset(
    "where when how what which who can could may want wanna need like wish please would will "
    "ou quand comment combien quel quelle quels quelles puis peux peut pouvez pourriez veux voudrais voudrai "
    "souhaite souhaiterais aimerais besoin dois svp stp plait "
    "donde cuando como cuanto cuanta cuantos cual puedo puede pueden podria podrian quiero quisiera querria "
    "gustaria necesito deseo favor porfa".split()
)
"""Words of who asks for something; a part without them, a question mark and a value tells what happened."""
_ASKING_FIRST = frozenset("is are do does did has have est es son hay".split())


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


def requests_in(progress: Progress, text: str, whole: str | None) -> tuple[Request, ...]:
    """The requests of a message in their order, if they are several and lead to different places.

    `whole`: what the message as a whole was taken for.
    """
    if len(text) > LONGEST or _CUT.search(text) is None:
        return ()
    found: list[tuple[int, Understanding]] = []
    places: set[str] = set()
    for start, end in _parts(text):
        heard = progress.given.understand(progress.bot, text[start:end], progress.state)
        place = leads_to(progress.bot, heard.intent or "")
        is_order = bool(heard.entities) and len(text[start:end].split()) < MANY
        asks = is_order or text[end : end + 1] == "?" or _asks(text[start:end])
        if place and place not in places and asks and _is_sure(heard):
            places.add(place)
            found.append((start, heard))
    if len(found) < 2 and not (found and _is_hidden(progress, found[0][1].intent or "", whole or "")):
        return ()
    starts = [0, *(start for start, _ in found[1:]), len(text)]
    return tuple(
        _request(progress, heard, text[starts[at] : starts[at + 1]])
        for at, (_, heard) in enumerate(found[:MOST])
    )


def _is_hidden(progress: Progress, intent: str, whole: str) -> bool:
    """Whether the only request begins a dialog, and the whole message would only be given an answer."""
    bot = progress.bot
    return (
        bot.on_intent(intent) is not None and bot.on_intent(whole) is None and bot.answer(whole) is not None
    )


def _parts(text: str) -> list[tuple[int, int]]:
    cuts = list(_CUT.finditer(text))[: MAX_PARTS - 1]
    starts = [0, *(cut.end() for cut in cuts)]
    ends = [*(cut.start() for cut in cuts), len(text)]
    return list(zip(starts, ends, strict=True))


def _asks(part: str) -> bool:
    words = fold(part).split()
    return "?" in part or not _ASKING.isdisjoint(words) or (bool(words) and words[0] in _ASKING_FIRST)


def _is_sure(heard: Understanding) -> bool:
    """Whether a part is a request by itself."""
    return heard.decision == "accept" and heard.score >= SURE and heard.rule != "keyword"


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
