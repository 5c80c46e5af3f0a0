"""A sentence as numbers: tf-idf of its words, of word pairs, and of the characters of each word.

Words and pairs are stemmed lightly, characters are raw. Characters, and words, depend on one piece (what
stands between two spaces) only, so a piece met before costs one lookup.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Name = TypeVar("Name", str, int)

NEAR = 4  # two words make a pair when they stand at most so many words apart
GRAMS = (2, 3, 4)  # lengths of character n-grams
WORDS_WEIGH = 0.8  # of words and pairs, beside characters
PAIR = 1 << 24  # a pair's key is its lower word's number times this, plus its higher word's
MAX_WORD = 48  # of a longer piece only the beginning and the end are read: a link, a key pressed down
MAX_PIECES = 2_000
_MEMORY = 8_192  # pieces whose features are remembered

_WORD = re.compile(r"\w+")
_SUFFIXES = "ations ation ments ings ment ing ies es ed ly s e y".split()
_STEM = 3  # letters a stem keeps
_NONE = np.empty(0, dtype=np.int32)
_TF = np.array([0.0, *(1 + np.log(np.arange(1, 256)))], dtype=np.float32)  # by count


def plain(text: str) -> str:
    """Lower case, without accents."""
    text = text.lower()
    if text.isascii():
        return text
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


def pieces(text: str) -> list[str]:
    """What stands between spaces, bounded."""
    found = plain(text).split()[:MAX_PIECES]
    half = MAX_WORD // 2
    return [each if len(each) <= MAX_WORD else each[:half] + each[-half:] for each in found]


def words(piece: str) -> list[str]:
    """The stems of a piece's words."""
    return [stem(each) for each in _WORD.findall(piece)]


