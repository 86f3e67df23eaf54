"""A file becomes a table of texts, or is refused in one sentence before anything in it is trusted.

`read` gives the bytes to a child process with limits on memory, time and files; `parse` is what the child does. A workbook is walked
through by a strict XML parser first (sizes, cells, document types), and only the parts that were looked at are given to the reader.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import resource
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import IO
from xml.parsers import expat

from parkmgr.errors import N_, Objection, Refused
from parkmgr.imports.rules import Row

EMPTY = Objection("imports.empty", N_("The file has no table: a line of column names is needed, and rows under it."), "file")
TOO_LARGE = Objection("imports.too_large", N_("The file is larger than %(limit)s MB; divide it."), "file")
NOT_A_TABLE = Objection("imports.not_a_table", N_("This is no table: save it as XLSX or CSV and try again."), "file")
OLD_WORKBOOK = Objection(
    "imports.old_workbook",
    N_("This is an old Excel file (.xls) or one protected by a password; save it as XLSX without a password."),
    "file",
)
BROKEN = Objection("imports.broken", N_("The workbook is damaged or no XLSX: open it in a spreadsheet program and save it again."), "file")
BOMB = Objection(
    "imports.unpacks_too_large",
    N_("The workbook unpacks to far more than its size, more than %(limit)s MB or a part %(ratio)s times over."),
    "file",
)
TOO_MANY_PARTS = Objection("imports.too_many_parts", N_("The workbook consists of more than %(limit)s parts."), "file")
XML_TRICKS = Objection(
    "imports.xml_tricks", N_("The workbook defines a document type or entities, which no spreadsheet program writes."), "file"
)
FAR_CELL = Objection(
    "imports.far_cell",
    N_("The sheet reaches to %(cell)s, beyond %(rows)s rows or %(columns)s columns; delete what lies around the table, or divide it."),
    "file",
)
TOO_MANY_ROWS = Objection("imports.too_many_rows", N_("The file has more than %(rows)s rows or %(columns)s columns; divide it."), "file")
TOO_MANY_CELLS = Objection("imports.too_many_cells", N_("The table has more than %(limit)s cells or too much text; divide it."), "file")
CELL_TOO_LONG = Objection("imports.cell_too_long", N_("A cell in row %(row)s has more than %(limit)s characters."), "file")
ENCODING_UNKNOWN = Objection(
    "imports.encoding_unknown",
    N_('The encoding of the text cannot be told (row %(row)s); save it as UTF-8 or name it in the mapping (encoding = "windows-1251").'),
    "file",
)
QUOTES = Objection("imports.quotes", N_("The quotation marks in row %(row)s do not match."), "file")
NO_SHEET = Objection("imports.no_sheet", N_("The workbook has no sheet %(sheet)s with a table; it has %(sheets)s."), "file")
UNREADABLE = Objection(
    "imports.unreadable", N_("The file cannot be read within the limits of %(memory)s MB and %(seconds)s seconds."), "file"
)

NO_EVENTS = Objection("imports.no_events", N_("The calendar has no event."), "file")
TOO_MANY_EVENTS = Objection("imports.too_many_events", N_("The calendar has more than %(limit)s events; divide it."), "file")
NOT_A_CALENDAR = Objection("imports.not_a_calendar", N_("The calendar cannot be read at line %(row)s; export it again."), "file")

_REFUSALS = {
    refusal.code: refusal
    for refusal in (
        *(EMPTY, TOO_LARGE, NOT_A_TABLE, OLD_WORKBOOK, BROKEN, BOMB, TOO_MANY_PARTS, XML_TRICKS, FAR_CELL, TOO_MANY_ROWS, TOO_MANY_CELLS),
        *(CELL_TOO_LONG, ENCODING_UNKNOWN, QUOTES, NO_SHEET, UNREADABLE, NO_EVENTS, TOO_MANY_EVENTS, NOT_A_CALENDAR),
    )
}
ENCODINGS = ("utf-8", "utf-16", "windows-1251", "gb18030")
"""What is told apart without being named."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read. Units: bytes unless said."""

    size: int = 25 * 2**20
    unpacked: int = 200 * 2**20
    ratio: int = 200
    """How many times a part of a workbook may grow when it is unpacked, if it grows beyond a megabyte."""
    parts: int = 1000
    rows: int = 100_000
    columns: int = 256
    cells: int = 2_000_000
    cell: int = 32_767
    """Characters in one cell; a spreadsheet has no more."""
    text: int = 100_000_000
    """Characters in all cells."""
    events: int = 5_000
    """Of a calendar."""
    memory: int = 2**30
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class Hints:
    """What the mapping says about the file; empty is found out."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says, in texts: dates in ISO 8601, numbers in their shortest form, nothing for an empty cell. Blank rows are left out."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


def read(content: bytes, limits: Limits = Limits(), hints: Hints = Hints()) -> Table:
    """Return the table in a file, read in a child process with limits.

    Raises:
        Refused: with one objection about the file.
    """
    if len(content) > limits.size:
        raise Refused([TOO_LARGE.about(limit=limits.size // 2**20)])
    order = json.dumps({"limits": asdict(limits), "hints": asdict(hints)}).encode()
    slow = UNREADABLE.about(memory=limits.memory // 2**20, seconds=limits.seconds)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "parkmgr.imports.reading"],
            input=len(order).to_bytes(4, "big") + order + content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused([slow]) from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise Refused([slow]) from None
    if "refused" in answer:
        raise Refused([_REFUSALS[answer["refused"]].about(**answer["facts"])])
    rows = tuple(Row(number, tuple(cells), surplus) for number, cells, surplus in answer["rows"])
    return Table(tuple(answer["columns"]), rows, answer["encoding"], answer["separator"], answer["sheet"])


def _child() -> None:
    """The child: limits first, then the file from standard input, then the table as JSON."""
    source = sys.stdin.buffer
    order = json.loads(source.read(int.from_bytes(source.read(4), "big")))
    limits = Limits(**order["limits"])
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer: dict[str, object]
    try:
        table = parse(source.read(), limits, Hints(**order["hints"]))
        answer = {
            "columns": table.columns,
            "rows": [(row.number, row.cells, row.surplus) for row in table.rows],
            "encoding": table.encoding,
            "separator": table.separator,
            "sheet": table.sheet,
        }
    except Refused as refused:
        answer = {"refused": refused.objections[0].code, "facts": dict(refused.objections[0].facts)}
    except MemoryError:
        answer = {"refused": UNREADABLE.code, "facts": {"memory": limits.memory // 2**20, "seconds": limits.seconds}}
    json.dump(answer, sys.stdout, ensure_ascii=True)


def parse(content: bytes, limits: Limits = Limits(), hints: Hints = Hints()) -> Table:
    """Return the table in a file; in this very process.

    Raises:
        Refused: with one objection about the file.
    """
    if content.startswith(b"PK\x03\x04"):
        return _workbook(content, limits, hints)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Refused([OLD_WORKBOOK])
    if content.startswith(
        (b"PK", b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b", b"7z\xbc\xaf", b"\x7fELF", b"MZ\x90", b"Rar!", b"BZh")
    ):
        raise Refused([NOT_A_TABLE])
    return _text(content, limits, hints)


# Tables of any source


def _table(
    records: Iterator[tuple[int, Sequence[str]]], limits: Limits, *, encoding: str = "", separator: str = "", sheet: str = ""
) -> Table:
    """Return the table whose first record that is not blank names the columns."""
    filled = ((number, [cell.strip() for cell in cells]) for number, cells in records)
    filled = ((number, cells) for number, cells in filled if any(cells))
    head = next(filled, None)
    if head is None:
        raise Refused([EMPTY])
    width = max(index for index, cell in enumerate(head[1], 1) if cell)
    rows: list[Row] = []
    text = 0
    for number, cells in filled:
        _within(number, cells, limits)
        text += sum(map(len, cells))
        if len(rows) >= limits.rows or len(cells) > limits.columns:
            raise Refused([TOO_MANY_ROWS.about(rows=limits.rows, columns=limits.columns)])
        if len(rows) * width > limits.cells or text > limits.text:
            raise Refused([TOO_MANY_CELLS.about(limit=limits.cells)])
        rows.append(Row(number, (*cells[:width], *[""] * (width - len(cells))), any(cells[width:])))
    _within(head[0], head[1], limits)
    if width > limits.columns:
        raise Refused([TOO_MANY_ROWS.about(rows=limits.rows, columns=limits.columns)])
    if not rows:
        raise Refused([EMPTY])
    return Table(_headings(head[1][:width]), tuple(rows), encoding, separator, sheet)


def _within(number: int, cells: Sequence[str], limits: Limits) -> None:
    if any(len(cell) > limits.cell for cell in cells):
        raise Refused([CELL_TOO_LONG.about(row=number, limit=limits.cell)])


def _headings(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column, no two the same: an empty one is called by its letter, a repeated one gets a number."""
    seen: Counter[str] = Counter()
    names = []
    for index, cell in enumerate(cells):
        name = " ".join(cell.split()) or f"[{letters(index + 1)}]"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def letters(column: int) -> str:
    """Return how a spreadsheet calls a column, counted from 1: A, Z, AA, XFD."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


# Text


def _text(content: bytes, limits: Limits, hints: Hints) -> Table:
    text, encoding = _decoded(content, hints.encoding)
    if "\0" in text:
        raise Refused([NOT_A_TABLE])
    if text[:200].lstrip().upper().startswith("BEGIN:VCALENDAR"):
        from parkmgr.imports import calendars

        return calendars.table(text, limits, encoding)
    first, _, rest = text.partition("\n")
    told = first.strip().lower()
    if told.startswith("sep=") and len(told) == 5:  # spreadsheet programs say it so
        return _table(_records(rest, first.strip()[4], 1), limits, encoding=encoding, separator=first.strip()[4])
    separator = hints.separator or _separator(text)
    return _table(_records(text, separator, 0), limits, encoding=encoding, separator=separator)


def _records(text: str, separator: str, skipped: int) -> Iterator[tuple[int, Sequence[str]]]:
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = skipped
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Refused([QUOTES.about(row=number)]) from None


def _separator(text: str) -> str:
    """Return the separator that divides the first rows into the most columns, most evenly: comma, semicolon or tab."""
    best, found = (0, 0), ","
    sample = text[:65536]
    if len(text) > len(sample):
        sample = sample.rpartition("\n")[0] or sample
    for separator in (",", ";", "\t"):
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        widths = [len(row) for row, _ in zip((row for row in reader if row), range(50), strict=False)]
        if widths and widths[0] > 1:
            even = sum(width == widths[0] for width in widths)
            if (even, widths[0]) > best:
                best, found = (even, widths[0]), separator
    return found


def _decoded(content: bytes, named: str) -> tuple[str, str]:
    encoding = named or _encoding(content)
    try:
        text = content.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except (UnicodeError, LookupError) as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise Refused([ENCODING_UNKNOWN.about(row=content[:start].count(b"\n") + 1)]) from None
    return text.removeprefix("\ufeff"), encoding


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8"
    sample = content[:4096]
    if b"\0" in sample:
        odd, even = sample[1::2].count(0), sample[::2].count(0)
        if min(odd, even) * 10 > max(odd, even):
            raise Refused([NOT_A_TABLE])
        return "utf-16-le" if odd > even else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _older_encoding(content, error.start)
    return "utf-8"


def _older_encoding(content: bytes, start: int) -> str:
    """Tell windows-1251 from GB18030.

    In Russian text nearly every byte above 127 is a letter (0xC0-0xFF, Ё, ё) beside another; in Chinese text about half of them are not.
    """
    high = [byte for byte in content if byte > 127]
    letters_ = sum(byte >= 0xC0 or byte in (0xA8, 0xB8) for byte in high)
    if letters_ >= 0.85 * len(high):
        text = content.decode("windows-1251", errors="replace")
        pairs = Counter(
            ("а" <= left.lower() <= "я") + ("а" <= right.lower() <= "я")
            for left, right in pairwise(text)
            if left.isalpha() and right.isalpha() and not (left.isascii() and right.isascii())
        )
        if pairs[2] > 2 * pairs[1]:
            return "windows-1251"
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    signs = [character.encode("gb18030") for character in text if ord(character) > 127]
    # The signs of everyday writing (GB 2312) have two bytes above 160; text of another encoding, misread, has rare ones.
    if signs and sum(len(sign) == 2 and min(sign) > 160 for sign in signs) >= 0.85 * len(signs):
        return "gb18030"
    raise Refused([ENCODING_UNKNOWN.about(row=content[:start].count(b"\n") + 1)])


# Workbooks

_KEPT = ("[Content_Types].xml", "_rels/", "xl/workbook.xml", "xl/_rels/", "xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/")


def _workbook(content: bytes, limits: Limits, hints: Hints) -> Table:
    """Return the table of the first visible sheet that has one, or of the sheet that is named."""
    import python_calamine as calamine

    checked, errors = _checked(content, limits)
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(checked))
        visible = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == calamine.SheetVisibleEnum.Visible]
        for name in [hints.sheet] if hints.sheet else visible:
            if name not in workbook.sheet_names:
                break
            sheet = workbook.get_sheet_by_name(name)
            if sheet.start is None:
                continue
            wrong = errors.get(_part_of(checked, name), {})
            rows = sheet.to_python(skip_empty_area=False)
            return _table(_sheet_records(rows, wrong), limits, sheet=name)
    except (calamine.CalamineError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise Refused([BROKEN]) from error
    if hints.sheet:
        raise Refused([NO_SHEET.about(sheet=hints.sheet[:80], sheets=", ".join(visible)[:300])])
    raise Refused([EMPTY])


def _sheet_records(rows: Sequence[Sequence[object]], wrong: dict[tuple[int, int], str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Give the rows as texts. What a formula could not compute (#DIV/0!) is said, not left empty as the reader does."""
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), text in wrong.items():
        by_row.setdefault(row, {})[column] = text
    for number, cells in enumerate(rows, 1):
        texts = [plain(cell) for cell in cells]
        for column, text in by_row.get(number, {}).items():
            if column <= len(texts):
                texts[column - 1] = text
        yield number, texts


