#!/usr/bin/env python3
"""Check a paper of a park without the park: python3 verifier.py OCC-2026-0001.pdf [--certificate park.pem]

One file, Python 3.11 or later, nothing but its standard library; docs/verification.md says what is checked and how, so that anybody can
write it anew. It ends with 0 when everything that it could check holds, with 1 when something does not, with 2 when it could not begin.

What it can prove: with the signature (NUMBER.pdf.p7s) and the park's certificate, which you have from the park by another way, that
the file is byte by byte the one that the park signed. With the file alone: that the data inside are those whose SHA-256 is printed on
its last page.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MOST_INFLATED = 200_000_000
MOST_OBJECTS = 2_000_000
DEEPEST = 60
MOST_FILES = 50
MOST_SECONDS = 600.0


class Unreadable(Exception):
    """It is not of a form that is read here; the message says what was met."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was checked. ok None: it could not be checked. code: for programs; what: the sentence about it; why: what was found instead."""

    code: str
    ok: bool | None
    what: str
    why: str = ""


# A PDF: its objects, what is attached to it, and the text of its pages. Source: ISO 32000-1, sections 7 and 9.


class Name(str):
    """A name of PDF, without its slash."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an object."""

    number: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A dictionary and the bytes that follow it, as they stand in the file."""

    of: dict[str, Any]
    raw: bytes


_SPACE = b"\x00\t\n\x0c\r "
_STOP = _SPACE + b"()<>[]{}/%"
_NUMBER = re.compile(rb"[+-]?\d*\.?\d*")
_HEAD = re.compile(rb"\s*(\d+)\s+(\d+)\s+obj\b")
_REFERENCE = re.compile(rb"(\d+)\s+(\d+)\s+R(?![A-Za-z])")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Reader:
    """Reads objects off bytes, one after the other."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def skip(self) -> None:
        """White space and comments are behind."""
        data, at, end = self.data, self.at, len(self.data)
        while at < end:
            if data[at] in _SPACE:
                at += 1
            elif data[at] == 0x25:
                while at < end and data[at] not in b"\r\n":
                    at += 1
            else:
                break
        self.at = at

    def read(self, depth: int = 0) -> Any:
        """Return the next object; an operator of a page as bytes."""
        if depth > DEEPEST:
            raise Unreadable("objects within objects too deep")
        self.skip()
        data, at = self.data, self.at
        first = data[at : at + 1]
        if not first:
            raise Unreadable("the file ends within an object")
        if first == b"/":
            return self._name()
        if first == b"(":
            return self._text()
        if data[at : at + 2] == b"<<":
            return self._dictionary(depth)
        if first == b"<":
            end = data.find(b">", at)
            if end < 0:
                raise Unreadable("a string has no end")
            self.at = end + 1
            digits = re.sub(rb"[^0-9A-Fa-f]", b"", data[at + 1 : end])
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        if first == b"[":
            return self._array(depth)
        if first in b"+-.0123456789":
            return self._number()
        return self._word()

    def _name(self) -> Name:
        start = self.at = self.at + 1
        while self.at < len(self.data) and self.data[self.at] not in _STOP:
            self.at += 1
        plain = self.data[start : self.at]
        if b"#" in plain:
            plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), plain)
        return Name(plain.decode("latin-1"))

    def _text(self) -> bytes:
        found, depth = bytearray(), 1
        data, at, end = self.data, self.at + 1, len(self.data)
        while at < end:
            one = data[at : at + 1]
            at += 1
            if one == b"\\":
                octal = re.compile(rb"[0-7]{1,3}").match(data, at)
                if octal:
                    found.append(int(octal[0], 8) & 255)
                    at = octal.end()
                else:
                    found += _ESCAPES.get(data[at : at + 1], b"" if data[at : at + 1] in b"\r\n" else data[at : at + 1])
                    at += 1
                continue
            depth += (one == b"(") - (one == b")")
            if depth == 0:
                self.at = at
                return bytes(found)
            found += one
        raise Unreadable("a string has no end")

    def _dictionary(self, depth: int) -> dict[str, Any]:
        self.at += 2
        found: dict[str, Any] = {}
        while True:
            self.skip()
            if self.data[self.at : self.at + 2] == b">>":
                self.at += 2
                return found
            key = self.read(depth + 1)
            if not isinstance(key, Name):
                raise Unreadable("a dictionary has a key that is no name")
            found[str(key)] = self.read(depth + 1)

    def _array(self, depth: int) -> list[Any]:
        self.at += 1
        found: list[Any] = []
        while True:
            self.skip()
            if self.data[self.at : self.at + 1] == b"]":
                self.at += 1
                return found
            found.append(self.read(depth + 1))

    def _number(self) -> Any:
        reference = _REFERENCE.match(self.data, self.at)
        if reference:
            self.at = reference.end()
            return Ref(int(reference[1]))
        match = _NUMBER.match(self.data, self.at)
        text = match[0] if match else b""
        if not text or not re.search(rb"\d", text) or len(text) > 40:
            raise Unreadable("a number that is none")
        self.at += len(text)
        return float(text) if b"." in text else int(text)

    def _word(self) -> Any:
        start = self.at
        while self.at < len(self.data) and self.data[self.at] not in _STOP:
            self.at += 1
        if self.at == start:
            raise Unreadable(f"{self.data[start : start + 1]!r} where an object should begin")
        word = self.data[start : self.at]
        return {b"true": True, b"false": False, b"null": None}.get(word, word)


