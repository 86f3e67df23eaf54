"""HTML becomes a PDF in a child process that can do nothing else: limited in time and memory, without network, with packaged assets only.

The same HTML, instant and attachments give the same bytes. Run as `python -m parkmgr.reports.pdf`, this module is the child: it reads one
order from its standard input, says how far it is on its standard error, and leaves the PDF in the file that the order names.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from parkmgr.errors import N_

SCHEME = "packaged:"
PAPER = Path(__file__).resolve().parents[2] / "templates" / "paper"

SECONDS = 900
"""Of the wall clock, and of the processor."""
BYTES = 6 * 1024**3
"""Of address space; a table needs about 170 MB for a thousand rows."""
LARGEST_FILE = 512 * 1024**2


class NotRendered(Exception):
    """The child ended without a PDF; the message says why."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF."""

    name: str
    description: str
    content: bytes


def assets() -> dict[str, tuple[Path, str]]:
    """Return every address that a document may name, with its file and type. There are no others."""
    import fontpkg_noto_sans
    import pylopdf_fonts_zh_cn

    fonts = Path(fontpkg_noto_sans.ROOT) / "files"
    return {
        **{f"{SCHEME}{sheet.name}": (sheet, "text/css") for sheet in sorted(PAPER.glob("*.css"))},
        f"{SCHEME}sans.ttf": (fonts / "NotoSans[wdth,wght].ttf", "font/ttf"),
        f"{SCHEME}sans-sc.otf": (pylopdf_fonts_zh_cn.sans_path(), "font/otf"),
    }


def render(
    html: str,
    *,
    issued_at: datetime,
    attachments: Sequence[Attachment] = (),
    progress: Callable[[int], None] = lambda _percent: None,
    seconds: int = SECONDS,
    memory: int = BYTES,
) -> bytes:
    """Return *html* as PDF/A-3a and PDF/UA-1. *progress* hears per cents, roughly.

    Raises:
        NotRendered: when the child needed more time or memory than it may have, or failed.
    """
    with tempfile.TemporaryDirectory(prefix="parkmgr-pdf-") as folder:
        work = Path(folder)
        (work / "fonts.conf").write_text(f"<fontconfig><cachedir>{folder}</cachedir></fontconfig>\n", encoding="ascii")
        order = {
            "html": html,
            "issued_at": issued_at.isoformat(),
            "target": str(work / "report.pdf"),
            "seconds": seconds,
            "memory": memory,
            "attachments": [[a.name, a.description, base64.b64encode(a.content).decode()] for a in attachments],
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "parkmgr.reports.pdf"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_environment(folder, issued_at),
            start_new_session=True,
        )
        said = _attend(child, json.dumps(order).encode(), progress, seconds)
        try:
            content = (work / "report.pdf").read_bytes()
        except OSError:
            content = b""
        if child.returncode != 0 or not content:
            raise NotRendered(said[-1] if said else _ended(child.returncode))
        return content


def _ended(code: int | None) -> str:
    return {-signal.SIGXCPU: N_("The report needed too much time."), -signal.SIGKILL: N_("The report needed too much time or memory.")}.get(
        code or 0, N_("The report could not be drawn.")
    )


def _environment(folder: str, issued_at: datetime) -> dict[str, str]:
    """Return all that the child may know of its surroundings: no setting, no secret."""
    return {
        "PATH": os.defpath,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "FONTCONFIG_FILE": str(Path(folder) / "fonts.conf"),
        "SOURCE_DATE_EPOCH": str(int(issued_at.timestamp())),
    }


def _attend(child: subprocess.Popen[bytes], order: bytes, progress: Callable[[int], None], seconds: int) -> list[str]:
    """Feed the child, hear it out, end it when its time is over; return what it said last."""
    said: list[str] = []
    over = threading.Timer(seconds, _end, [child])
    over.start()
    try:
        if child.stdin is not None and child.stderr is not None:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(order)
                child.stdin.close()
            for line in child.stderr:
                text = line.decode("utf-8", "replace").strip()
                if text.startswith("%"):
                    progress(int(text[1:]))
                elif text:
                    said.append(text)
        child.wait()
    finally:
        over.cancel()
        _end(child)
        child.wait()
        if child.stderr is not None:
            child.stderr.close()
    return said


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)


# From here on: the child.


def _limit(seconds: int, memory: int) -> None:
    import resource

    for kind, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "urllib.", "http.", "ftplib.")


