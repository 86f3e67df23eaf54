"""The pages of laboratories, equipment, permits and downtime, as keepers, liaisons and others see them."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest

from parkmgr.db import db, transaction
from parkmgr.labs import actions, queries
from parkmgr.labs.models import LabDocument
from parkmgr.labs.rules import EquipmentState
from tests.labs.conftest import House

AT = "/parks/HIT"


@pytest.fixture
def furnished(house: House) -> House:
    """A laboratory with hazards, an instrument that asks for a permit, and people who have it."""
    house.lab(manager_id=house.keeper.user_id, field="Laser physics", hazards=[("IEC 60825-1", "4")])
    piece = house.piece(calibration_due=date(2026, 2, 1))
    house.piece("EQ-2", bookable=False, state=EquipmentState.COMMISSIONING)
    house.kind()
    house.require(piece.space, "laser")
    house.grant(house.person(), "laser")
    house.grant(house.person(house.other_id), "laser")
    return house


PAGES = ("labs", "labs/at/LA-1", "equipment", "equipment/sharing", "equipment/at/EQ-1", "permits", "permits/PM-2026-0001", "permit-kinds")
KEPT = (
    "labs/change/LA-1",
    "labs/document/LA-1",
    "equipment/new",
    "equipment/at/EQ-1/change",
    "equipment/at/EQ-1/state",
    "equipment/at/EQ-1/calibrate",
    "equipment/at/EQ-1/stop",
    "demands/EQ-1",
    "demands/LA-1",
    "permits/grant",
    "permits/PM-2026-0001/withdraw",
    "permit-kinds/new",
    "permit-kinds/laser/change",
)


def test_pages_are_open_to_who_may_read_them(furnished, keeper, liaison, stranger):
    for name in (*PAGES, *KEPT):
        assert keeper.open(f"{AT}/{name}").status_code == 200, name
    for name in PAGES:
        assert liaison.open(f"{AT}/{name}").status_code == 200, name
    for name in KEPT:
        assert liaison.open(f"{AT}/{name}").status_code == 403, name
    assert stranger.open(f"{AT}/permits/PM-2026-0001").status_code == 404
    assert keeper.open(f"{AT}/labs/new").status_code == 403


def test_a_liaison_reads_the_permits_of_her_people(furnished, liaison, keeper):
    text = liaison.open(f"{AT}/permits").get_data(as_text=True)
    assert "P-2026-0001" in text
    assert "P-2026-0002" not in text
    assert "P-2026-0002" in keeper.open(f"{AT}/permits").get_data(as_text=True)
    lab = liaison.open(f"{AT}/labs/at/LA-1").get_data(as_text=True)
    assert "P-2026-0001" in lab
    assert "P-2026-0002" not in lab
    assert "IEC 60825-1" in lab
    assert "overdue" in lab
    assert "Anna" not in lab


@pytest.mark.parametrize("name", ["labs", "equipment", "permits"])
def test_lists_are_one_select(furnished, statements, name):
    from parkmgr.labs.queries import WantedEquipment, WantedLabs, WantedPermits

    with statements() as seen:
        found = {
            "labs": lambda: queries.labs(furnished.park_id, WantedLabs("laser", hazard="IEC 60825-1")),
            "equipment": lambda: queries.equipment(furnished.park_id, WantedEquipment("micro", due_by=date(2026, 3, 1))),
            "permits": lambda: queries.permits(
                furnished.park_id, furnished.keeper, WantedPermits("P-", state="valid"), date(2026, 3, 2), []
            ),
        }[name]()
        rows = db.session.execute(found).all()
    assert (len(seen), len(rows)) == (1, 2 if name == "permits" else 1)


def test_equipment_is_given_in_the_columns_of_sharing(furnished, keeper):
    text = keeper.open(f"{AT}/equipment/sharing?format=csv").get_data(as_text=True)
    assert text.lstrip("\ufeff").splitlines()[0] == "name,location,owner,make,model,contact"
    assert "Microscope" in text
    assert "LA, LA-1" in text


def test_permits_are_granted_to_many_or_to_none(furnished, keeper):
    one, two = furnished.person(), furnished.person()
    sent = {"kind": "laser", "people": f"{one} {two}, P-2026-9999", "on": "2026-03-02", "until": "2099-01-01"}
    answer = keeper.open(f"{AT}/permits/grant", "POST", data=sent)
    assert answer.status_code == 422
    assert "There is no person of the number P-2026-9999 in this park." in answer.get_data(as_text=True)


def test_a_document_is_kept_with_its_hash_and_given_only_to_who_may_read_it(furnished, keeper, liaison):
    with transaction():
        lab = queries.lab(furnished.park_id, "LA-1")
        kept = actions.add_document(lab, "", "risk.pdf", b"%PDF-1.7 risk", **furnished.by)
        number, sha = kept.id, kept.sha256
    answer = keeper.open(f"{AT}/lab-documents/{number}")
    assert (answer.get_data(), answer.mimetype) == (b"%PDF-1.7 risk", "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert sha[:16] in keeper.open(f"{AT}/labs/at/LA-1").get_data(as_text=True)
    assert liaison.open(f"{AT}/lab-documents/{number}").status_code == 404
    assert "risk.pdf" not in liaison.open(f"{AT}/labs/at/LA-1").get_data(as_text=True)
    assert keeper.open(f"{AT}/lab-documents/{number}/remove", "POST", data={}).status_code == 303
    assert keeper.open(f"{AT}/lab-documents/{number}").status_code == 404


@pytest.mark.parametrize(("name", "content", "status"), [("a.pdf", b"%PDF-", 303), ("a.exe", b"MZ\x00\x01", 422), ("a.txt", b"", 422)])
def test_only_documents_are_kept(furnished, keeper, name, content, status):
    answer = keeper.open(f"{AT}/labs/document/LA-1", "POST", data={"title": "Risk", "file": (BytesIO(content), name)})
    assert answer.status_code == status
    assert db.session.scalar(db.select(db.func.count(LabDocument.id))) == (status == 303)


def test_a_state_is_set_with_its_reason(furnished, keeper):
    answer = keeper.open(f"{AT}/equipment/at/EQ-2/state", "POST", data={"state": "operational", "reason": "Accepted"})
    assert answer.status_code == 303
    assert "Accepted" in keeper.open(f"{AT}/equipment/at/EQ-2").get_data(as_text=True)


def test_what_a_space_asks_for_is_set_as_a_whole(furnished, keeper):
    sent = {"permits": [], "needs": "LA-1"}
    assert keeper.open(f"{AT}/demands/EQ-1", "POST", data=sent).status_code == 303
    db.session.rollback()
    space = queries.piece(furnished.park_id, "EQ-1").space
    assert (queries.kinds_asked(space.id), [one.code for one in queries.spaces_needed(space.id)]) == ([], ["LA-1"])
    assert keeper.open(f"{AT}/demands/EQ-1", "POST", data={"needs": "GAS-9"}).status_code == 422


def test_a_breakdown_is_looked_at_then_written_down_and_restored(furnished, keeper):
    sent = {"kind": "breakdown", "reason": "Pump"}
    first = keeper.open(f"{AT}/equipment/at/EQ-1/stop", "POST", data=sent)
    text = first.get_data(as_text=True)
    assert (first.status_code, "No session is in the way." in text) == (200, True)
    seen = text.split('name="seen" value="')[1].split('"')[0]
    done = keeper.open(f"{AT}/equipment/at/EQ-1/stop", "POST", data=sent | {"seen": seen})
    assert done.status_code == 303
    assert done.location.endswith("/closures/C-2026-0001")
    assert "Restore" in keeper.open(done.location).get_data(as_text=True)
    assert queries.piece(furnished.park_id, "EQ-1").state == "down"
    restored = keeper.open(f"{AT}/closures/C-2026-0001/restore", "POST", data={"state": "operational", "reason": "New pump"})
    assert restored.status_code == 303
    db.session.rollback()
    assert queries.piece(furnished.park_id, "EQ-1").state == "operational"


def test_planned_downtime_says_what_is_missing(furnished, keeper):
    answer = keeper.open(
        f"{AT}/equipment/at/EQ-1/stop", "POST", data={"kind": "maintenance", "starts": "2020-01-01T08:00", "reason": "Service"}
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Planned downtime begins now or later; what has happened already is a breakdown." in text
    assert "Say until when planned downtime lasts." in text