def plain(cell: object) -> str:
    """Return the text of a cell: ISO 8601 for times, the shortest form for numbers, without a point where they are whole."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _part_of(content: bytes, sheet: str) -> str:
    """Return the part that holds a sheet."""
    import posixpath
    from xml.etree import ElementTree

    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    link = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        book = ElementTree.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314 - see above
        links = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - see above
    wanted = next((found.get(link) for found in book.iter(f"{main}sheet") if found.get("name") == sheet), None)
    target = next((found.get("Target", "") for found in links if found.get("Id") == wanted), "")
    return posixpath.normpath(posixpath.join("xl", target)) if not target.startswith("/") else target[1:]


def _checked(content: bytes, limits: Limits) -> tuple[bytes, dict[str, dict[tuple[int, int], str]]]:
    """Return a workbook of those parts that a table needs, each walked through, and the error values in each sheet.

    Why anew: two readers of one archive may see different parts; the one that follows sees what was looked at.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Refused([BROKEN]) from error
    found = archive.infolist()
    names = Counter(entry.filename for entry in found)
    if len(found) > limits.parts:
        raise Refused([TOO_MANY_PARTS.about(limit=limits.parts)])
    if max(names.values(), default=0) > 1 or "xl/workbook.xml" not in names or any(entry.flag_bits & 1 for entry in found):
        raise Refused([BROKEN])
    bomb = BOMB.about(limit=limits.unpacked // 2**20, ratio=limits.ratio)
    if sum(entry.file_size for entry in found) > limits.unpacked:
        raise Refused([bomb])
    errors: dict[str, dict[tuple[int, int], str]] = {}
    written = io.BytesIO()
    unpacked = 0
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as clean:
        for entry in found:
            if not entry.filename.startswith(_KEPT) or entry.is_dir():
                continue
            walk = _Walk(limits, sheet=entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"))
            try:
                with archive.open(entry) as part:
                    data = _unpacked(part, entry.compress_size, limits.unpacked - unpacked, limits, walk)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error, expat.ExpatError) as error:
                raise Refused([BROKEN]) from error
            unpacked += len(data)
            errors[entry.filename] = walk.errors
            clean.writestr(entry.filename, data)
    return written.getvalue(), errors


def _unpacked(part: IO[bytes], packed: int, left: int, limits: Limits, walk: _Walk) -> bytes:
    """Return the bytes of a part, looked at while they come."""
    data = bytearray()
    while chunk := part.read(1 << 16):
        data += chunk
        if len(data) > left or (len(data) > 2**20 and len(data) > limits.ratio * max(packed, 1)):
            raise Refused([BOMB.about(limit=limits.unpacked // 2**20, ratio=limits.ratio)])
        walk.feed(chunk)
    walk.feed(b"", last=True)
    return bytes(data)


@dataclass(slots=True)
class _Walk:
    """A walk through an XML part: no document type, and in a sheet no cell beyond the limits."""

    limits: Limits
    sheet: bool
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    cells: int = 0
    furthest: tuple[int, int] = (0, 0)
    _error_at: tuple[int, int] | None = None
    _formula: bool = False
    _parser: expat.XMLParserType | None = None

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        """Walk on through the next bytes."""
        if self._parser is None:
            self._parser = expat.ParserCreate()
            self._parser.StartDoctypeDeclHandler = self._tricks
            self._parser.EntityDeclHandler = self._tricks
            self._parser.XmlDeclHandler = self._declared
            if self.sheet:
                self._parser.StartElementHandler = self._start
                self._parser.EndElementHandler = self._end
                self._parser.buffer_text = True
        self._parser.Parse(chunk, last)

    def _tricks(self, *_: object) -> None:
        raise Refused([XML_TRICKS])

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding or "utf-8").lower() != "utf-8":
            raise Refused([BROKEN])

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._cell(attributes)
        elif name == "f":
            self._formula = True
        elif name == "v":
            self._formula = False
        elif name == "row":
            self.row = _whole(attributes.get("r"), self.row + 1)
            self.column = 0
            self._bounds()
        elif name == "dimension":
            self._dimension(attributes.get("ref", ""))

    def _cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference:
            self.column, self.row = _position(reference)
        else:
            self.column += 1
        self.cells += 1
        self._bounds()
        if self.cells > self.limits.cells:
            raise Refused([TOO_MANY_CELLS.about(limit=self.limits.cells)])
        if attributes.get("t") == "e" and self._parser is not None:
            self.errors[self.row, self.column] = ""
            self._error_at = (self.row, self.column)
            self._parser.CharacterDataHandler = self._characters

    def _characters(self, text: str) -> None:
        if self._error_at is not None:
            self.errors[self._error_at] = text[:40]

    def _end(self, tag: str) -> None:
        if tag.rpartition(":")[2] != "c":
            return
        if self._formula:  # written by a program that does not compute: the value is not empty but unknown
            self._formula = False
            self.errors[self.row, self.column] = "#CALC!"
        if self._error_at is not None and self._parser is not None:
            self._error_at = None
            self._parser.CharacterDataHandler = None

    def _dimension(self, reference: str) -> None:
        column, row = _position(reference.rpartition(":")[2])
        here = (self.column, self.row)
        self.column, self.row = column, row
        self._bounds()
        self.column, self.row = here

    def _bounds(self) -> None:
        # One row more than the limit, for the names of the columns.
        if self.row > self.limits.rows + 1 or self.column > self.limits.columns:
            cell = f"{letters(max(self.column, 1))}{self.row}"
            raise Refused([FAR_CELL.about(cell=cell, rows=self.limits.rows, columns=self.limits.columns)])
        # The reader makes a full rectangle up to the furthest row and column.
        self.furthest = (max(self.furthest[0], self.row), max(self.furthest[1], self.column))
        if self.furthest[0] * self.furthest[1] > self.limits.cells:
            raise Refused([TOO_MANY_CELLS.about(limit=self.limits.cells)])


def _whole(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text)):
        raise Refused([BROKEN])
    return int(text)


def _position(reference: str) -> tuple[int, int]:
    """Return the column and the row of a reference like XFD1048576, counted from 1."""
    name = reference.rstrip("0123456789")
    if not (name.isascii() and name.isalpha() and name.isupper() and len(name) <= 6):
        raise Refused([BROKEN])
    column = 0
    for letter in name:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column, _whole(reference[len(name) :], 0)


if __name__ == "__main__":
    _child()