def stem(word: str) -> str:
    """`changing` and `change` are `chang`; English endings, which do French and Spanish no harm."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _STEM:
            return word[: -len(suffix)]
    return word


def grams(piece: str) -> list[str]:
    """The character n-grams of a piece and the spaces around it."""
    padded = f" {piece} "
    size = len(padded)
    return [padded[at : at + n] for n in GRAMS for at in range(size - n + 1)]


def pair_keys(said: Sequence[int]) -> list[int]:
    """A key for every two words that stand near each other, in whichever order."""
    return [
        one * PAIR + other if one < other else other * PAIR + one
        for at, one in enumerate(said)
        for other in said[at + 1 : at + 1 + NEAR]
    ]


@dataclass(frozen=True, slots=True)
class Rows:
    """Sentences as sparse rows: row i has `values[start[i]:start[i+1]]` at the same place of `ids`."""

    start: NDArray[np.int64]
    ids: Ints
    values: Floats

    def __len__(self) -> int:
        return len(self.start) - 1

    def __iter__(self) -> Iterator[tuple[Ints, Floats]]:
        for begin, end in pairwise(self.start.tolist()):
            yield self.ids[begin:end], self.values[begin:end]

    def take(self, rows: NDArray[np.int64]) -> Rows:
        """These rows, in this order."""
        sizes = np.diff(self.start)[rows]
        start = np.concatenate(([0], np.cumsum(sizes)))
        inside = np.arange(start[-1]) - np.repeat(start[:-1], sizes)
        places = np.repeat(self.start[:-1][rows], sizes) + inside
        return Rows(start, self.ids[places], self.values[places])


class Features:
    """What a model knows of language: its words, n-grams and pairs, and how rare each is.

    Numbers run through words, then n-grams, then pairs.
    """

    def __init__(self, words: Sequence[str], grams: Sequence[str], pairs: Sequence[int], idf: Floats) -> None:
        self.first_gram = len(words)
        self.first_pair = len(words) + len(grams)
        self.words = {word: at for at, word in enumerate(words)}
        self.grams = {gram: at for at, gram in enumerate(grams, self.first_gram)}
        self.pairs = {key: at for at, key in enumerate(pairs, self.first_pair)}
        self.idf = idf
        self._read = lru_cache(maxsize=_MEMORY)(self._read_piece)

    def __len__(self) -> int:
        return len(self.idf)

    def is_gram(self, ids: Ints) -> NDArray[np.bool_]:
        """Which of these features are character n-grams."""
        return (ids >= self.first_gram) & (ids < self.first_pair)

    def vector(self, text: str) -> tuple[Ints, Floats]:
        """The features of a sentence that the model knows: their numbers and values."""
        said: list[int] = []
        letters: list[Ints] = [_NONE]
        for piece in pieces(text):
            known_words, known_grams = self._read(piece)
            said += known_words
            letters.append(known_grams)
        word_ids, word_values = self._block(np.array(self._words_and_pairs(said), dtype=np.int32))
        word_values *= np.float32(WORDS_WEIGH)
        ids, values = self._block(np.concatenate(letters))
        return np.concatenate((word_ids, ids)), np.concatenate((word_values, values))

    def _words_and_pairs(self, said: list[int]) -> list[int]:
        known = self.pairs
        numbers = [word for word in said if word >= 0]
        numbers += [number for key in pair_keys(said) if (number := known.get(key)) is not None]
        return numbers

    def _block(self, numbers: Ints) -> tuple[Ints, Floats]:
        """Weighed by rarity and count, at length 1."""
        if not len(numbers):
            return numbers, np.empty(0, dtype=np.float32)
        numbers.sort()
        is_last = np.empty(len(numbers), dtype=np.bool_)
        is_last[-1] = True
        np.not_equal(numbers[1:], numbers[:-1], out=is_last[:-1])
        last = is_last.nonzero()[0]
        ids = numbers.take(last)
        values: Floats = self.idf.take(ids)
        if len(ids) < len(numbers):
            last[1:] -= last[:-1]
            last[0] += 1
            values *= _TF.take(last, mode="clip")
        values /= np.float32(math.sqrt(values @ values))
        return ids, values

    def _read_piece(self, piece: str) -> tuple[list[int], Ints]:
        """The numbers of a piece's words and n-grams.

        A word nobody knows has one below zero: it keeps its place, so that pairs stay near.
        """
        known = self.grams
        numbers = [number for gram in grams(piece) if (number := known.get(gram)) is not None]
        return [self.words.get(word, -PAIR) for word in words(piece)], np.array(numbers, dtype=np.int32)


def learn(texts: Sequence[str]) -> tuple[Features, Rows]:
    """The features of these sentences, and the sentences as rows."""
    reader = _Reader()
    for text in texts:
        reader.read(text)
    return reader.learnt()


class _Reader:
    """Sentences being read, every occurrence of every feature noted."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.grams: dict[str, int] = {}
        self.said: list[int] = []
        self.letters: list[int] = []
        self.pairs: list[int] = []
        self.sizes: list[tuple[int, int, int]] = []  # of the three above, by sentence
        self._pieces: dict[str, tuple[list[int], list[int]]] = {}

    def read(self, text: str) -> None:
        said: list[int] = []
        before = len(self.letters)
        for piece in pieces(text):
            numbers = self._pieces.get(piece)
            if numbers is None:
                numbers = self._pieces[piece] = (
                    [self.words.setdefault(word, len(self.words)) for word in words(piece)],
                    [self.grams.setdefault(gram, len(self.grams)) for gram in grams(piece)],
                )
            said += numbers[0]
            self.letters += numbers[1]
        keys = pair_keys(said)
        self.said += said
        self.pairs += keys
        self.sizes.append((len(said), len(self.letters) - before, len(keys)))

    def learnt(self) -> tuple[Features, Rows]:
        count = len(self.sizes)
        sizes = np.array(self.sizes, dtype=np.int64).reshape(count, 3)
        pairs, of_pair = np.unique(np.array(self.pairs, dtype=np.int64), return_inverse=True)
        first_gram, first_pair = len(self.words), len(self.words) + len(self.grams)
        total = first_pair + len(pairs)
        sentence = np.concatenate([np.repeat(np.arange(count), sizes[:, at]) for at in range(3)])
        feature = np.concatenate(
            [
                np.array(self.said, dtype=np.int64),
                np.array(self.letters, dtype=np.int64) + first_gram,
                of_pair.reshape(-1) + first_pair,
            ]
        )
        keys, counts = np.unique(sentence * max(total, 1) + feature, return_counts=True)
        row, ids = np.divmod(keys, max(total, 1))
        idf = np.log((1 + count) / (1 + np.bincount(ids, minlength=total))) + 1
        values = idf[ids] * _TF.take(counts, mode="clip")
        is_gram = (ids >= first_gram) & (ids < first_pair)
        values = normalised(values, row, is_gram, count)
        start = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=count))))
        features = Features(list(self.words), list(self.grams), pairs.tolist(), idf.astype(np.float32))
        return features, Rows(start, ids.astype(np.int32), values)


def normalised(
    values: NDArray[np.floating], row: NDArray[np.int64], is_gram: NDArray[np.bool_], count: int
) -> Floats:
    """Each row's two blocks at their length: 1 of characters, less of words."""
    block = row * 2 + is_gram
    length = np.sqrt(np.bincount(block, weights=np.square(values), minlength=2 * count))
    length[length == 0] = 1
    length[::2] /= WORDS_WEIGH
    scaled: Floats = (values / length[block]).astype(np.float32)
    return scaled


def in_order(known: Mapping[Name, int]) -> list[Name]:
    """Features in the order of their numbers."""
    return sorted(known, key=known.__getitem__)
