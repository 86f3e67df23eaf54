"""Every text that the program can say is translated, and every translation can be said."""

from __future__ import annotations

import gettext
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from parkmgr.web.words import WORDS

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("ru", "zh")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}")
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the code and the templates say now, collected as `make catalogues` does."""
    found = tmp_path_factory.mktemp("texts") / "messages.pot"
    options = next(line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if "pybabel -q extract" in line)
    keywords = re.findall(r"-k (\w+)", options)
    arguments = ["pybabel", "-q", "extract", "-F", str(ROOT / "pyproject.toml"), "--no-location", "-o", str(found)]
    CommandLineInterface().run([*arguments, *(part for word in keywords for part in ("-k", word)), str(ROOT)])
    with found.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module", params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    """The catalogue of a language."""
    with (ROOT / "parkmgr" / "translations" / request.param / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=request.param, abort_invalid=True)


def texts(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_every_text_of_the_program_is_in_the_catalogue_and_no_other(template: Catalog, catalogue: Catalog) -> None:
    said = {(message.context, message.id) for message in texts(template)}
    known = {(message.context, message.id) for message in texts(catalogue)}
    assert said - known == set(), "run `make catalogues` and translate what is new"
    assert known - said == set(), "run `make catalogues`: nothing says these any more"
    assert len(said) > 900


def test_nothing_is_left_empty_or_fuzzy(catalogue: Catalog) -> None:
    assert [message.id for message in texts(catalogue) if not all(text.strip() for text in forms(message.string))] == []
    assert [message.id for message in texts(catalogue) if message.fuzzy] == []


def test_a_translation_has_the_facts_of_its_source(catalogue: Catalog) -> None:
    wrong = [
        (message.id, text)
        for message in texts(catalogue)
        for text in forms(message.string)
        if Counter(PLACEHOLDER.findall(text)) not in [Counter(PLACEHOLDER.findall(source)) for source in forms(message.id)]
    ]
    assert wrong == []


def test_a_text_has_all_plural_forms_of_its_language(catalogue: Catalog) -> None:
    assert [m.id for m in texts(catalogue) if not isinstance(m.id, str) and len(forms(m.string)) != catalogue.num_plurals] == []


def test_no_language_has_letters_of_another(catalogue: Catalog) -> None:
    foreign = CHINESE if str(catalogue.locale) == "ru" else CYRILLIC
    assert [text for message in texts(catalogue) for text in forms(message.string) if foreign.search(text)] == []


def test_a_sentence_stays_a_sentence(catalogue: Catalog) -> None:
    ends = {".": ".。", "?": "?？", ":": ":：", "!": "!！"}
    wrong = [
        (source, text)
        for message in texts(catalogue)
        for source, text in zip(forms(message.id), forms(message.string), strict=False)
        if text.rstrip()[-1] not in ends.get(source.rstrip()[-1], text.rstrip()[-1])
    ]
    assert wrong == []


def test_white_space_at_the_ends_is_kept(catalogue: Catalog) -> None:
    assert [m.id for m in texts(catalogue) if isinstance(m.id, str) and m.id.startswith(" ") != m.string.startswith(" ")] == []
    assert [m.id for m in texts(catalogue) if isinstance(m.id, str) and m.id.endswith(" ") != m.string.endswith(" ")] == []


def test_every_word_for_a_code_is_translated(catalogue: Catalog) -> None:
    words = {word for family, named in WORDS.items() if family != "language" for word in named.values()}
    assert sorted(word for word in words if word not in catalogue or not catalogue[word].string) == []


def test_the_catalogue_compiles_and_answers(catalogue: Catalog) -> None:
    assert [str(error) for _message, errors in catalogue.check() for error in errors] == []
    file = io.BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    compiled = gettext.GNUTranslations(file)
    assert [m.id for m in texts(catalogue) if isinstance(m.id, str) and not m.context and compiled.gettext(m.id) != m.string] == []
