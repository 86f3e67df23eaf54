"""A PDF is drawn in a child that can reach nothing: the same bytes each time, both standards kept, all scripts embedded."""

from __future__ import annotations

import io
import re
import socket
import threading
from datetime import UTC, datetime

import page
import pikepdf
import pypdfium2
import pytest

from parkmgr.reports import pdf

AT = datetime(2026, 7, 1, 4, 0, 5, tzinfo=UTC)
HEAD = (
    '<!DOCTYPE html><html lang="en"><head><title>T</title><link rel="stylesheet" href="packaged:paper.css"></head>'
    '<body><h1>Rayak Райак 拉亚克</h1><p class="number">OCC-2026-0001</p>'
)


def render(inside: str = "", **more) -> bytes:
    return pdf.render(f"{HEAD}{inside}</body></html>", issued_at=AT, **more)


def text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(sheet.get_textpage().get_text_range() for sheet in document)
    finally:
        document.close()


def failures(content: bytes) -> list[str]:
    return [
        f"{failure.rule_id} {failure.message}"
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A)
        for failure in page.validate_pdf_bytes(content, profile=profile).failures
    ]


def test_the_same_order_gives_the_same_bytes_whatever_the_time():
    files = [pdf.Attachment("x.csv", "rows", b"a,b\r\n")]
    assert render(attachments=files) == render(attachments=files)


def test_it_is_pdf_a_3a_and_pdf_ua_1_and_carries_its_files():
    content = render(attachments=[pdf.Attachment("x.csv", "rows", b"a,b\r\n")])
    assert failures(content) == []
    with pikepdf.open(io.BytesIO(content)) as opened:
        assert opened.attachments["x.csv"].get_file().read_bytes() == b"a,b\r\n"
        metadata = opened.Root.Metadata.read_bytes()
    assert b'pdfaid:part="3"' in metadata and b"<pdfuaid:part>1</pdfuaid:part>" in metadata


def test_a_sum_is_never_alone_on_a_page():
    """A foot that goes to the next page leaves a table without a body there, against PDF/UA: sums are a last body, kept with a row."""
    rows = "".join(f'<tr><th scope="row">A-{number}</th><td>{number}</td></tr>' for number in range(4))
    head, last = '<thead><tr><th scope="col">Unit</th></tr></thead>', '<tbody class="sum"><tr><td>All</td></tr></tbody>'
    table = f"<table>{head}<tbody>{rows}</tbody>{last}</table>"
    sheet = '<link rel="stylesheet" href="packaged:occupancy.css">'
    content = render(sheet + "".join(f'<p style="break-before: page; height: {236 + n * 1.2}mm">Page</p>{table}' for n in range(12)))
    assert failures(content) == []
    assert not any(re.search(r"Unit\s+All", page_) for page_ in text(content).split("OCC-2026-0001"))
    assert [path.name for path in pdf.PAPER.glob("*.html") if "<tfoot" in path.read_text(encoding="utf-8")] == []


def test_all_scripts_are_there_with_embedded_fonts():
    content = render()
    assert "Rayak Райак 拉亚克" in text(content)
    with pikepdf.open(io.BytesIO(content)) as opened:
        described = [item for item in opened.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"]
        assert described and all("/FontFile2" in item or "/FontFile3" in item for item in described)


REACHING = """
<img src="{url}"><link rel="stylesheet" href="{url}"><style>@import url({url}); body {{ background: url({url}) }}</style>
<style>@font-face {{ font-family: X; src: url({url}) }} p {{ font-family: X }}</style><p>x</p>
<object data="{url}"></object><embed src="{url}"><iframe src="{url}"></iframe><link rel="attachment" href="{url}">
<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}" width="9" height="9"/><use href="{url}#a"/></svg>
<p style="list-style-image: url({url}); display: list-item">x</p><p style="content: url({url})">x</p>
"""


@pytest.mark.parametrize("inside", [REACHING, '<base href="{url}"><img src="a.png"><link rel="stylesheet" href="b.css">'])
def test_no_document_reaches_the_network(inside):
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                asked.append(str(connection.recv(200)))
                connection.close()

        listener = threading.Thread(target=listen)
        listener.start()
        try:
            render(inside.format(url=f"http://127.0.0.1:{server.getsockname()[1]}/x"))
        finally:
            done.set()
            listener.join()
    assert asked == []


@pytest.mark.parametrize("inside", ['<link rel="attachment" href="{url}">', '<object data="{url}"></object><img src="{url}">'])
def test_no_document_reads_a_file(inside, tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text y="15">KEEPTHIS</text></svg>')
    content = render(inside.format(url=secret.as_uri()))
    assert "KEEPTHIS" not in text(content)
    with pikepdf.open(io.BytesIO(content)) as opened:
        assert len(opened.attachments) == 0


def test_only_the_assets_of_the_table_are_fetched():
    fetch = pdf.fetcher()
    for url in pdf.assets():
        assert fetch.fetch(url).read()
    for url in ("packaged:../pdf.py", "packaged:", "file:///etc/passwd", "http://x/", "data:text/plain,x", "PACKAGED:paper.css"):
        with pytest.raises(ValueError, match="not an asset"):
            fetch.fetch(url)


def test_too_much_time_ends_it():
    with pytest.raises(pdf.NotRendered):
        render("<table>" + "<tr><td>x</td></tr>" * 40_000 + "</table>", seconds=2)


def test_too_much_memory_ends_it():
    with pytest.raises(pdf.NotRendered):
        render("<p>x</p>" * 20_000, memory=200 * 1024**2)


def test_progress_is_told():
    told: list[int] = []
    render(progress=told.append)
    assert told == sorted(told) and told[0] >= 5 and told[-1] < 100


def test_the_child_knows_nothing_of_the_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("PARKMGR_SECRET_KEY", "x" * 40)
    known = pdf._environment(str(tmp_path), AT)
    assert not [name for name in known if name.startswith("PARKMGR")] and known["SOURCE_DATE_EPOCH"] == "1782878405"
