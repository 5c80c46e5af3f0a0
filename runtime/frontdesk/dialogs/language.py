"""When a session goes over to another language.

When the customer asks for it by name ("en français, s'il vous plaît"), or writes a message that is
surely in another of the desk's languages: twice in a row, or in answer to no question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from babel import Locale, UnknownLocaleError

from frontdesk.components.typed import fold
from frontdesk.locale import languages as spoken

LONGEST = 60  # characters of a message that asks for a language

_ASKING = re.compile(
    r"(?P<polite>(?:please|hello|hi|bonjour|hola|svp|s il vous plait|s il te plait|por favor|can we|could we|"
    r"can you|could you|can i|do you|i d like to|i would like to|i want to|i prefer|i d prefer|"
    r"i would prefer|i d rather|let s|je veux|je voudrais|je prefere|je prefererais|on peut|"
    r"peut on|pouvez vous|peux tu|quiero|quisiera|prefiero|preferiria|podemos|puede|puedes|puedo|"
    r"es posible|is it possible to) )*"
    r"(?:(?:to|speak|talk|write|continue|switch|change|go on|reply|answer|parler|parlez vous|parles tu|parle|"
    r"continuer|continuons|passer|ecrire|repondre|hablar|hablas|habla|seguir|cambiar|escribir|responder|"
    r"parlons|hablemos|to me|avec moi|conmigo) )*"
    r"(?P<how>in|en|to|into|a|al|speak|l|le|el)? ?(?P<name>{names})"
    r"(?: (?:please|thanks|thank you|svp|s il vous plait|s il te plait|por favor|merci|gracias|instead))*"
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message says of its language."""

    surely: str = ""  # of the desk's languages the one it surely is in
    to: str = ""  # the language to go over to
    why: Literal["", "asked", "written"] = ""


def hear(
    text: str,
    surely: str,
    *,
    current: str,
    before: str,
    is_asked: bool,
    languages: Sequence[str],
) -> Heard:
    """The language a message asks for or goes over to.

    `surely` is what the message surely is in, `before` what the last sure one was in; `is_asked`: a
    question is open. "1042", "ok" and a name are sure of nothing, and change nothing.
    """
    if len(languages) < 2:
        return Heard()
    named = asked_for(text, languages, is_asked=is_asked)
    if named:
        return Heard(surely, named, "asked")
    is_other = surely in languages and surely != current
    if is_other and (not is_asked or surely == before):
        return Heard(surely, surely, "written")
    return Heard(surely)


def asked_for(text: str, languages: Sequence[str], *, is_asked: bool = False) -> str:
    """The language that a message asks for; its name alone may be the answer to an open question."""
    if len(text) > LONGEST:
        return ""
    names = _names(tuple(languages))
    found = _asking(tuple(names)).fullmatch(fold(text))
    if found is None:
        return ""
    is_name_alone = found[0] == found["name"]
    return "" if is_asked and is_name_alone else names[found["name"]]


@lru_cache(maxsize=64)
def _asking(names: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(_ASKING.pattern.replace("{names}", "|".join(map(re.escape, longest_first))))


@lru_cache(maxsize=64)
def _names(languages: tuple[str, ...]) -> dict[str, str]:
    """Every name of the languages, in themselves and in every language of the catalogue."""
    found: dict[str, str] = {}
    for language in languages:
        try:
            locale = Locale.parse(language.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
        short = Locale(locale.language)
        for reader in dict.fromkeys((language, *spoken())):
            for one in (locale, short):
                name = fold(one.get_display_name(reader.replace("-", "_")) or "")
                if name:
                    found.setdefault(name, language)
    return found
