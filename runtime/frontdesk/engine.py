"""Who answers: the session's owner decides what one inbound leads to.

Pure: it knows no store, no channel, no network, file, clock or chance. It yields events, which its
caller applies to the state at once, and effects, whose results it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from frontdesk.agents.run import respond as agents_respond
from frontdesk.authoring.content import BotContent, Desk
from frontdesk.authoring.expressions import ExpressionError
from frontdesk.clock import iso
from frontdesk.components.base import COMPONENT_KINDS, sendable
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.handover import cancel_timers, hand_over
from frontdesk.dialogs.language import Heard, hear
from frontdesk.dialogs.respond import respond as dialogs_respond
from frontdesk.dialogs.system import closed_until, say_system
from frontdesk.events import (
    DeliveryChanged,
    ErrorHappened,
    EventTold,
    LanguageChanged,
    MessageReceived,
    MessageSent,
    OwnerChanged,
    QuestionAnswered,
    QuestionAsked,
    RequestRefused,
    SessionStarted,
    SlotSet,
    StatusChanged,
    TimerFired,
)
from frontdesk.given import Given, next_message
from frontdesk.messages import Inbound
from frontdesk.routing.flows import choose_owner
from frontdesk.sessions import NOBODY, SessionState, owner_kind, owner_name
from frontdesk.text import writable
from frontdesk.users import STOPPED

SYSTEM = "system"
UNHEARD = Heard()  # nothing is known of the language
MAX_HANDOVERS = 3  # bots one message may pass through

BOT_KINDS = {"dialogs": dialogs_respond, "agent": agents_respond}
"""How each kind of bot answers: one boundary, `respond(bot, state, inbound, given)`."""


def respond(state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    """Say what one inbound leads to."""
    if inbound.kind == "rep":
        yield from _rep(state, inbound, given)
    elif inbound.kind == "delivery":
        yield DeliveryChanged(**inbound.data["delivery"])
    elif not state.is_open:
        return
    elif inbound.kind == "end":
        yield from _ended(state, by="user", why="the customer ended it")
    else:
        heard = _hear(state, inbound, given)
        yield from _received(state, inbound, heard)
        keyword = inbound.data.get("keyword")
        if keyword == "stop":
            yield from _stop(state, given)
            return
        if keyword in ("start", "yes") and STOPPED in state.slots:
            yield SlotSet(name=STOPPED, value=None, source="said", scope="user")
        if heard.why:
            inbound = replace(inbound, data={**inbound.data, "language": heard.why})
            if heard.to != state.language:
                yield LanguageChanged(language=heard.to, why=heard.why)
        if state.owner == NOBODY:
            yield from _route(state, given)
        yield from _owner_answers(state, inbound, given)


def _hear(state: SessionState, inbound: Inbound, given: Given) -> Heard:
    """What the words say of the language the session goes on in."""
    languages = given.desk.languages
    if len(languages) < 2 or inbound.kind != "message" or not inbound.text or inbound.reply is not None:
        return UNHEARD
    return hear(
        inbound.text,
        _surely_in(state, inbound.text, given.desk),
        current=state.language,
        before=state.said_in,
        is_asked=state.question is not None,
        languages=languages,
    )


def _surely_in(state: SessionState, text: str, desk: Desk) -> str:
    """The language that a message surely is in.

    A greeting is enough where nothing else is known: first words, and the default language until then.
    """
    if _may_be_a_name(state, text):
        return ""
    is_unknown = state.heard == 0 and state.language == desk.languages[0]
    return desk.surely_in(text) or (desk.said_only_in(text) if is_unknown else "")


def _may_be_a_name(state: SessionState, text: str) -> bool:
    """Whether it answers a question in words as an address or an e-mail does, which are of no language."""
    is_text = state.question is not None and state.question.shown["kind"] == "text"
    return is_text and ("@" in text or any(map(str.isdigit, text)))


def _stop(state: SessionState, given: Given) -> Outcome:
    """The customer wants no more messages: the session ends without a word.

    That they do is kept with the user, beyond this session; the outbox asks before each sending.
    """
    yield SlotSet(name=STOPPED, value=iso(given.now), source="said", scope="user")
    yield from _ended(state, by="user", why="the customer wrote STOP")


def _received(state: SessionState, inbound: Inbound, heard: Heard = UNHEARD) -> Outcome:
    """What the log keeps of an inbound itself."""
    if inbound.kind == "message":
        yield MessageReceived(
            n=state.last_inbound,
            key=inbound.external_id,
            text=inbound.text,
            reply=asdict(inbound.reply) if inbound.reply is not None else None,
            sent_at=inbound.sent_at,
            language=heard.surely,
        )
    elif inbound.kind == "event":
        yield EventTold(name=str(inbound.data.get("name", "")), data=inbound.data.get("data") or {})
    elif inbound.kind == "unsupported":
        yield EventTold(name="unsupported", data={"what": inbound.data.get("what", "")})


def broke(
    state: SessionState, inbound: Inbound, given: Given, error: BaseException, *, is_received: bool = False
) -> Outcome:
    """What a turn comes to when deciding it failed: the customer gets an apology and a person.

    `is_received`: what was decided before the failure stands, and the inbound's own event with it.
    """
    if not is_received:
        yield from _received(state, inbound)
    yield ErrorHappened(where="turn", what=type(error).__name__, detail=writable(str(error))[:2000])
    if state.is_open and owner_kind(state.owner) in ("bot", NOBODY):
        yield from _apologise(state, given)


def unreadable(state: SessionState, inbound: Inbound, error: BaseException) -> Outcome:
    """The least a turn can come to, when even the apology failed: the log has it, and the next one runs."""
    yield from _received(state, inbound)
    yield ErrorHappened(where="turn", what=type(error).__name__, detail=writable(str(error))[:2000])


def start(state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    """The events that open a session, before its first inbound is answered."""
    yield SessionStarted(
        user=state.user,
        channel=state.channel,
        channel_kind=state.channel_kind,
        ordinal=state.ordinal,
        language=state.language,
        time_zone=state.time_zone,
        origin=state.origin,
        at=iso(given.now),
    )
    models = [bot.slots for bot in given.desk.bots.values()]
    for name, value in given.user_slots.items():
        private = any(name in slots and slots[name].private for slots in models)
        yield SlotSet(name=name, value=value, source="user", scope="user", private=private)


def _ended(state: SessionState, *, by: str, why: str) -> Outcome:
    yield from cancel_timers(state)
    yield StatusChanged(status="ended", by=by, why=why)


def _route(state: SessionState, given: Given) -> Outcome:
    owner, because = choose_owner(given.desk, state, given.texts_at(state), given.reps)
    kind, name = owner_kind(owner), owner_name(owner)
    if kind == "bot":
        yield OwnerChanged(owner=owner, was=state.owner, because=because, at=iso(given.now))
        yield StatusChanged(status="active", by="desk")
        return
    queue, rep = (name, None) if kind == "queue" else (None, name)
    yield from hand_over(state, given, _system(given), queue=queue, rep=rep, because=because)


def _owner_answers(state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    for _ in range(MAX_HANDOVERS):
        owner = state.owner
        if owner_kind(owner) != "bot":
            yield from _people_read(state, inbound, given)
            return
        yield from _bot_answers(state, inbound, given)
        if owner_kind(state.owner) != "bot" or state.owner == owner:
            return
        # Handed to another bot: it answers the same words, which are no reply to any question of its.
        text = inbound.text if inbound.kind == "message" else ""
        inbound = replace(inbound, kind="message", text=text, reply=None)
    yield ErrorHappened(where=state.owner, what=f"{MAX_HANDOVERS} bots handed one message on and on")
    yield from _apologise(state, given)


def _people_read(state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    """A queue or a rep owns the session: nothing is answered, but what was chosen is read."""
    if inbound.kind == "timer":
        yield TimerFired(name=inbound.data["name"], gen=inbound.data["gen"])
    if inbound.kind != "message":
        return
    yield from _read_for_rep(state, inbound, given)
    # A channel that shows the place in the queue needs no sentence; others get it once a wait.
    if owner_kind(state.owner) == "queue" and not given.shows_queue and state.waited == 1:
        yield from _still_waiting(state, given)


def _bot_answers(state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    name = owner_name(state.owner)
    bot = given.desk.bot(name)
    if bot is None and state.frames:  # taken out of the newest release: what it began, it may finish
        older = given.release(state.frames[-1].release)
        bot = older.bot(name) if older is not None else None
    if bot is None or bot.kind not in BOT_KINDS:
        yield ErrorHappened(
            where=f"bots/{name}", what="the bot that owns the session is in no release any more"
        )
        yield from _apologise(state, given)
        return
    yield from BOT_KINDS[bot.kind](bot, state, inbound, given)


def _still_waiting(state: SessionState, given: Given) -> Outcome:
    opening = closed_until(state, given, owner_name(state.owner))
    if opening is None:
        yield from _say_system(state, given, "still_waiting")
    else:
        yield from say_system(state, given, _system(given), "nobody_available", then=opening)


def _apologise(state: SessionState, given: Given) -> Outcome:
    """Something broke: the customer is told kindly, and a person takes over."""
    yield from _say_system(state, given, "error")
    yield from hand_over(state, given, _system(given), because="something went wrong")


def _system(given: Given) -> BotContent:
    bot = given.desk.bot(SYSTEM)
    assert bot is not None  # the library always has it
    return bot


def _say_system(state: SessionState, given: Given, key: str) -> Outcome:
    yield from say_system(state, given, _system(given), key)


def _read_for_rep(state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    """A component that a rep sent is read back like a bot's, so the rep sees what was chosen."""
    question = state.question
    if question is None or (inbound.reply is not None and inbound.reply.to not in (None, question.message)):
        return
    kind = COMPONENT_KINDS[question.shown["kind"]]
    read = kind.read(question.shown, inbound.reply, inbound.text, given.moment(state))
    value = getattr(read, "value", None)
    if value is not None:
        yield QuestionAnswered(
            message=question.message,
            value=value,
            label=getattr(read, "label", ""),
            how=getattr(read, "how", ""),
            choose=inbound.reply.choose if inbound.reply is not None else None,
        )


