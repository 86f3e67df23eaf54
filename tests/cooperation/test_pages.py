"""The pages of cooperation, as the desk, a liaison and others use them."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from flask import Flask

from parkmgr.cooperation import delegation_actions, delegation_queries
from parkmgr.cooperation import project_queries as projects
from parkmgr.cooperation.delegation_actions import Member
from parkmgr.cooperation.models import Agreement, Delegation, Event, Project
from parkmgr.db import db, transaction
from parkmgr.policy import SYSTEM, Role
from tests.conftest import NOW
from tests.cooperation.conftest import Club
from tests.web.visiting import Visitor

SECRET = "Ivan Secretov"


@pytest.fixture
def desk(app: Flask, club: Club) -> Visitor:
    return Visitor(app).is_(club.desk())


@pytest.fixture
def liaison(app: Flask, club: Club) -> Visitor:
    return Visitor(app).is_(club.liaison())


def text(answer) -> str:
    return answer.get_data(as_text=True)


def soon(days: int) -> str:
    from datetime import timedelta

    from parkmgr import clock

    return (clock.now().date() + timedelta(days=days)).isoformat()


ASK = {
    "name_en": "Talks",
    "guest": "SPBPU",
    "host": "PARK",
    "arrives_on": soon(20),
    "leaves_on": soon(22),
    "people": "6",
    "language": "ru",
    "host_language": "zh",
    "meeting_from": "10:00",
    "meeting_until": "12:00",
    "homes": "y",
    "interpreter": "y",
}
ADDRESS = "/parks/CP/delegations"


def asked(visitor: Visitor, **more: str) -> Delegation:
    answer = visitor.post(f"{ADDRESS}/ask", **ASK, sure="yes", **more)
    assert answer.status_code == 303, text(answer)
    return db.session.scalars(db.select(Delegation).order_by(Delegation.id.desc())).first()


def test_a_liaison_sees_the_programme_before_she_asks_for_it(club, liaison):
    seen = text(liaison.post(f"{ADDRESS}/ask", **ASK))
    assert "F4" in seen and "M10" in seen and 'name="sure" value="yes"' in seen
    assert db.session.scalar(db.select(db.func.count()).select_from(Delegation)) == 0
    page = text(liaison.get(f"{ADDRESS}/{asked(liaison).number}"))
    assert "F4" in page and "Nothing is held" in page


@pytest.mark.parametrize(
    ("change", "says", "field"),
    [
        ({"host": ""}, "Say who receives them", "host"),
        ({"people": "10"}, "have beds for 9", "people"),
        ({"guest": "NOBODY"}, "no organisation of the code NOBODY", "guest"),
        ({"guest": "ITMO", "host": "PARK"}, "for your own organisation only", "guest"),
        ({"leaves_on": soon(19)}, "before they arrive", "leaves_on"),
        ({"people": ""}, "fill in this field", "people"),
        ({"meeting_from": "ten"}, "Write it as 09:30", "meeting_from"),
        ({"agreement": "AG-1"}, "no agreement of the number", "agreement"),
    ],
)
def test_bad_input_has_its_sentence_at_its_field(club, liaison, change, says, field):
    answer = liaison.post(f"{ADDRESS}/ask", **(ASK | change))
    assert answer.status_code == 422
    page = text(answer)
    assert re.search(rf'<a href="#{field}">[^<]*</a>: [^<]*{says}', page), page[page.find("errors") : page.find("errors") + 900]
    assert 'value="Talks"' in page


def test_the_desk_changes_the_programme_and_approves_it(club, desk, liaison):
    number = asked(liaison).number
    page = text(desk.get(f"{ADDRESS}/{number}/programme"))
    fields = dict(re.findall(r'name="(items-\d+-\w+)"[^>]*?value="([^"]*)"', page))
    kinds = re.findall(r'<select[^>]*name="(items-\d+-kind)".*?</select>', page, re.S)
    chosen = dict.fromkeys(kinds, "")
    for name in kinds:
        block = re.search(rf'name="{name}".*?</select>', page, re.S).group()
        found = re.search(r'selected value="(\w+)"', block)
        chosen[name] = found.group(1) if found and found.group(1) != "interpreter" else ""
    answer = desk.post(f"{ADDRESS}/{number}/programme", **fields, **chosen)
    assert answer.status_code == 303, text(answer)
    assert desk.post(f"{ADDRESS}/{number}/approve").status_code == 303
    rows = delegation_queries.items(db.session.scalars(db.select(Delegation)).one().id)
    assert sorted({row.kind for row in rows}) == ["home", "meeting"]
    assert all(row.booking_id or row.residency_id for row in rows)


def test_a_visit_goes_through_its_pages(club, desk, liaison):
    number = asked(liaison).number
    for deed, visitor in (("approve", desk), ("invite", desk), ("confirm", liaison)):
        assert visitor.get(f"{ADDRESS}/{number}/{deed}").status_code == 200
        assert visitor.post(f"{ADDRESS}/{number}/{deed}").status_code == 303
    answer = desk.post(f"{ADDRESS}/{number}/report", summary="Good")
    assert (answer.status_code, "is reported afterwards" in text(answer)) == (422, True)
    assert liaison.post(f"{ADDRESS}/{number}/cancel", reason="Ill").status_code == 303
    assert "Ill" in text(desk.get(f"{ADDRESS}/{number}"))


def test_nobody_but_the_desk_reads_who_comes(app, club, desk, liaison):
    number = asked(liaison).number
    answer = liaison.post(f"{ADDRESS}/{number}/members/new", name=SECRET, passport="77 1234567", citizenship="ru", leads="y")
    assert answer.status_code == 303
    assert desk.post(f"{ADDRESS}/{number}/approve").status_code == 303
    others = [
        liaison,
        *(
            Visitor(app).is_(club.make.granted(role, park=club.park))
            for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.HOUSING_DESK, Role.LAB_MANAGER)
        ),
    ]
    paths = [
        f"{ADDRESS}/{number}",
        ADDRESS,
        f"{ADDRESS}?format=csv",
        "/parks/CP/people",
        "/parks/CP/people?format=csv",
        "/audit",
        "/outbox",
    ]
    paths += ["/parks/CP/bookings", "/parks/CP/residencies", f"{ADDRESS}/{number}/members"]
    for visitor in others:
        for path in paths:
            assert SECRET not in text(visitor.get(path)), path
    assert SECRET in text(desk.get(f"{ADDRESS}/{number}/members"))
    assert "cooperation.members" in text(others[1].get("/audit?format=csv"))


def test_an_agreement_goes_through_its_pages(club, desk, liaison):
    answer = liaison.post("/parks/CP/agreements/new", name_en="On labs", kind="framework", on="2025-01-06", parties="SPBPU, PARK")
    assert answer.status_code == 303
    row = db.session.scalars(db.select(Agreement)).one()
    number, at = row.number, f"/parks/CP/agreements/{row.number}"
    deeds = (
        ("advance", {"to": "drafting", "on": "2025-01-10"}),
        ("advance", {"to": "legal_review", "on": "2025-01-20"}),
        ("texts/new", {"language": "ru", "authentic": "y", "file": (io.BytesIO(b"%PDF-1.7 scan"), "a.pdf")}),
        ("sign", {"organisation": "SPBPU", "on": "2025-02-03", "signatory": "A"}),
        ("sign", {"organisation": "PARK", "on": "2025-02-04", "signatory": "B"}),
        ("start", {"starts_on": "2025-03-01", "ends_on": "2035-02-28", "notice_days": "90"}),
        ("parties", {"organisation": "SPBPU", "coordinator": "C", "email": "c@example.org"}),
        ("plan", {"year": "2026", "visit": "2"}),
        ("activities/new", {"what": "exchange", "on": "2026-03-02", "title": "Spring term"}),
        ("tasks/new", {"what": "Agree", "due_on": soon(5), "by": "SPBPU"}),
        ("change", {"name_en": "On laboratories"}),
    )
    for path, data in deeds:
        assert desk.get(f"{at}/{path}").status_code == 200
        answer = desk.open(f"{at}/{path}", "POST", data=data, content_type="multipart/form-data")
        assert answer.status_code == 303, (path, text(answer))
    page = text(liaison.get(at))
    for said in ("On laboratories", "In force", "Spring term", "Agree", "a.pdf", "c@example.org"):
        assert said in page
    [link] = re.findall(rf'href="({at}/texts/\d+)"', page)
    file = liaison.get(link)
    assert (file.get_data(), file.headers["X-Content-Type-Options"]) == (b"%PDF-1.7 scan", "nosniff")
    for address in re.findall(rf'href="({at}/(?:tasks|activities)/\d+/\w+)"', text(desk.get(at))):
        assert desk.post(address).status_code == 303
    assert desk.post(f"{at}/terminate", given_on=soon(0), ends_on=soon(100), reason="R").status_code == 303
    assert number in text(liaison.get("/parks/CP/agreements"))


def test_a_signature_before_the_proposal_is_refused_at_its_field(club, desk):
    number = club.agreement(club.reviewed()).number
    answer = desk.post(f"/parks/CP/agreements/{number}/sign", organisation="SPBPU", on="2024-12-01", signatory="A")
    assert answer.status_code == 422
    assert re.search(r'<a href="#on">[^<]*</a>: It was proposed on 6 Jan 2025', text(answer))


def test_another_universitys_agreement_is_not_there(app, club):
    number = club.agreement(club.in_force()).number
    other = Visitor(app).is_(club.liaison("ITMO"))
    assert other.get(f"/parks/CP/agreements/{number}").status_code == 404
    assert number not in text(other.get("/parks/CP/agreements/health?format=csv"))


def test_health_is_shown_in_few_selects_however_many_there_are(club, desk, statements):
    club.in_force(), club.in_force("ITMO", "PARK")
    with statements() as few:
        page = text(desk.get("/parks/CP/agreements/health?on=2026-03-02"))
    assert "Nothing was ever done under it" in page
    for _ in range(3):
        club.in_force()
    with statements() as more:
        desk.get("/parks/CP/agreements/health?on=2026-03-02")
    assert len(more) == len(few)


def test_projects_and_events_go_through_their_pages(club, desk, liaison):
    answer = desk.post(
        "/parks/CP/projects/new", name_en="Coatings", kind="project", field="space", lead="SPBPU", starts_on="2026-01-05", state="running"
    )
    assert answer.status_code == 303, text(answer)
    at = f"/parks/CP/projects/{db.session.scalars(db.select(Project)).one().number}"
    assert desk.post(f"{at}/uses/new", space="LAB", starts_on="2026-02-02").status_code == 303
    assert desk.post(f"{at}/uses/new", space="NONE", person="P-1", fund="F", starts_on="2026-02-02").status_code == 422
    use = projects.uses(db.session.scalars(db.select(Project)).one().id)[0].use.id
    assert desk.post(f"{at}/uses/{use}/end", ends_on="2026-03-02").status_code == 303
    changed = {"name_en": "Coatings", "kind": "project", "field": "space", "lead": "SPBPU", "starts_on": "2026-01-05", "state": "finished"}
    assert desk.post(f"{at}/change", **changed).status_code == 422
    assert desk.post(f"{at}/change", **changed, outcome="Report").status_code == 303
    assert "LAB" in text(liaison.get(at)) and "Report" in text(liaison.get(at))

    asked_for = {
        "name_en": "Symposium",
        "kind": "symposium",
        "host": "SPBPU",
        "starts_at": f"{soon(30)}T10:00",
        "ends_at": f"{soon(30)}T12:00",
        "people": "15",
    }
    looked = text(liaison.post("/parks/CP/events/plan", **asked_for, look="yes"))
    assert "M20" in looked and "M100" in looked and "M10<" not in looked
    assert liaison.post("/parks/CP/events/plan", **asked_for, rooms="NONE").status_code == 422
    assert liaison.post("/parks/CP/events/plan", **asked_for, rooms="M20").status_code == 303
    event = db.session.scalars(db.select(Event)).one().number
    assert "M20" in text(liaison.get(f"/parks/CP/events/{event}"))
    assert liaison.post(f"/parks/CP/events/{event}/cancel", reason="Ill").status_code == 303
    assert event in text(desk.get("/parks/CP/events?state=cancelled"))


@pytest.mark.parametrize("path", ["agreements", "delegations", "projects", "events", "agreements/health"])
@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_lists_are_downloaded(club, desk, path, format_):
    club.in_force()
    assert desk.get(f"/parks/CP/{path}?format={format_}").status_code == 200
    assert desk.get(f"/parks/CP/{path}?format=exe").status_code == 404


@pytest.mark.parametrize("kind", ["invitation", "programme-paper"])
def test_papers_are_for_an_approved_visit_and_name_members_to_the_desk_only(app, club, desk, liaison, kind):
    id_ = club.visit()
    number = club.delegation(id_).number
    assert liaison.get(f"{ADDRESS}/{number}/{kind}").status_code == 404
    with transaction():
        delegation_actions.add_member(club.delegation(id_), Member(SECRET), actor=SYSTEM, now=NOW)
    with transaction():
        delegation_actions.approve_delegation(club.delegation(id_), actor=club.actor(), now=NOW)
    import pypdfium2

    for visitor, reads in ((liaison, False), (desk, kind == "invitation")):
        answer = visitor.get(f"{ADDRESS}/{number}/{kind}")
        assert answer.mimetype == "application/pdf"
        with pypdfium2.PdfDocument(answer.get_data()) as pdf:
            words = "".join(page.get_textpage().get_text_range() for page in pdf)
        assert (SECRET in words) is reads
        assert "2026" in words and date(2026, 3, 16).strftime("%Y") in words