class Pdf:
    """The objects of a PDF file, read where its table says they are."""

    def __init__(self, data: bytes, seconds: float = MOST_SECONDS) -> None:
        self.until = time.monotonic() + seconds
        if not data.startswith(b"%PDF-"):
            raise Unreadable("it does not begin as a PDF does")
        self.data = data
        self.inflated = 0
        self.places: dict[int, tuple[int, int]] = {}
        """Number -> (0, offset in the file) or (number of the object stream, index in it)."""
        self._packed: dict[int, dict[int, Any]] = {}
        self._known: dict[int, Any] = {}
        self.trailer: dict[str, Any] = {}
        starts = data.rfind(b"startxref")
        if starts < 0:
            raise Unreadable("it has no end as a PDF has: it was cut off")
        at = Reader(data, starts + 9).read()
        seen: set[int] = set()
        while isinstance(at, int) and at not in seen:
            seen.add(at)
            trailer = self._table(at)
            self.trailer = {**trailer, **self.trailer}
            at = trailer.get("Prev")
        if "Encrypt" in self.trailer:
            raise Unreadable("it is encrypted")

    def _table(self, at: int) -> dict[str, Any]:
        if not 0 <= at < len(self.data):
            raise Unreadable("its table of objects lies outside of it")
        if self.data[at : at + 4] != b"xref":
            return self._packed_table(at)
        reader = Reader(self.data, at + 4)
        while True:
            first = reader.read()
            if first == b"trailer":
                found = reader.read()
                if not isinstance(found, dict):
                    raise Unreadable("its trailer is none")
                return found
            count = reader.read()
            for number in range(first, first + count):
                offset, _generation, kind = reader.read(), reader.read(), reader.read()
                if kind == b"n":
                    self._place(number, (0, offset))

    def _packed_table(self, at: int) -> dict[str, Any]:
        _number, stream = self._object(at)
        if not isinstance(stream, Stream):
            raise Unreadable("its table of objects is none")
        of, rows = stream.of, self.content(stream)
        widths = [width for width in of.get("W", []) if isinstance(width, int)]
        size = sum(widths)
        if len(widths) != 3 or size <= 0 or min(widths) < 0:
            raise Unreadable("its table of objects is none")
        index = of.get("Index") or [0, of.get("Size", 0)]
        at = 0
        for first, count in zip(index[::2], index[1::2], strict=False):
            for number in range(first, first + count):
                row = rows[at : at + size]
                at += size
                if len(row) < size:
                    return of
                kind = int.from_bytes(row[: widths[0]], "big") if widths[0] else 1
                second = int.from_bytes(row[widths[0] : widths[0] + widths[1]], "big")
                third = int.from_bytes(row[widths[0] + widths[1] :], "big")
                if kind in (1, 2):
                    self._place(number, (0, second) if kind == 1 else (second, third))
        return of

    def _place(self, number: int, place: tuple[int, int]) -> None:
        if len(self.places) >= MOST_OBJECTS:
            raise Unreadable("it has too many objects")
        self.places.setdefault(number, place)

    def _object(self, at: int) -> tuple[int, Any]:
        head = _HEAD.match(self.data, at)
        if head is None:
            raise Unreadable("an object is not where the table says")
        reader = Reader(self.data, head.end())
        found = reader.read()
        if isinstance(found, dict):
            reader.skip()
            if self.data[reader.at : reader.at + 6] == b"stream":
                begin = reader.at + 6
                begin += 2 if self.data[begin : begin + 2] == b"\r\n" else 1
                length = self.get(found.get("Length"))
                if not isinstance(length, int) or length < 0 or begin + length > len(self.data):
                    raise Unreadable("a stream is longer than the file")
                return int(head[1]), Stream(found, self.data[begin : begin + length])
        return int(head[1]), found

    def get(self, value: Any) -> Any:
        """Return what a reference stands for; anything else as it is."""
        for _step in range(DEEPEST):
            if not isinstance(value, Ref):
                return value
            value = self._of_number(value.number)
        raise Unreadable("references go in a circle")

    def _of_number(self, number: int) -> Any:
        if number not in self._known:
            stream, at = self.places.get(number, (0, -1))
            if at < 0:
                return None
            if stream:
                self._known[number] = self._unpacked(stream).get(number)
            else:
                really, found = self._object(at)
                if really != number:
                    raise Unreadable("an object is not where the table says")
                self._known[number] = found
        return self._known[number]

    def _unpacked(self, number: int) -> dict[int, Any]:
        if number not in self._packed:
            self._packed[number] = {}
            stream = self.get(Ref(number))
            if not isinstance(stream, Stream):
                raise Unreadable("objects are not where the table says")
            content, first = self.content(stream), stream.of.get("First", 0)
            head = Reader(content[:first])
            places = [(head.read(), head.read()) for _each in range(int(stream.of.get("N", 0)))]
            self._packed[number] = {inner: Reader(content, first + offset).read() for inner, offset in places}
        return self._packed[number]

    def _in_time(self) -> None:
        if time.monotonic() > self.until:
            raise Unreadable("it takes too long to read")

    def content(self, stream: Stream) -> bytes:
        """Return what is in a stream."""
        self._in_time()
        filters = self.get(stream.of.get("Filter"))
        filters = filters if isinstance(filters, list) else [filters] if filters is not None else []
        given = self.get(stream.of.get("DecodeParms"))
        given = given if isinstance(given, list) else [given]
        found = stream.raw
        for position, one in enumerate(filters):
            if self.get(one) != "FlateDecode":
                raise Unreadable(f"a stream is packed in a way that is not read here: {one}")
            room = MOST_INFLATED - self.inflated
            unpacker = zlib.decompressobj()
            try:
                found = unpacker.decompress(found, room)
            except zlib.error:
                raise Unreadable("a packed stream is damaged") from None
            if len(found) >= room:
                raise Unreadable("it is much larger inside than outside")
            self.inflated += len(found)
            found = _unpredicted(found, self.get(given[position]) if position < len(given) else None)
        return found

    @property
    def root(self) -> dict[str, Any]:
        """The catalogue."""
        found = self.get(self.trailer.get("Root"))
        if not isinstance(found, dict):
            raise Unreadable("it has no catalogue")
        return found

    def attached(self) -> dict[str, bytes]:
        """Return the files that are attached to the document: name -> content."""
        found: dict[str, bytes] = {}
        for reference in list(self._specifications())[:MOST_FILES]:
            one = self.get(reference)
            if not isinstance(one, dict):
                continue
            files = self.get(one.get("EF"))
            stream = self.get(files.get("UF") or files.get("F")) if isinstance(files, dict) else None
            name = _string(self.get(one.get("UF", one.get("F", b""))))
            if isinstance(stream, Stream) and name not in found:
                found[name] = self.content(stream)
        return found

    def _specifications(self) -> Iterator[Any]:
        listed = self.get(self.root.get("AF"))
        if isinstance(listed, list):
            yield from listed
        names = self.get(self.root.get("Names"))
        waiting = [names.get("EmbeddedFiles")] if isinstance(names, dict) else []
        for _step in range(1000):
            if not waiting:
                return
            node = self.get(waiting.pop())
            if isinstance(node, dict):
                waiting += self.get(node.get("Kids")) or []
                yield from (self.get(node.get("Names")) or [])[1::2]

    def pages(self) -> Iterator[dict[str, Any]]:
        """Go through the pages."""
        waiting, seen = [self.root.get("Pages")], 0
        while waiting and seen < 100_000:
            seen += 1
            node = self.get(waiting.pop())
            if not isinstance(node, dict):
                continue
            kids = self.get(node.get("Kids"))
            if isinstance(kids, list):
                waiting += reversed(kids)
            else:
                yield node

    def texts(self) -> Iterator[str]:
        """Go through the pages' texts, in the order in which they are drawn, without spaces."""
        for page in self.pages():
            parts: list[str] = []
            resources = self.get(page.get("Resources"))
            contents = self.get(page.get("Contents"))
            streams = [self.get(one) for one in contents] if isinstance(contents, list) else [contents]
            for stream in streams:
                if isinstance(stream, Stream):
                    self._drawn(self.content(stream), resources, parts, 0)
            yield re.sub(r"\s+", "", "".join(parts))

    def _drawn(self, content: bytes, resources: Any, parts: list[str], depth: int) -> None:
        if not isinstance(resources, dict) or depth > 8:
            return
        fonts, forms = self.get(resources.get("Font")) or {}, self.get(resources.get("XObject")) or {}
        reader, stack = Reader(content), []
        letters: Mapping[int, str] = {}
        while True:
            reader.skip()
            if reader.at >= len(content):
                return
            self._in_time()
            one = reader.read()
            if not isinstance(one, bytes) or content[reader.at - 1 : reader.at] in (b")", b">"):
                stack.append(one)
                continue
            if one == b"Tf" and len(stack) >= 2:
                letters = self._letters(fonts.get(str(stack[-2])))
            elif one in (b"Tj", b"TJ", b"'", b'"') and stack:
                shown = stack[-1] if isinstance(stack[-1], list) else [stack[-1]]
                parts += (_said(piece, letters) for piece in shown if isinstance(piece, bytes))
            elif one == b"Do" and stack:
                form = self.get(forms.get(str(stack[-1])))
                if isinstance(form, Stream) and form.of.get("Subtype") == "Form":
                    self._drawn(self.content(form), self.get(form.of.get("Resources")) or resources, parts, depth + 1)
            stack.clear()

    def _letters(self, reference: Any) -> Mapping[int, str]:
        font = self.get(reference)
        stream = self.get(font.get("ToUnicode")) if isinstance(font, dict) else None
        if not isinstance(stream, Stream):
            return {}
        key = id(stream)
        kept: Mapping[int, str] | None = self._known.get(-key)
        if kept is None:
            kept = self._known[-key] = _to_unicode(self.content(stream))
        return kept


