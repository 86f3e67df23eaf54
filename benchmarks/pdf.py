"""What the PDF of the occupancy report costs at 100, 1,000 and 5,000 rows, beside Chromium printing the same HTML.

    .venv/bin/python benchmarks/pdf.py [ROWS …] [--rounds N]

Both draw the same HTML with the same style sheets and fonts, in turns, in one run; the figures are medians over the rounds. Chromium
makes no PDF/A, no page numbers and no attachments, so the ratio says what the promises of the paper cost.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pypdfium2
from flask import Flask
from flask_babel import Babel

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from parkmgr.reports import occupancy, pages, pdf, tables
from parkmgr.web import formats, words
from tests.reports.sample import report

AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


@dataclass(frozen=True)
class Cost:
    """What one drawing cost."""

    wall: float
    processor: float
    megabytes: float
    pages: int
    kilobytes: float


class Watch:
    """Watches the processes that this one starts: the most memory they had together (PSS), and their processor time."""

    def __enter__(self) -> Watch:
        self.most, self.processor, self.done = 0, {}, threading.Event()
        self.started = time.perf_counter()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self) -> None:
        me = psutil.Process()
        while not self.done.wait(0.05):
            together = 0
            for child in me.children(recursive=True):
                try:
                    together += child.memory_full_info().pss
                    times = child.cpu_times()
                    self.processor[child.pid] = times.user + times.system
                except psutil.Error:
                    continue
            self.most = max(self.most, together)

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self.started
        self.done.set()
        self.thread.join()

    def cost(self, content: bytes) -> Cost:
        document = pypdfium2.PdfDocument(content)
        count = len(document)
        document.close()
        return Cost(self.wall, sum(self.processor.values()), self.most / 1e6, count, len(content) / 1e3)


def html_of(app: Flask, rows: int) -> tuple[str, bytes]:
    """Return the paper of a made-up park, and its CSV."""
    made = report(rows)
    issue = pages.Issue(
        "OCC-2026-0001",
        AT,
        "benchmark",
        occupancy.fingerprint(occupancy.canonical(made)),
        "http://localhost/check/OCC-2026-0001",
        1,
        "0" * 64,
    )
    with app.app_context():
        return pages.paper(made, issue, language="en"), tables.csv_bytes(made, language="en")


def by_weasyprint(html: str, csv: bytes) -> Cost:
    """Draw as the park does."""
    with Watch() as watch:
        content = pdf.render(html, issued_at=AT, attachments=[pdf.Attachment("rows.csv", "rows", csv)])
    return watch.cost(content)


def by_chromium(html: str, folder: Path) -> Cost:
    """Draw as a browser prints."""
    for name, (path, type_) in pdf.assets().items():
        if type_ == "text/css":
            sheet = path.read_text(encoding="utf-8")
            for other, (font, kind) in pdf.assets().items():
                sheet = sheet.replace(other, font.as_uri()) if kind.startswith("font/") else sheet
            html = html.replace(f'<link rel="stylesheet" href="{name}">', f"<style>{sheet}</style>")
    source, target = folder / "report.html", folder / "report.pdf"
    source.write_text(html, encoding="utf-8")
    target.unlink(missing_ok=True)
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        f"--user-data-dir={folder / 'profile'}",
    ]
    with Watch() as watch:
        subprocess.run(
            [*command, "--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri()], check=True, capture_output=True, timeout=600
        )
    return watch.cost(target.read_bytes())


def median(costs: list[Cost], of: Callable[[Cost], float]) -> float:
    """Return the median of one figure."""
    return statistics.median(of(cost) for cost in costs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=int, default=[100, 1000, 5000])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    app = Flask("parkmgr", template_folder=str(Path(__file__).resolve().parent.parent / "templates"))
    Babel(app)
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.globals.update(word=words.word, language=formats.language)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {asked.rounds} rounds in turns, medians")
    print("  rows  drawn by    wall s   processor s   memory MB   pages   file kB   cpu s/1,000 rows   wall ratio   processor ratio")
    for rows in asked.rows:
        html, csv = html_of(app, rows)
        ours: list[Cost] = []
        theirs: list[Cost] = []
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(asked.rounds):
                ours.append(by_weasyprint(html, csv))
                if Path(CHROMIUM).exists():
                    theirs.append(by_chromium(html, Path(folder)))
        for name, costs in (("parkmgr", ours), ("Chromium", theirs)):
            if costs:
                print(line(rows, name, costs, theirs or costs), flush=True)


def line(rows: int, name: str, costs: list[Cost], beside: list[Cost]) -> str:
    """Return one line of the table; the ratios are to *beside*."""
    wall, processor = median(costs, lambda cost: cost.wall), median(costs, lambda cost: cost.processor)
    memory, kilobytes = median(costs, lambda cost: cost.megabytes), median(costs, lambda cost: cost.kilobytes)
    ratios = wall / median(beside, lambda cost: cost.wall), processor / median(beside, lambda cost: cost.processor)
    return (
        f"{rows:6d}  {name:9s} {wall:8.2f} {processor:13.2f} {memory:11.0f} {costs[0].pages:7d} {kilobytes:9.0f} "
        f"{processor * 1000 / rows:18.2f} {ratios[0]:12.2f} {ratios[1]:17.2f}"
    )


if __name__ == "__main__":
    main()
