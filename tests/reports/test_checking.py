"""Whether a paper is genuine: every change is found, by the register and by a stranger; whatever is sent, the answer is a sentence."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pikepdf
import pytest
from flask import Flask
from flask_migrate import upgrade

from parkmgr import signing
from parkmgr.app import create_app
from parkmgr.audit import checkpointing
from parkmgr.audit.checkpoints import BadCheckpoints, read
from parkmgr.config import BadSetting, Config, prepare_instance
from parkmgr.db import db
from parkmgr.policy import SYSTEM
from parkmgr.reports import actions, checking, queries, verifier
from parkmgr.reports.models import IssuedReport
from parkmgr.reports.rules import Wanted
from tests.conftest import NOW
from tests.making import Maker
from tests.web.visiting import Visitor


@dataclass(frozen=True)
class Paper:
    """An issued report with its signature, and the park that issued it."""

    app: Flask
    folder: Path
    number: str
    pdf: bytes
    p7s: bytes
    certificate: bytes


def issued_in(folder: Path, space: str) -> Paper:
    config = Config(instance=folder)
    prepare_instance(config)
    signing.prepare(config, now=NOW, bits=2048)
    app = create_app(config, testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        upgrade()
        make = Maker()
        make.space(code=space)
        number, content = actions.produce(make.the_park(), Wanted(date(2026, 3, 1), None, "zh"), "pdf", actor=SYSTEM, now=NOW)
        kept = queries.file(queries.report(make.the_park().id, number).id, "p7s")
        certificate = verifier.from_pem((folder / signing.CERTIFICATE).read_bytes())
        return Paper(app, folder, number, content, kept.content if kept else b"", certificate)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paper]:
    """One paper for all; nobody changes its register for good."""
    found = issued_in(tmp_path_factory.mktemp("park"), "S")
    with found.app.app_context():
        yield found
        db.session.remove()
        db.engine.dispose()


def wrong(checked: checking.Checked) -> set[str]:
    return {one.code for one in checked.wrong}


def stranger(content: bytes, paper: Paper) -> set[str]:
    """What somebody without the park finds wrong."""
    return {one.code for one in verifier.examine(content, paper.p7s, paper.certificate)[1] if one.ok is False}


# What is genuine


def test_a_genuine_paper_holds_in_everything(paper: Paper):
    alone = checking.offline(paper.pdf, paper.p7s, paper.certificate)
    asked = checking.of_file(paper.pdf)
    assert {one.ok for one in (*alone.findings, *asked.findings)} == {True}
    assert {one.code for one in (*alone.findings, *asked.findings)} == set(checking.SENTENCES) - {"same_data"}
    assert asked.genuine and checking.of_number(paper.number).genuine


def test_without_the_signature_nothing_is_said_of_it(paper: Paper):
    found = {one.code: one.ok for one in checking.offline(paper.pdf, None, None).findings}
    assert found.pop("signature") is None
    assert set(found.values()) == {True}


def test_the_verifier_runs_by_itself(paper: Paper, tmp_path: Path):
    file = tmp_path / "r.pdf"
    file.write_bytes(paper.pdf)
    Path(f"{file}.p7s").write_bytes(paper.p7s)
    command = [sys.executable, "-I", "-S", verifier.__file__, str(file), "--certificate", str(paper.folder / signing.CERTIFICATE)]
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr, good.stdout.count("yes "), good.stdout.count("NO ")) == (0, "", 8, 0)
    file.write_bytes(paper.pdf[:-1] + b" ")
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (bad.returncode, "NO  The file is, byte by byte" in bad.stdout) == (1, True)


@pytest.mark.browser  # not a browser, but what only an administrator can install
def test_openssl_agrees(paper: Paper, tmp_path: Path):
    (tmp_path / "r.pdf").write_bytes(paper.pdf)
    (tmp_path / "r.pdf.p7s").write_bytes(paper.p7s)
    command = ("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "r.pdf.p7s", "-content", "r.pdf", "-out", "/dev/null")
    asked = [*command, "-CAfile", str(paper.folder / signing.CERTIFICATE)]
    assert subprocess.run(asked, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "r.pdf").write_bytes(paper.pdf + b" ")
    assert subprocess.run(asked, cwd=tmp_path, capture_output=True, check=False).returncode != 0


# What is not


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_byte_anywhere_is_found(paper: Paper, seed: int):
    random = Random(seed)
    for _ in range(25):
        changed = bytearray(paper.pdf)
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        signed = verifier.signed(bytes(changed), paper.p7s, paper.certificate)
        assert [one.code for one in signed if one.ok is False] == ["signature"]
    found = checking.of_file(bytes(changed))
    assert not found.genuine and "file" in wrong(found)
    assert "signature" in stranger(bytes(changed), paper)


@pytest.mark.parametrize("part", [0, 1, 9, 100, 5000, -5000, -200, -30, -7, -1])
def test_a_file_that_was_cut_off_is_found(paper: Paper, part: int):
    assert wrong(checking.of_file(paper.pdf[:part])) & {"readable", "file"}
    assert "signature" in stranger(paper.pdf[:part], paper)


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_signature_is_found(paper: Paper, seed: int):
    random = Random(seed)
    for _ in range(50):
        changed = bytearray(paper.p7s)
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        holds = all(one.ok for one in verifier.signed(paper.pdf, bytes(changed), paper.certificate))
        # What identifies the signer, and the versions, are not read: the certificate is compared whole instead.
        assert not holds or verifier.signature(bytes(changed)).certificate == paper.certificate


def test_a_signature_is_no_paper(paper: Paper):
    assert wrong(checking.of_file(paper.p7s)) == {"file", "readable"}


def test_a_paper_that_was_saved_anew_keeps_its_data_only(paper: Paper):
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper.pdf)) as opened:
        opened.save(file, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert wrong(checking.of_file(file.getvalue())) == {"file"}
    assert wrong(checking.offline(file.getvalue(), paper.p7s, paper.certificate)) == {"signature", "drawn"}


def test_other_data_inside_are_found(paper: Paper):
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper.pdf)) as opened:
        name = f"{paper.number}.data.json"
        plain = json.loads(opened.attachments[name].get_file().read_bytes())
        for specification in opened.Root.AF:
            if str(specification.UF) == name:
                plain["rows"] = []
                specification.EF.F = opened.make_stream(json.dumps(plain).encode(), Type=pikepdf.Name.EmbeddedFile)
                specification.EF.UF = specification.EF.F
        opened.save(file)
    assert wrong(checking.of_file(file.getvalue())) == {"file", "files", "data", "same_data"}
    assert {"files", "data"} <= stranger(file.getvalue(), paper)


def test_another_park_s_report_is_not_ours(paper: Paper, tmp_path: Path):
    with paper.app.app_context():
        theirs = issued_in(tmp_path, "T")
    assert theirs.number == paper.number
    assert wrong(checking.of_file(theirs.pdf)) == {"file", "same_data"}
    assert wrong(checking.offline(theirs.pdf, theirs.p7s, paper.certificate)) == {"signer"}


def test_what_was_changed_in_the_register_is_found(paper: Paper):
    issued = queries.issued(paper.number)
    before = issued.sha256, issued.audit_hash, issued.audit_root
    for change, code in (
        ({"sha256": "0" * 64}, "kept"),
        ({"audit_hash": "0" * 64}, "audit"),
        ({"audit_root": "0" * 64}, "audit"),
    ):
        with db.engine.begin() as connection:
            connection.execute(db.update(IssuedReport.__table__).values(**change))
        db.session.rollback()
        assert wrong(checking.of_file(paper.pdf)) == {code}
        with db.engine.begin() as connection:
            connection.execute(db.update(IssuedReport.__table__).values(sha256=before[0], audit_hash=before[1], audit_root=before[2]))
        db.session.rollback()


# What is sent by people who mean no good


def made(body: bytes, of: bytes = b"") -> bytes:
    """A PDF whose catalogue has one attached stream of this body."""
    objects = [
        b"<</Type /Catalog /Pages 3 0 R /AF [2 0 R]>>",
        b"<</Type /Filespec /UF (x.proof.json) /EF <</F 4 0 R>>>>",
        b"<</Type /Pages /Kids [3 0 R 3 0 R]>>",
        b"<</Type /EmbeddedFile /Length %d " % len(body) + of + b">>\nstream\n" + body + b"\nendstream",
    ]
    found, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(found))
        found += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    start = len(found)
    found += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(found + b"trailer\n<</Size 5 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)


BOMB = zlib.compress(b" " * 250_000_000, 9)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "does not begin"),
        (b"%PDF-1.7\n", "cut off"),
        (b"%PDF-1.7\nstartxref\n99999\n%%EOF", "outside"),
        (b"%PDF-1.7\nstartxref\n" + b"[" * 5000, "too deep"),
        (b"%PDF-1.7\n" + b"(" * 90_000 + b"startxref (((", "no end"),
        (made(b"{}"), "what proves a report"),
        (made(b"[" * 100_000), "RecursionError"),
        (made(BOMB, b"/Filter /FlateDecode "), "much larger inside"),
        (made(b"x", b"/Filter /JBIG2Decode "), "not read here"),
        (made(b"x", b"/Filter /FlateDecode "), "damaged"),
        (made(b"{}").replace(b"/Size 5", b"/Encrypt 4 0 R"), "encrypted"),
        (made(b"{}", b"/Length 4 0 R"), "circle|damaged"),
        (made(b"{}").replace(b"/AF [2 0 R]", b"/AF 1 0 R  "), "what proves a report"),
        (made(b"{}").replace(b"0 5\n", b"0 99999999\n"), "damaged|ends|none"),
    ],
)
def test_what_is_no_report_is_told_so(paper: Paper, content: bytes, why: str):
    with pytest.raises(verifier.Unreadable, match=why):
        verifier.read(content)
    assert wrong(checking.of_file(content)) == {"file", "readable"}


def test_a_file_that_takes_long_to_read_is_given_up(paper: Paper):
    with pytest.raises(verifier.Unreadable, match="too long"):
        verifier.read(paper.pdf, seconds=0)


@pytest.mark.parametrize("seed", range(6))
def test_no_damage_breaks_the_reader(paper: Paper, seed: int):
    random, changed = Random(seed), bytearray(paper.pdf)
    for _ in range(40):
        place = random.randrange(len(changed) - 1) if seed % 2 else len(changed) - 1 - random.randrange(4000)
        changed[place : place + random.randrange(4)] = random.randbytes(random.randrange(4))
    assert not checking.of_file(bytes(changed)).genuine


# The pages


def test_the_page_names_what_does_not_hold(paper: Paper):
    def said(content: bytes) -> str:
        return Visitor(paper.app).open("/check", "POST", data={"file": (io.BytesIO(content), "x.pdf")}).text

    assert f"Genuine: {paper.number}" in said(paper.pdf)
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper.pdf)) as opened:
        opened.save(file)
    page = said(file.getvalue())
    assert "Not the paper that was issued" in page and page.count("does not hold") == 1
    assert "Not known" in said(b"%PDF-1.7")


def test_everybody_has_the_certificate_and_the_verifier(paper: Paper):
    visitor = Visitor(paper.app)
    assert verifier.from_pem(visitor.get("/papers/certificate.pem").data) == paper.certificate
    assert visitor.get("/papers/verifier.py").data == Path(verifier.__file__).read_bytes()
    assert signing.signer(paper.app.config["PARKMGR"]).fingerprint in visitor.get("/check").text


def test_the_verifier_needs_the_standard_library_only():
    import ast

    tree = ast.parse(Path(verifier.__file__).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


# Keys and checkpoints


def test_a_key_is_made_once_and_is_its_owner_s(tmp_path: Path):
    config = Config(instance=tmp_path)
    assert signing.signer(config) is None
    assert signing.prepare(config, now=NOW, bits=2048)
    first = signing.signer(config).fingerprint
    assert not signing.prepare(config, now=NOW)
    assert signing.signer(config).fingerprint == first
    assert (tmp_path / signing.KEY).stat().st_mode & 0o077 == 0


def test_a_key_that_is_given_is_used(paper: Paper, tmp_path: Path):
    key, certificate = ((paper.folder / name).read_text() for name in (signing.KEY, signing.CERTIFICATE))
    given = Config(instance=tmp_path, signing_key=key.strip(), signing_certificate=certificate.strip())
    assert signing.signer(given).fingerprint == signing.signer(paper.app.config["PARKMGR"]).fingerprint
    assert not signing.prepare(given, now=NOW)
    for bad in (("", certificate), (key, ""), (key, "x"), ("x", certificate)):
        with pytest.raises(BadSetting):
            signing.signer(Config(instance=tmp_path, signing_key=bad[0], signing_certificate=bad[1]))


def test_a_certificate_of_another_key_is_refused(paper: Paper, tmp_path: Path):
    signing.prepare(Config(instance=tmp_path), now=NOW, bits=2048)
    certificate = (paper.folder / signing.CERTIFICATE).read_text()
    with pytest.raises(BadSetting, match="another key"):
        signing.signer(Config(instance=tmp_path, signing_key=(tmp_path / signing.KEY).read_text(), signing_certificate=certificate))


@pytest.fixture
def checkpoints(paper: Paper, tmp_path: Path) -> Path:
    """A file with three signed lines."""
    file = tmp_path / "checkpoints"
    for number in range(3):
        Maker().organisation(code=f"{tmp_path.name[-18:]}-{number}")
        checkpointing.make(file, now=datetime.now(UTC))
    return file


def test_checkpoints_are_signed_and_a_stranger_can_tell(paper: Paper, checkpoints: Path):
    signer = signing.signer(paper.app.config["PARKMGR"])
    assert {one.signed_by for one in read(checkpoints, signer)} == {signer.fingerprint}
    assert verifier.checkpoint_lines(checkpoints.read_text(), paper.certificate)[0].ok


def test_a_changed_or_unsigned_checkpoint_is_found(paper: Paper, checkpoints: Path):
    signer, lines = signing.signer(paper.app.config["PARKMGR"]), checkpoints.read_text().splitlines()
    plain = {name: value for name, value in json.loads(lines[-1]).items() if not name.startswith("sign")}
    for last in (
        json.dumps(plain, sort_keys=True, separators=(",", ":")),
        lines[-1].replace('"root":"', '"root":"0'),
        lines[-1].replace('"signature":"', '"signature":"00'),
        json.dumps({**json.loads(lines[-1]), "signature": json.loads(lines[0])["signature"]}, sort_keys=True, separators=(",", ":")),
    ):
        checkpoints.write_text("\n".join([*lines[:-1], last]) + "\n")
        with pytest.raises(BadCheckpoints):
            read(checkpoints, signer)
        assert verifier.checkpoint_lines(checkpoints.read_text(), paper.certificate)[0].ok is False


def test_a_paper_bears_witness_to_the_log(paper: Paper):
    borne = checking.witness(paper.pdf)
    issued = queries.issued(paper.number)
    assert (borne["size"], borne["head"], borne["root"]) == (issued.audit_size, issued.audit_hash, issued.audit_root)
    with pytest.raises(verifier.Unreadable):
        checking.witness(b"%PDF-1.7")