def _unpredicted(data: bytes, given: Any) -> bytes:
    """Return the rows of a table that was packed by the differences of its rows (PNG's filters 0, 1 and 2)."""
    if not isinstance(given, dict) or given.get("Predictor", 1) == 1:
        return data
    if given["Predictor"] < 10 or not 1 <= int(given.get("Columns", 1)) <= 10_000:
        raise Unreadable("a stream is packed in a way that is not read here")
    width = int(given.get("Columns", 1))
    found, last = bytearray(), bytes(width)
    for at in range(0, len(data) - width, width + 1):
        kind, row = data[at], bytearray(data[at + 1 : at + 1 + width])
        if kind == 1:
            for place in range(1, width):
                row[place] = row[place] + row[place - 1] & 255
        elif kind == 2:
            row = bytearray(new + old & 255 for new, old in zip(row, last, strict=True))
        elif kind != 0:
            raise Unreadable("a stream is packed in a way that is not read here")
        last = bytes(row)
        found += row
    return bytes(found)


def _string(value: Any) -> str:
    plain = value if isinstance(value, bytes) else b""
    return plain[2:].decode("utf-16-be", "replace") if plain.startswith(b"\xfe\xff") else plain.decode("utf-8", "replace")


def _to_unicode(table: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", part):
            found[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]{1,4})>", part):
            for code in range(int(first, 16), min(int(last, 16), int(first, 16) + 65535) + 1):
                found[code] = chr((int(text, 16) + code - int(first, 16)) & 0xFFFF)
    return found


