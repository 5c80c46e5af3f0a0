"""Sums of money: `20 €`, `$1,234.50`, `vingt euros`, `5 euros y 50 céntimos`."""

from __future__ import annotations

from frontdesk.nlu.entities.rules import Said, rule

Money = dict[str, int | float | str]


@rule("money", "money", "number currency and? number cent", "number currency and number(?!unit)")
def with_cents(said: Said) -> Money | None:
    """`5 euros and 50 cents`."""
    whole, part = (atom.value for atom in said.all("number"))
    if not 0 <= part < 100 or whole != int(whole) or not (said.has("cent") or part >= 10):
        return None
    return _sum(round(whole + part / 100, 2), said.one("currency"))


@rule("money", "money", "number currency number")
def sign_between(said: Said) -> Money | None:
    """`12€50`."""
    whole, part = said.all("number")
    sign = said.all("currency")[0]
    if not (whole.end == sign.start and sign.end == part.start and part.end - part.start == 2):
        return None
    return _sum(whole.value + part.value / 100, sign.value) if part.value == int(part.value) else None


@rule("money", "money", "[number an] (?:of|du)? currency", "currency number")
def amount(said: Said) -> Money:
    """`20 €`, `€20`, `a dollar`."""
    return _sum(said.one("number", "an"), said.one("currency"))


def _sum(value: int | float, currency: str) -> Money:
    return {"amount": value, "currency": currency}