def _refuse_everything_else() -> None:
    """No socket is opened and no program started from here on, whatever the document says."""

    def hook(event: str, _arguments: tuple[Any, ...]) -> None:
        if event.startswith(FORBIDDEN):
            raise PermissionError(f"{event} is not for a renderer")

    sys.addaudithook(hook)


def fetcher() -> Any:
    """Return what gives the renderer its assets: a fixed table of addresses. Anything else is refused."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    known = assets()

    class Packaged(URLFetcher):  # type: ignore[misc]
        """Knows packaged assets and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in known:
                raise ValueError(f"not an asset of the report: {url[:200]!r}")
            path, type_ = known[url]
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": type_})

    return Packaged()


PDFUA = """\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the document conforms</pdfaProperty:description></rdf:li></rdf:Seq>
</pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""
"""What the metadata say beside PDF/A: the renderer knows one standard at a time."""


def _listen() -> None:
    """Standard error says per cents while the renderer works."""
    import logging

    class Heard(logging.Handler):
        """Turns the renderer's steps into per cents."""

        page = 0

        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            if text.startswith("Step 5"):
                self.page += 1
                per_cent = 20 + int(60 * (1 - 0.97**self.page))
            else:
                per_cent = {"Step 2": 5, "Step 3": 8, "Step 4": 15, "Step 6": 85, "Step 7": 92}.get(text[:6], 0)
            if per_cent:
                print(f"%{per_cent}", file=sys.stderr, flush=True)

    progress = logging.getLogger("weasyprint.progress")
    progress.setLevel(logging.INFO)
    progress.propagate = False
    progress.handlers = [Heard()]


def _speak_of_both_standards(metadata: Any) -> None:
    """The metadata name PDF/UA too, and are not compressed, as ISO 19005 wants them."""
    described, included = metadata.generate_rdf_metadata, metadata.include_in_pdf

    def generate_rdf_metadata(*given: Any) -> bytes:
        return bytes(described(*given).replace(b"</rdf:RDF>", PDFUA.encode()))

    def include_in_pdf(pdf: Any, variant: str, version: int, conformance: str, compress: bool) -> None:
        included(pdf, variant, version, conformance, compress=False)

    metadata.generate_rdf_metadata = generate_rdf_metadata
    metadata.include_in_pdf = include_in_pdf


def _no_stream_ends_with_a_return() -> None:
    """A stream whose packed form ends with a carriage return is written unpacked.

    Why: before `endstream` stands a line feed, and the two together read as one end of line, so that the length no longer fits
    (ISO 19005-3, 6.1.7.1). The last byte of packed data is a checksum: one stream in 256.
    """
    import pydyf

    packed = pydyf.Stream.data.fget

    def data(stream: Any) -> bytes:
        written = bytes(packed(stream))
        if stream.compress and written.endswith(b"\r\nendstream"):
            stream.compress = False
            return bytes(packed(stream))
        return written

    pydyf.Stream.data = property(data)


def draw(order: dict[str, Any]) -> None:
    """The PDF that was ordered is in its file: written whole or not at all."""
    import gc

    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    gc.set_threshold(100_000, 50, 100)  # the document is one large graph that lives to the end
    issued_at = datetime.fromisoformat(order["issued_at"])
    fetch = fetcher()
    _no_stream_ends_with_a_return()
    _refuse_everything_else()
    _listen()
    attachments = [
        weasyprint.Attachment(
            string=base64.b64decode(content),
            name=name,
            description=description,
            created=issued_at,
            modified=issued_at,
            relationship="Data",
            url_fetcher=fetch,
        )
        for name, description, content in order["attachments"]
    ]
    fonts = FontConfiguration()
    document = weasyprint.HTML(string=order["html"], base_url=None, url_fetcher=fetch).render(
        font_config=fonts, pdf_variant="pdf/a-3a", attachments=attachments
    )
    _speak_of_both_standards(document.metadata)
    content = document.write_pdf(pdf_variant="pdf/a-3a", pdf_identifier=order["identifier"].encode(), attachments=attachments)
    target = Path(order["target"])
    part = target.with_suffix(".part")
    part.write_bytes(content)
    part.rename(target)


def _die_with_parent() -> None:
    """Nobody waits for a drawing whose worker was killed. Where the system cannot tell us, the limits end it."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def main() -> int:
    """Do the one order on the standard input."""
    _die_with_parent()
    order = json.loads(sys.stdin.buffer.read())
    _limit(order["seconds"], order["memory"])
    order["identifier"] = hashlib.sha256(order["html"].encode() + order["issued_at"].encode()).hexdigest()[:32]
    try:
        draw(order)
    except MemoryError:
        print(N_("The report needed too much memory."), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
