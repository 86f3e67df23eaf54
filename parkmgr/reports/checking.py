"""Whether a paper is genuine: what the file proves by itself (verifier), and what the park's register says of it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from parkmgr import signing
from parkmgr.audit import queries as audit
from parkmgr.errors import N_
from parkmgr.reports import actions, pdf, proofs, queries, verifier
from parkmgr.reports.models import IssuedReport
from parkmgr.reports.verifier import Finding, Paper

SENTENCES = {
    "readable": N_("It is a PDF of a park's report."),
    "files": N_("The files inside are those that the paper names."),
    "data": N_("The data inside have the SHA-256 that the paper names."),
    "printed": N_("The last page prints that SHA-256, and how far the audit log had come."),
    "number": N_("Every page bears the number."),
    "signature": N_("The file is, byte by byte, the one that was signed."),
    "signer": N_("The signature is by the park's certificate."),
    "named": N_("It is the certificate that the paper names."),
    "issued": N_("The park has issued a report of this number."),
    "file": N_("The file is, byte by byte, the PDF that the park keeps."),
    "same_data": N_("The data inside are those that the park issued."),
    "kept": N_("The rows that the park keeps have the SHA-256 that was written when it was issued."),
    "kept_signature": N_("The PDF that the park keeps bears its signature."),
    "audit": N_("The audit log is still the one to which the paper bears witness."),
    "drawn": N_("Drawn again from the data inside, the report has the same bytes: its pages say what its data say."),
}
"""What each check is about, by the code of its finding."""

MOST_ENTRIES = 200_000
"""Of how many entries the public page computes the Merkle root anew; of more it compares the hash of the last only."""


SECONDS = 20.0
"""How long the reading of a file that anybody sent may take."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of a paper. issued: the report of the register that it is or says it is."""

    findings: tuple[Finding, ...]
    issued: IssuedReport | None = None
    paper: Paper | None = None

    @property
    def genuine(self) -> bool:
        """Tell whether nothing speaks against it, and the register knows it."""
        return self.issued is not None and not self.wrong

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """What does not hold."""
        return tuple(one for one in self.findings if one.ok is False)


def said(finding: Finding) -> str:
    """Return what a check is about, in the reader's language."""
    return str(_(SENTENCES[finding.code]))


def _finding(code: str, ok: bool | None, why: str = "") -> Finding:
    return Finding(code, ok, SENTENCES[code], "" if ok else why)


def of_number(number: str) -> Checked:
    """Return what the register says of a report: issued, its rows and PDF as they were kept, the audit log what it was."""
    issued = queries.issued(number)
    if issued is None:
        return Checked((_finding("issued", False),))
    return Checked((_finding("issued", True), *_kept(issued), _audit(issued)), issued)


def of_file(content: bytes, seconds: float = SECONDS) -> Checked:
    """Return what the register says of a PDF: where its bytes are not those that were issued, what of it is still right."""
    known = queries.pdf_of_hash(hashlib.sha256(content).hexdigest())
    if known is not None:
        checked = of_number(known)
        return Checked((_finding("file", True), *checked.findings), checked.issued)
    try:
        paper = verifier.read(content, seconds)
    except verifier.Unreadable as error:
        return Checked((_finding("file", False), _finding("readable", False, str(error))))
    number = paper.number.strip().upper()
    issued = queries.issued(number) if number else None
    findings = [_finding("file", False), _finding("readable", True), *verifier.inside(paper), _finding("issued", issued is not None)]
    if issued is not None:
        data = b"" if paper.data is None else paper.data
        findings += [_finding("same_data", hashlib.sha256(data).hexdigest() == issued.sha256), *_kept(issued), _audit(issued)]
    return Checked(tuple(findings), issued, paper)


def offline(
    content: bytes, p7s: bytes | None, certificate: bytes | None, progress: Callable[[int], None] = lambda _percent: None
) -> Checked:
    """Return what a PDF proves by itself: what a stranger sees too, and that its pages are what its data say, for it is drawn again."""
    paper, findings = verifier.examine(content, p7s, certificate)
    if paper is None:
        return Checked(tuple(findings))
    return Checked((*findings, _drawn(content, paper, progress)), None, paper)


def _drawn(content: bytes, paper: Paper, progress: Callable[[int], None]) -> Finding:
    try:
        issue = proofs.issue_from(paper.proof)
        again = actions.drawn(str(paper.proof["kind"]), paper.data or b"", issue, str(paper.proof["language"]), progress)
    except pdf.NotRendered as error:
        return _finding("drawn", None, str(error))
    except (KeyError, TypeError, ValueError, LookupError, AttributeError) as error:
        return _finding("drawn", False, f"the data inside are not a report's ({type(error).__name__})")
    return _finding("drawn", again == content, "the pages, or what surrounds them, are not what the data give")


def _kept(issued: IssuedReport) -> list[Finding]:
    rows = queries.rows_of(issued.id)
    try:
        digest = hashlib.sha256(zlib.decompress(rows)).hexdigest()
    except zlib.error:
        digest = ""
    found = [_finding("kept", digest == issued.sha256, digest)]
    content, p7s = queries.file(issued.id, "pdf"), queries.file(issued.id, "p7s")
    if content is not None and p7s is not None:
        ours = signing.signer(current_app.config["PARKMGR"])
        certificate = None if ours is None else verifier.from_pem(ours.pem)
        parts = verifier.signed(content.content, p7s.content, certificate, {"signed_by": issued.signed_by})
        wrong = [one for one in parts if one.ok is False and (one.code != "signer" or issued.signed_by == getattr(ours, "fingerprint", ""))]
        found.append(_finding("kept_signature", not wrong, "; ".join(one.why for one in wrong)))
    return found


def _audit(issued: IssuedReport) -> Finding:
    """Tell whether the log has, up to where it was, the last hash and the root that the report bears witness to."""
    size = issued.audit_size
    root = audit.root_of(size) if issued.audit_root and size <= MOST_ENTRIES else None
    same = audit.hash_of(size) == issued.audit_hash and root in (None, issued.audit_root)
    return _finding("audit", same, f"entries 1–{size}")


def witness(content: bytes) -> dict[str, Any]:
    """Return the size, head and root of the audit log to which a paper bears witness.

    Raises:
        Unreadable: it bears none.
    """
    audit_ = verifier.read(content).proof.get("audit")
    if not isinstance(audit_, dict) or not isinstance(audit_.get("size"), int):
        raise verifier.Unreadable("it does not say how far the audit log had come")
    return audit_
