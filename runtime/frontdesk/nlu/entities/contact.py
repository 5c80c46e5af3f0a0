"""E-mail addresses, telephone numbers and web addresses.

The libraries that judge them are imported only when a text looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from frontdesk.nlu.entities.base import Found

_EMAIL = re.compile(r"[^\s@<>()\[\]{},;:\"'|]{1,64}@[^\s@<>()\[\]{},;:\"'|]{1,190}")
_URL = re.compile(r"(?<![\w@.])(?:https?://[^\s<>\"]{1,500}|www\.[^\s<>\"]{1,300})", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.,/-])\(?\+?\(?\d[\d\s().\u00a0-]{5,22}\d(?![\w/-])")
_REGIONS = {"en": ("US", "GB"), "fr": ("FR", "BE"), "es": ("ES", "MX")}
_TRAILING = ".,;:!?)»…'\""


def contacts(text: str, language: str) -> Iterator[Found]:
    """The addresses and numbers of a sentence."""
    if "@" in text:
        yield from _emails(text)
    if "://" in text or "www." in text.lower():
        yield from _urls(text)
    if sum(map(str.isdigit, text)) >= 7:
        yield from _phones(text, language)


def _emails(text: str) -> Iterator[Found]:
    from email_validator import EmailNotValidError, validate_email

    for match in _EMAIL.finditer(text):
        said = match[0].rstrip(_TRAILING)
        try:
            value = validate_email(said, check_deliverability=False).normalized
        except (EmailNotValidError, ValueError):
            continue
        yield Found(entity="email", value=value, start=match.start(), end=match.start() + len(said))


def _urls(text: str) -> Iterator[Found]:
    for match in _URL.finditer(text):
        said = match[0].rstrip(_TRAILING)
        value = said if "://" in said else f"https://{said}"
        yield Found(entity="url", value=value, start=match.start(), end=match.start() + len(said))


def _phones(text: str, language: str) -> Iterator[Found]:
    candidates = list(_PHONE.finditer(text))
    if not any(len(re.sub(r"\D", "", match[0])) >= 7 for match in candidates):
        return
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

    for match in candidates:
        for region in _regions(language):
            try:
                number = parse(match[0], region)
            except NumberParseException:
                continue
            if is_valid_number(number):
                value = format_number(number, PhoneNumberFormat.E164)
                yield Found(entity="phone", value=value, start=match.start(), end=match.end())
                break


def _regions(language: str) -> tuple[str, ...]:
    """Where a number without a country's code may be from: the language tag's own country first."""
    base, _, region = language.replace("_", "-").partition("-")
    own = (region.upper(),) if len(region) == 2 else ()
    return (*own, *_REGIONS.get(base, ("US",)))
