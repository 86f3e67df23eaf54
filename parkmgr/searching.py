"""Finding things by name in any script: Rayak, Райак and 拉亚克 find one another, whichever of them is stored.

A row's `search` column holds its names folded (case, width, ё), their transliteration into Latin letters, and the consonants
that each word sounds like. Chinese spells foreign names by sound (拉亚克 is read la-ya-ke), so only consonants can be compared,
and only between scripts: a Latin word is never found by its consonants in Latin words.
"""

from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii
from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from parkmgr.values import Names

_TERMS, _LENGTH = 8, 100
_SHORTEST, _KEY = 3, 6
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_SQUEEZED = str.maketrans("", "", " -'’`.\"")
_SOUNDS = str.maketrans("lbdgcqvzx", "rptkkkfss", "aeiouw")


def folded(text: str) -> str:
    """Return *text* as it is compared: one case, one width, е for ё, single spaces, nothing that cannot be stored."""
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs", "Cf") or letter in "~^" else letter for letter in plain)
    return " ".join(plain.casefold().replace("ё", "е").split())


def _latin(text: str) -> str:
    return " ".join(anyascii(text).lower().split())


def _consonants(latin: str) -> str:
    letters = "".join(letter for letter in latin if letter.isascii() and letter.isalpha())
    return re.sub(r"([szc])h", r"\1", letters.replace("kh", "h")).translate(_SOUNDS)[:_KEY]


def _sounds(text: str) -> set[str]:
    """Return the marked consonants of a folded text: `~` before what was written in Chinese, `^` before what was not."""
    found: set[str] = set()
    for run in _HAN.findall(text):
        syllables = [_latin(sign) for sign in run]
        found.update(_marked("~", _consonants("".join(syllables[start : start + _KEY]))) for start in range(len(run)))
    for word in re.findall(r"[^\W\d_]+", _HAN.sub(" ", text)):
        found.add(_marked("^", _consonants(_latin(word))))
    return {sound for sound in found if len(sound) >= 2 * _SHORTEST}


def _marked(mark: str, consonants: str) -> str:
    """Return the consonants with the mark before each, so that what people type is never found among them."""
    return "".join(mark + letter for letter in consonants)


def searchable(names: Names | None, *words: str | None) -> str:
    """Return the text that a thing with *names* is found in; *words* (codes, identifiers) are found as they are written."""
    own = [folded(name) for name in names.all()] if names else []
    latin = [_latin(name) for name in own]
    squeezed = [name.translate(_SQUEEZED) for name in latin]
    sounds = sorted(set().union(*(_sounds(name) for name in own))) if own else []
    return " ".join(dict.fromkeys([*own, *(folded(word) for word in words if word), *latin, *squeezed, *sounds]))


def _spellings(term: str) -> list[str]:
    latin = _latin(term)
    spellings = [term, latin]
    if not any(letter.isdigit() for letter in term):
        spellings.append(latin.translate(_SQUEEZED))
        other = "^" if _HAN.search(term) else "~"
        sound = _consonants(latin)
        if len(sound) >= _SHORTEST and term.replace("-", "").isalpha():
            spellings.append(_marked(other, sound))
    return [spelling for spelling in dict.fromkeys(spellings) if spelling]


def matches(column: ColumnElement[str] | InstrumentedAttribute[str], query: str) -> ColumnElement[bool]:
    """Tell whether every word of *query*, as written or as it would be written or sound in another script, is in *column*."""
    terms = folded(query[: _TERMS * _LENGTH]).split()[:_TERMS]
    return and_(true(), *(or_(*(column.contains(spelling, autoescape=True) for spelling in _spellings(term[:_LENGTH]))) for term in terms))
