"""Numbers, written and typed: `quatre-vingt-dix-sept`, `two hundred and five`, `1.234,5`."""

from __future__ import annotations

from frontdesk.nlu.entities.rules import Said, rule
from frontdesk.nlu.entities.sentence import Atom

_LARGEST = 10**15


def with_numbers(atoms: list[Atom], language: str) -> list[Atom]:
    """The atoms with each row of number words made one number."""
    found: list[Atom] = []
    place = 0
    while place < len(atoms):
        count, value = _spoken_number(atoms, place, language)
        if count:
            last = atoms[place + count - 1]
            found.append(Atom("number", value, atoms[place].start, last.end))
            place += count
        else:
            found.append(atoms[place])
            place += 1
    return found


def _spoken_number(atoms: list[Atom], place: int, language: str) -> tuple[int, int | float]:
    """How many atoms from here are one number, and which."""
    reading = _Reading(language)
    at = place
    while at < len(atoms):
        step = _next_word(atoms, at, reading)
        if not step or not reading.take(atoms[at + step - 1]):
            break
        at += step
    if at == place or (at == place + 1 and atoms[place].kind in {"an", "number"}):
        return 0, 0
    return at - place, reading.value()


def _next_word(atoms: list[Atom], at: int, reading: _Reading) -> int:
    """How many atoms ahead the next part of the number is: 1, 2 after an `and`, 0 when there is none."""
    kind = atoms[at].kind
    if kind in {"digit_word", "multiplier"}:
        return 1
    if kind == "number":
        return 1 if reading.is_new and at + 1 < len(atoms) and atoms[at + 1].kind == "multiplier" else 0
    if kind == "an" and reading.is_before_one():
        return 1
    if kind == "an":
        return 1 if reading.is_new and at + 1 < len(atoms) and atoms[at + 1].kind == "multiplier" else 0
    if kind == "and" and at + 1 < len(atoms) and reading.joins_by_and(atoms[at + 1]):
        return 2
    return 0


class _Reading:
    """A number being read word by word."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.is_new = True
        self._total: int | float = 0
        self._group: int | float = 0  # what is below the last `thousand`

    def value(self) -> int | float:
        return self._total + self._group

    def joins_by_and(self, after: Atom) -> bool:
        """Whether `and` before this atom is part of the number."""
        if self.is_new or after.kind not in {"digit_word", "an"} or isinstance(self._group, float):
            return False
        if self.language == "en":
            hundreds = self._group and self._group % 100 == 0
            return after.kind != "an" and bool(hundreds or (self._total and not self._group))
        tens = self._group % 100
        if self.language == "fr":
            return tens in {20, 30, 40, 50, 60, 70, 90} and after.value in ({1, 11} if tens == 60 else {1})
        return 30 <= tens <= 90 and tens % 10 == 0 and after.value < 10

    def is_before_one(self) -> bool:
        """Whether `un` right after this is a part of it: `quatre-vingt-un`, `ciento un`."""
        if self.is_new or self.language == "en" or isinstance(self._group, float):
            return False
        return self._group % 100 == 80 if self.language == "fr" else self._group > 0 == self._group % 100

    def take(self, atom: Atom) -> bool:
        """Add a word; False when it begins another number."""
        taken = self._multiply(atom.value) if atom.kind == "multiplier" else self._add(atom.value)
        self.is_new = self.is_new and not taken
        return taken

    def _multiply(self, by: int) -> bool:
        if by == 100:
            if self._group >= 100 or (self._group == 0 and not self.is_new and not self._total):
                return False
            self._group = max(self._group, 1) * 100
            return True
        if self._total % (by * 1000) or (self.is_new and self.language == "en"):
            return False
        self._total += max(self._group, 1) * by
        self._group = 0
        return self._total < _LARGEST

    def _add(self, value: int) -> bool:
        group = self._group
        if self.is_new:
            self._group = value
            return True
        if value == 0 or isinstance(group, float):
            return False
        if self.language == "fr" and value == 20 and group % 100 == 4:
            self._group += 76  # quatre-vingts
            return True
        if not self._has_room(int(group), value):
            return False
        self._group += value
        return True

    def _has_room(self, group: int, value: int) -> bool:
        """Whether a value fits behind what was said: 5 behind 20, 30 behind 100."""
        if group == 0:
            return self._total > 0
        tens = group % 100
        if value < 10:
            teen = self.language == "fr" and tens in {10, 70, 90} and value >= 7
            return teen or tens == 0 or (tens % 10 == 0 and tens >= 20)
        if value < 20:
            return tens == 0 or (self.language == "fr" and tens in {60, 80})
        return tens == 0 and (value < 100 or group % 1000 == 0)


@rule("numbers", "number", "number point number")
def decimals_in_words(said: Said) -> float | None:
    """`two point five`."""
    whole, part = (atom.value for atom in said.all("number"))
    if not (isinstance(whole, int) and isinstance(part, int) and part < 1000):
        return None
    return float(f"{whole}.{part}")


@rule("numbers", "number", "minus number")
def below_zero(said: Said) -> int | float:
    """`minus five`."""
    return -float(said.one("number")) if isinstance(said.one("number"), float) else -int(said.one("number"))


@rule("numbers", "ordinal", "number ordinal")
def compound_ordinal(said: Said) -> int | None:
    """`twenty-first`."""
    tens, atom = said.one("number"), said.all("ordinal")[0]
    if said.all("number")[0].digits or atom.digits or tens not in {20, 30} or atom.value > 9:
        return None
    return int(tens + atom.value)