# --- what a rep does -------------------------------------------------------------------------


def _rep(state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    rep, did = inbound.data["rep"], inbound.data["do"]
    code = _refusal(state, rep, did)
    if code is not None:
        yield RequestRefused(rep=rep, did=did, code=code)
        return
    yield from _REP_DOES[did](state, inbound.data, given)


def _refusal(state: SessionState, rep: str, did: str) -> str | None:
    """Why a rep may not do this now; None: go on."""
    if did not in _REP_DOES:
        return "unknown"
    if not state.is_open:
        return "ended"
    if did == "accept":
        if state.owner == f"rep:{rep}":
            return "already_yours"
        return None if owner_kind(state.owner) == "queue" else "taken"
    return None if state.owner == f"rep:{rep}" else "not_yours"


def _accept(state: SessionState, data: Mapping[str, Any], given: Given) -> Outcome:
    yield OwnerChanged(owner=f"rep:{data['rep']}", was=state.owner, because="accepted", at=iso(given.now))
    yield StatusChanged(status="active", by="rep")


def _say(state: SessionState, data: Mapping[str, Any], given: Given) -> Outcome:
    if not str(data.get("text", "")).strip():
        yield RequestRefused(rep=data["rep"], did="say", code="empty")
        return
    yield MessageSent(
        text=data["text"], author=f"rep:{data['rep']}", key=next_message(state), client=data.get("client", "")
    )


def _component(state: SessionState, data: Mapping[str, Any], given: Given) -> Outcome:
    shown = _shown_by_rep(state, str(data.get("name", "")), given)
    if shown is None:
        yield RequestRefused(rep=data["rep"], did="component", code="no_component")
        return
    message = next_message(state)
    yield MessageSent(
        text=shown["text"],
        component=sendable(shown),
        author=f"rep:{data['rep']}",
        key=message,
        client=data.get("client", ""),
    )
    if COMPONENT_KINDS[shown["kind"]].collects:
        yield QuestionAsked(message=message, shown=shown, at=iso(given.now))


def _shown_by_rep(state: SessionState, name: str, given: Given) -> dict[str, Any] | None:
    for bot in given.desk.bots.values():
        definition = bot.component(name)
        if definition is None:
            continue
        values: dict[str, Any] = dict.fromkeys(bot.slots)
        values.update((slot, one.value) for slot, one in state.slots.items())

        def texts(authored: Any, bot: BotContent = bot, values: dict[str, Any] = values) -> str:
            return bot.text(authored, state.language, values, given.texts_at(state))

        try:
            return COMPONENT_KINDS[definition.kind].show(definition, texts, {}, given.moment(state))
        except (ExpressionError, ValueError):
            return None
    return None


def _end(state: SessionState, data: Mapping[str, Any], given: Given) -> Outcome:
    yield from _say_system(state, given, "goodbye")
    yield from _ended(state, by="rep", why="the rep ended it")


def _give_back(state: SessionState, data: Mapping[str, Any], given: Given) -> Outcome:
    """The rep is gone: the session waits again, for somebody else."""
    queue = str((state.handoff or {}).get("queue") or given.desk.default_queue)
    yield OwnerChanged(
        owner=f"queue:{queue}", was=state.owner, because="the rep is no longer here", at=iso(given.now)
    )
    yield StatusChanged(status="waiting", by="desk")


_REP_DOES = {
    "accept": _accept,
    "say": _say,
    "component": _component,
    "end": _end,
    "give_back": _give_back,
}
