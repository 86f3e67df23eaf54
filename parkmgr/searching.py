"""Finding things by name in any script: Rayak, Райак and 拉亚克 find one another, because a row is found by all its names.

A row's `search` column holds its names folded (case, width, ё) and their transliteration into Latin letters, so that a name that is
stored in Cyrillic only is found by its Latin spelling, and the other way round; a Chinese name is found by its reading.
"""

from __future__ import annotations

import unicodedata

from anyascii import anyascii
from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from parkmgr.values import Names

_TERMS, _LENGTH = 8, 100
_SQUEEZED = str.maketrans("", "", " -'’`.\"")


def folded(text: str) -> str:
    """Return *text* as it is compared: one case, one width, е for ё, single spaces, nothing that cannot be stored."""
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs", "Cf") else letter for letter in plain)
    return " ".join(plain.casefold().replace("ё", "е").split())


def _latin(text: str) -> str:
    return " ".join(anyascii(text).lower().split())


def searchable(names: Names | None, *words: str | None) -> str:
    """Return the text that a thing with *names* is found in; *words* (codes, identifiers) are found as they are written."""
    own = [folded(name) for name in names.all()] if names else []
    latin = [_latin(name) for name in own]
    squeezed = [name.translate(_SQUEEZED) for name in latin]
    return " ".join(dict.fromkeys([*own, *(folded(word) for word in words if word), *latin, *squeezed]))


def _spellings(term: str) -> list[str]:
    latin = _latin(term)
    spellings = (term, latin, latin.translate(_SQUEEZED))
    return [spelling for spelling in dict.fromkeys(spellings) if spelling]


def matches(column: ColumnElement[str] | InstrumentedAttribute[str], query: str) -> ColumnElement[bool]:
    """Tell whether every word of *query*, as written or as it would be written in Latin letters, is in *column*."""
    terms = folded(query[: _TERMS * _LENGTH]).split()[:_TERMS]
    return and_(true(), *(or_(*(column.contains(spelling, autoescape=True) for spelling in _spellings(term[:_LENGTH]))) for term in terms))
