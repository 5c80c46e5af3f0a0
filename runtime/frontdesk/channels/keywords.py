"""STOP, START and HELP: words by which a customer rules what may be sent to their number.

Understood only as the whole message, without case, accents and punctuation, in every language at once.
"""

from __future__ import annotations

from collections.abc import Collection

from frontdesk.components.typed import fold

_ALWAYS = {
    "stop": (
        "stop|stop all|stopall|unsubscribe|opt out|optout|revoke"  # en
        "|arret|arreter|desabonner|me desabonner|desabonnement|desinscription"  # fr
        "|parar|detener|dar de baja|darse de baja|darme de baja|cancelar suscripcion"  # es
    ),
    "start": "start|unstop|reprendre|reanudar",
    "help": "help|aide|ayuda",
}
_BY_TELEPHONE = {"stop": "cancel|end|quit", "help": "info", "yes": "yes|oui|si"}
"""What carriers and providers obey on telephone numbers too, whatever a bot has asked. `yes` takes a STOP
back and means nothing else."""

_LONGEST = 40  # characters of a message that can be a keyword


def _table(*sources: dict[str, str]) -> dict[str, str]:
    return {word: keyword for one in sources for keyword, words in one.items() for word in words.split("|")}


_EVERYWHERE, _TELEPHONE = _table(_ALWAYS), _table(_ALWAYS, _BY_TELEPHONE)


def keyword_of(text: str, *, by_telephone: bool = True, stop_words: Collection[str] = ()) -> str:
    """`stop`, `start`, `help`, `yes`, or nothing. `stop_words`: a desk's own besides."""
    if len(text) > _LONGEST:
        return ""
    word = fold(text)
    if word and word in {fold(own) for own in stop_words}:
        return "stop"
    return (_TELEPHONE if by_telephone else _EVERYWHERE).get(word, "")
