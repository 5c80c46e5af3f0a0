"""Words that customers type in answer to a component, in every language we know at once.

What is said to customers stands in the locale catalogue; this is only what is understood. All words
are folded (`typed.fold`): lower case, no accents, no punctuation.
"""

from __future__ import annotations

import re
from functools import lru_cache

CARDINALS: dict[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "one a un une uno una",
            "two deux dos",
            "three trois tres",
            "four quatre cuatro",
            "five cinq cinco",
            "six seis",
            "seven sept siete",
            "eight huit ocho",
            "nine neuf nueve",
            "ten dix diez",
        ),
        start=1,
    )
    for word in words.split()
}

ORDINALS: dict[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "first premier premiere primer primero primera",
            "second deuxieme seconde segundo segunda",
            "third troisieme tercer tercero tercera",
            "fourth quatrieme cuarto cuarta",
            "fifth cinquieme quinto quinta",
            "sixth sixieme sexto sexta",
            "seventh septieme septimo septima",
            "eighth huitieme octavo octava",
            "ninth neuvieme noveno novena",
            "tenth dixieme decimo decima",
        ),
        start=1,
    )
    for word in words.split()
} | dict.fromkeys("last dernier derniere ultimo ultima".split(), -1)

_BEFORE = (
    "the le la les el los las please option options choice choix opcion number numero nr n no answer reponse "
    "respuesta i would like i want i d like je veux je voudrais quiero quisiera it s es c est "
    "its is esta think guess take choose pick prefer ll prends choisis prefere plutot elijo escojo tomo "
    "prefiero me quedo con"
).split()
_AFTER = "please merci gracias thanks svp stp option choice choix opcion one".split()
_POLITE = re.compile(r"\s*\b(?:s il (?:vous|te) plait|por favor|thank you)\s*")

# What is typed for the options that every question may have besides its own.
EXTRAS: dict[str, tuple[str, ...]] = {
    "skip": ("skip", "skip it", "none", "passer", "sauter", "ignorer", "omitir", "saltar"),
    "talk_to_person": (
        *("a person", "person", "human", "a human", "agent", "someone", "une personne", "personne"),
        *("quelqu un", "un humain", "conseiller", "una persona", "persona", "alguien", "un humano", "agente"),
    ),
}

MORE = frozenset("more next plus suite suivant mas siguiente otras autres others".split())
AROUND_MORE = frozenset(
    "show see me the options option choices ones please pls voir d de les choix svp ver las opciones".split()
)
"""Words that may stand beside one for more: "show me more options", "voir d'autres choix"."""

SOONEST = frozenset(
    {
        *(
            "asap",
            "as soon as possible",
            "the earliest",
            "earliest",
            "the soonest",
            "soonest",
            "the first day",
        ),
        *("le plus tot possible", "au plus tot", "des que possible", "le plus tot", "le premier jour"),
        *("lo antes posible", "cuanto antes", "lo mas pronto posible", "el primer dia"),
    }
)
"""The first day there is, however it is said."""

DENYING = frozenset("not no nor neither never without n pas ne ni sans aucun sin nunca tampoco".split())


@lru_cache(maxsize=2048)  # labels are compared again and again
def without_fillers(folded: str) -> str:
    """A short folded answer without "please", "the", "option" and the like around it; never empty."""
    words = _POLITE.sub(" ", folded).split()
    while len(words) > 1 and words[-1] in _AFTER:
        words.pop()
    while len(words) > 1 and words[0] in _BEFORE and (words[0] != "no" or words[1].isdecimal()):
        words.pop(0)  # "no 2" is number 2, but "no roto" denies
    return " ".join(words) or folded