def _said(piece: bytes, letters: Mapping[int, str]) -> str:
    return "".join(letters.get(int.from_bytes(piece[at : at + 2], "big"), "") for at in range(0, len(piece), 2))


# A detached CMS signature. Source: RFC 5652; X.690 (DER); RFC 8017, 8.2.2.


def _der(data: bytes, at: int = 0) -> tuple[int, bytes, bytes, int]:
    """Return the value at a place: its tag, its content, itself whole, and where the next one begins."""
    if at + 2 > len(data):
        raise Unreadable("the signature is cut off")
    tag, length, begin = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise Unreadable("the signature is not DER")
        length, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
    if begin + length > len(data):
        raise Unreadable("the signature is cut off")
    return tag, data[begin : begin + length], data[at : begin + length], begin + length


def _parts(data: bytes) -> list[tuple[int, bytes, bytes]]:
    found, at = [], 0
    while at < len(data):
        tag, content, whole, at = _der(data, at)
        found.append((tag, content, whole))
    return found


_SIGNED = bytes.fromhex("2a864886f70d010702")
_SHA256 = bytes.fromhex("608648016503040201")
_RSA = (bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010b"))
_DIGEST, _TIME = bytes.fromhex("2a864886f70d010904"), bytes.fromhex("2a864886f70d010905")
_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature holds: the certificate (DER), the SHA-256 of what was signed, when, and what proves it."""

    certificate: bytes
    digest: bytes
    at: datetime | None
    signed: bytes
    value: bytes

    @property
    def fingerprint(self) -> str:
        """The SHA-256 (hex) of the certificate."""
        return hashlib.sha256(self.certificate).hexdigest()

    @property
    def holds(self) -> bool:
        """Tell whether the key of the certificate made it."""
        return rsa_holds(self.certificate, self.signed, self.value)


def signature(data: bytes) -> Signature:
    """Return what is in a detached CMS signature by one signer.

    Raises:
        Unreadable: it is none, or not RSA with SHA-256.
    """
    try:
        (kind, wrapped) = _parts(_parts(data)[0][1])[:2]
        if kind[1] != _SIGNED:
            raise Unreadable("the signature is no signed message")
        fields = _parts(_parts(wrapped[1])[0][1])
        certificate = next(_parts(content)[0][2] for tag, content, _whole in fields if tag == 0xA0)
        signer = _parts(_parts(fields[-1][1])[0][1])
        if _parts(signer[2][1])[0][1] != _SHA256 or signer[3][0] != 0xA0 or _parts(signer[4][1])[0][1] not in _RSA:
            raise Unreadable("the signature is not made with RSA and SHA-256")
        attributes = {_parts(content)[0][1]: _parts(_parts(content)[1][1])[0] for _tag, content, _whole in _parts(signer[3][1])}
        time = attributes.get(_TIME)
        # What is signed is the set of attributes with the tag of a set, not with that of its place (RFC 5652, 5.4).
        return Signature(certificate, attributes[_DIGEST][1], _instant(time), b"\x31" + signer[3][2][1:], signer[5][1])
    except (IndexError, KeyError, StopIteration, ValueError):
        raise Unreadable("the signature is not one that is read here") from None


def _instant(value: tuple[int, bytes, bytes] | None) -> datetime | None:
    if value is None:
        return None
    form = "%y%m%d%H%M%SZ" if value[0] == 0x17 else "%Y%m%d%H%M%SZ"
    return datetime.strptime(value[1].decode("ascii"), form).replace(tzinfo=UTC)


def rsa_holds(certificate: bytes, signed: bytes, value: bytes) -> bool:
    """Tell whether *value* is the RSA signature (PKCS #1 v1.5, SHA-256) of *signed* by the key of a certificate (DER)."""
    fields = _parts(_parts(_parts(certificate)[0][1])[0][1])
    public = fields[6 if fields[0][0] == 0xA0 else 5][1]
    algorithm, bits = _parts(public)[:2]
    if _parts(algorithm[1])[0][1] != _RSA[0]:
        raise Unreadable("the certificate is not of an RSA key")
    modulus, exponent = (int.from_bytes(part[1], "big") for part in _parts(_parts(bits[1][1:])[0][1])[:2])
    size = (modulus.bit_length() + 7) // 8
    if size < 256 or len(value) != size or exponent < 3:
        return False
    expected = b"\x00\x01" + b"\xff" * (size - 3 - len(_PREFIX) - 32) + b"\x00" + _PREFIX + hashlib.sha256(signed).digest()
    return pow(int.from_bytes(value, "big"), exponent, modulus).to_bytes(size, "big") == expected


def from_pem(text: bytes) -> bytes:
    """Return a certificate (DER) from PEM.

    Raises:
        Unreadable: there is none.
    """
    found = re.search(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", text, re.DOTALL)
    try:
        return base64.b64decode(b"".join(found[1].split()), validate=True) if found else _none()
    except binascii.Error:
        return _none()


def _none() -> bytes:
    raise Unreadable("there is no certificate in the file")


# What is checked


@dataclass
class Paper:
    """What was read off a PDF. proof: what it says of itself; empty where it says nothing."""

    proof: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The number that it says it has."""
        found = self.proof.get("number")
        return found if isinstance(found, str) and len(found) <= 20 else ""

    @property
    def data(self) -> bytes | None:
        """What was compiled, as it was kept."""
        return self.files.get(f"{self.number}.data.json")


def read(content: bytes, seconds: float = MOST_SECONDS) -> Paper:
    """Return what a PDF says of itself. seconds: how long it may take.

    Raises:
        Unreadable: it is no PDF of a park's report.
    """
    try:
        pdf = Pdf(content, seconds)
        files = pdf.attached()
        proofs = [text for name, text in files.items() if name.endswith(".proof.json")]
        proof = json.loads(proofs[0]) if len(proofs) == 1 else {}
        texts = list(pdf.texts())
    except Unreadable:
        raise
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError, MemoryError) as error:
        raise Unreadable(f"it is damaged inside ({type(error).__name__})") from None
    if not isinstance(proof, dict) or proof.get("format") != "parkmgr-proof-1":
        raise Unreadable("it does not have inside what proves a report of a park")
    return Paper(proof, files, texts)


def inside(paper: Paper) -> list[Finding]:
    """Return whether what is in a paper fits together."""
    proof, found = paper.proof, []
    listed = proof.get("files")
    listed = listed if isinstance(listed, dict) else {}
    wrong = [name for name, digest in sorted(listed.items()) if hashlib.sha256(paper.files.get(name, b"")).hexdigest() != digest]
    more = sorted(set(paper.files) - set(listed) - {f"{paper.number}.proof.json"})
    found.append(
        Finding(
            "files", not wrong and not more and bool(listed), "The files inside are those that the proof names.", ", ".join(wrong + more)
        )
    )
    data, printed = paper.data, str(proof.get("sha256"))
    digest = "" if data is None else hashlib.sha256(data).hexdigest()
    found.append(
        Finding("data", digest == printed, "The data inside have the SHA-256 that the proof names.", digest or "there are no data inside")
    )
    last = paper.texts[-1] if paper.texts else ""
    audit = proof.get("audit")
    audit = audit if isinstance(audit, dict) else {}
    missing = [text for text in (printed, str(audit.get("head")), str(audit.get("root"))) if text not in last]
    found.append(
        Finding("printed", not missing, "The last page prints that SHA-256, and how far the audit log had come.", ", ".join(missing))
    )
    bare = [str(at) for at, text in enumerate(paper.texts, 1) if paper.number not in text]
    found.append(Finding("number", not bare and bool(paper.number), "Every page bears the number.", ", ".join(bare[:20])))
    return found


def signed(content: bytes, p7s: bytes | None, certificate: bytes | None, proof: Mapping[str, Any] | None = None) -> list[Finding]:
    """Return whether a file is, byte by byte, the one that was signed, and by whom. certificate: DER, had by another way."""
    what = "The file is, byte by byte, the one that was signed."
    if p7s is None:
        return [Finding("signature", None, what, "there is no signature beside it")]
    try:
        one = signature(p7s)
        holds = one.holds and one.digest == hashlib.sha256(content).digest()
    except (Unreadable, ValueError, IndexError, OverflowError) as error:
        return [Finding("signature", False, what, str(error))]
    found = [Finding("signature", holds, what, "" if holds else "the signature is of another file, or was changed")]
    who = "The signature is by the park's certificate."
    if certificate is None:
        found.append(
            Finding("signer", None, who, f"no certificate was given; compare {one.fingerprint} with the one that the park publishes")
        )
    else:
        ours = hashlib.sha256(certificate).hexdigest()
        found.append(Finding("signer", ours == one.fingerprint, who, "" if ours == one.fingerprint else f"it is by {one.fingerprint}"))
    if proof is not None:
        same = proof.get("signed_by") == one.fingerprint
        found.append(Finding("named", same, "It is the certificate that the paper names.", "" if same else one.fingerprint))
    return found


def examine(content: bytes, p7s: bytes | None = None, certificate: bytes | None = None) -> tuple[Paper | None, list[Finding]]:
    """Return what a PDF says of itself, and everything that was checked."""
    try:
        paper = read(content)
    except Unreadable as error:
        return None, [Finding("readable", False, "It is a PDF of a park's report.", str(error)), *signed(content, p7s, certificate)]
    return paper, [
        Finding("readable", True, "It is a PDF of a park's report."),
        *inside(paper),
        *signed(content, p7s, certificate, paper.proof),
    ]


def checkpoint_lines(text: str, certificate: bytes | None) -> list[Finding]:
    """Return whether the lines of a file of checkpoints follow each other, and bear the park's signature."""
    before, size = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        try:
            kept = json.loads(line)
            bare = {name: value for name, value in kept.items() if name not in ("signature", "signed_by")}
            follows = kept["previous"] == (hashlib.sha256(before.encode()).hexdigest() if before else "0" * 64)
            grows, size = kept["size"] >= size, kept["size"]
            plain = json.dumps(bare, sort_keys=True, separators=(",", ":"))
            good = certificate is None or ("signature" in kept and rsa_holds(certificate, plain.encode(), bytes.fromhex(kept["signature"])))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return [Finding("checkpoints", False, "The checkpoints follow each other.", f"line {number} is none")]
        if not (follows and grows and good):
            return [
                Finding(
                    "checkpoints", False, "The checkpoints follow each other.", f"line {number} was changed, or is not signed by the park"
                )
            ]
        before = line
    return [Finding("checkpoints", bool(before), "The checkpoints follow each other.", "" if before else "there are none")]


def _told(findings: Sequence[Finding]) -> int:
    for one in findings:
        mark = {True: "yes ", False: "NO  ", None: "?   "}[one.ok]
        print(mark + one.what + (f" ({one.why})" if one.why and not one.ok else ""))
    return 1 if any(one.ok is False for one in findings) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a file from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Check a paper of a park without the park.")
    parser.add_argument("file", type=Path, help="the PDF")
    parser.add_argument("--signature", type=Path, help="its signature; FILE.p7s or FILE.pdf.p7s when left out")
    parser.add_argument("--certificate", type=Path, help="the park's certificate (PEM), had from the park by another way")
    parser.add_argument("--checkpoints", type=Path, help="a file of checkpoints of the park's audit log")
    given = parser.parse_args(arguments)
    try:
        content = given.file.read_bytes()
        beside = [given.signature] if given.signature else [Path(f"{given.file}.p7s"), given.file.with_suffix(".p7s")]
        p7s = next((path.read_bytes() for path in beside if given.signature or path.exists()), None)
        certificate = from_pem(given.certificate.read_bytes()) if given.certificate else None
        checkpoints = given.checkpoints.read_text(encoding="utf-8") if given.checkpoints else None
    except (OSError, UnicodeDecodeError, Unreadable) as error:
        print(f"verifier: {error}", file=sys.stderr)
        return 2
    paper, findings = examine(content, p7s, certificate)
    if checkpoints is not None:
        findings += checkpoint_lines(checkpoints, certificate)
    if paper is not None:
        print(f"{paper.number}, issued {paper.proof.get('issued_at')}, SHA-256 of the data {paper.proof.get('sha256')}")
    return _told(findings)


if __name__ == "__main__":
    sys.exit(main())
