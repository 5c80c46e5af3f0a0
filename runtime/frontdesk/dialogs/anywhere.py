"""Words that mean the same everywhere: cancel, back, help, a person.

Only as the whole message, in every language at once. A bot's own dialog with the keyword, or an
intent with the example, goes first. What is said to customers stands in the locale catalogue; this
is what is understood. All words are folded (`typed.fold`): lower case, no accents, no punctuation.
"""

from __future__ import annotations

import re

from frontdesk.components.typed import fold
from frontdesk.components.words import without_fillers
from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.base import Outcome, WaitingStep
from frontdesk.dialogs.progress import Progress
from frontdesk.dialogs.run import DialogRun
from frontdesk.locale import t

LONGEST = 60  # characters of a message that can be such a word

_WORDS = {
    "cancel": (
        "cancel|cancel this|cancel that|cancel it|never mind|nevermind|forget it|forget about it|stop this|"
        "quit|exit|annuler|annule|annulez|laisse tomber|laissez tomber|oubliez|oublie|abandonner|"
        "cancelar|cancela|cancele|dejalo|dejelo|olvidalo|olvidelo|no importa"
    ),
    "back": (
        "go back|take me back|back please|step back|previous question|the previous question|go back one step|"
        "revenir en arriere|retour en arriere|question precedente|la question precedente|"
        "volver atras|ir atras|pregunta anterior|la pregunta anterior"
    ),
    "help": (
        "help|help me|can you help me|i need help|need help|what can you do|what can i ask|"
        "aide|aidez moi|aide moi|besoin d aide|j ai besoin d aide|a l aide|que peux tu faire|"
        "que pouvez vous faire|ayuda|ayudame|ayudeme|necesito ayuda|que puedes hacer|que puede hacer"
    ),
    "person": (
        "a person|a human|a human being|a real person|real person|a real human|human agent|live agent|"
        "{talk} {someone}|someone real|customer service|"
        "une personne|un humain|un conseiller|une vraie personne|{parler} {quelqu_un}|service client|"
        "una persona|un humano|un agente|una persona real|{hablar} {alguien}|atencion al cliente"
    ),
}
_LOOSE = {  # alone they are too likely an answer to a question that takes any words
    "back": "back|previous|undo|precedent|precedente|revenir|atras|volver|anterior",
    "person": (
        "person|human|agent|representative|operator|someone|humain|conseiller|quelqu un|"
        "persona|humano|agente|alguien"
    ),
}
_PARTS = {
    "{talk}": r"(?:(?:can|could|may) i |i want to |i would like to |i d like to |i need to |let me )?"
    r"(?:talk|speak|chat) (?:to|with)",
    "{someone}": r"(?:a |an |your |the )?(?:real |live )?(?:person|human|human being|someone|somebody|agent|"
    r"colleague|representative|operator|manager|supervisor)(?: now| right now)?",
    "{parler}": r"(?:je veux |je voudrais |j aimerais |puis je |est ce que je peux )?parler (?:a|avec)",
    "{quelqu_un}": r"(?:une vraie personne|une personne|quelqu un|un humain|un conseiller|un agent|"
    r"(?:un|le|votre) (?:responsable|chef))(?: maintenant| tout de suite)?",
    "{hablar}": r"(?:quiero |quisiera |me gustaria |puedo |necesito )?hablar con",
    "{alguien}": r"(?:una persona(?: real)?|alguien|un humano|un agente|un companero|"
    r"(?:un|el|su) (?:encargado|responsable|jefe))(?: ahora| ahora mismo| ya)?",
}


def _pattern(written: str) -> re.Pattern[str]:
    for name, part in _PARTS.items():
        written = written.replace(name, part)
    return re.compile(written)


_SURE = {word: _pattern(written) for word, written in _WORDS.items()}
_ANY = {
    word: _pattern(f"{_LOOSE[word]}|{_WORDS[word]}" if word in _LOOSE else _WORDS[word]) for word in _WORDS
}


def word_in(text: str, *, is_open: bool = False) -> str:
    """`cancel`, `back`, `help`, `person` or nothing. `is_open`: any words would answer the open question."""
    if len(text) > LONGEST:
        return ""
    said = fold(text)
    for word, pattern in (_SURE if is_open else _ANY).items():
        if pattern.fullmatch(said) or pattern.fullmatch(without_fillers(said)):
            return word
    return ""


def do(word: str, progress: Progress, found: tuple[DialogRun, WaitingStep] | None) -> Outcome:
    """What such a word leads to."""
    if word == "person":
        yield from progress.hand_over("asked for a person")
    elif word == "help":
        yield from _help(progress, found)
    elif word == "back" and found is not None:
        yield from _back(progress, *found)
    elif word == "cancel":
        yield from progress.cancel()


def _help(progress: Progress, found: tuple[DialogRun, WaitingStep] | None) -> Outcome:
    key = "help" if progress.bot.has_message("help") else "welcome"
    yield from progress.outside().send_system(key)
    if found is not None:
        run, step = found
        yield from run.safely(run.ask_open_again(step))
        yield from progress.go_on(run)


def _back(progress: Progress, run: DialogRun, step: WaitingStep) -> Outcome:
    """To the question before the open one, its slot cleared."""
    asks = (_ask_at(run, place) for place in reversed(run.frame.answered))
    before = next((ask for ask in asks if ask is not None and ask is not step), None)
    if before is None:
        first = t(progress.state.language, "desk.first_question")
        yield from run.safely(run.ask_open_again(step, first))
    else:
        yield from run.keep_slot(before.ask, None)
        yield from run.return_to(before.place)
        run.frame.answered = run.frame.answered[: run.frame.answered.index(before.place)]
    yield from progress.go_on(run)


def _ask_at(run: DialogRun, place: str) -> Ask | None:
    path = run.content.ways.get(place)
    if path is None:
        return None
    steps, index = path[-1]
    step = steps[index]
    return step if isinstance(step, Ask) else None
