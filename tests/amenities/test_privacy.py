"""Who comes to the hospital is read at its desk, and nowhere else, whatever page, file or feed somebody opens."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections import Counter
from urllib.parse import urlsplit

import pytest
from flask import Flask

from parkmgr import clock
from parkmgr.audit.models import Entry
from parkmgr.bookings import feed_actions
from parkmgr.bookings.models import FeedKind
from parkmgr.db import db, transaction
from parkmgr.organisations.models import Organisation
from parkmgr.policy import Actor, Role
from tests.amenities.conftest import Centre
from tests.web.visiting import Visitor

NAME = "Apollinariya Vyshemirskaya"
"""Nowhere in the register but in one appointment."""
OF_A_PATH = 3
"""Addresses of one path that are opened: days and sorts go on for ever."""
MOST = 300


def texts(visitor: Visitor, start: list[str]) -> dict[str, str]:
    """Return every page and file that can be reached by links, as text, by address."""
    found: dict[str, str] = {}
    queue, asked = list(start), Counter[str]()
    while queue and len(found) < MOST:
        address = queue.pop(0)
        if address in found:
            continue
        answer = visitor.get(address)
        assert answer.status_code < 500, address
        found[address] = _text(answer.get_data())
        if not str(answer.content_type).startswith("text/html"):
            continue
        for raw in re.findall(r'href="(/[^"#]*)', found[address]):
            link = html.unescape(raw)
            path = urlsplit(link).path
            if not path.startswith("/static") and link not in found and asked[path] < OF_A_PATH:
                asked[path] += 1
                queue.append(link)
    return found


def _text(content: bytes) -> str:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return content.decode("utf-8", "replace")


def starts(app: Flask) -> list[str]:
    """Return the addresses of every page that needs no more than a park, and as a sheet."""
    listed = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments - {"park"} and rule.endpoint != "accounts.sign_out":
            address = rule.rule.replace("<park>", "HIT")
            listed += [address, f"{address}?format=csv", f"{address}?format=xlsx", f"{address}?q={NAME.split(maxsplit=1)[0]}"]
    return listed


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # it is about pages, and opens hundreds
@pytest.mark.parametrize("who", ["administrator", "auditor", "liaison", "liaison of the hospital", "desk of the sports centre"])
def test_nobody_else_ever_reads_who_comes(app: Flask, noon: object, centre: Centre, who: str) -> None:
    named = centre.appoint("2026-03-03 08:30", NAME)
    numbered = centre.appoint("2026-03-03 09:00", centre.person)
    with transaction():
        operator = db.session.scalars(db.select(Organisation).where(Organisation.code == "HIT-HOSPITAL")).one()
    person: dict[str, Actor] = {
        "administrator": centre.administrator,
        "auditor": centre.auditor,
        "liaison": centre.liaison,
        "liaison of the hospital": centre.make.granted(Role.LIAISON, park=centre.park(), organisation=operator),
        "desk of the sports centre": centre.sports,
    }
    visitor = Visitor(app).is_(person[who])
    secrets = []
    if who != "desk of the sports centre":
        with transaction():
            for kind, room in ((FeedKind.MINE, ""), (FeedKind.SPACE, "HO-1")):
                secrets.append(feed_actions.add_feed(centre.park(), kind, space=room, actor=person[who], now=clock.now())[1])
    known = [f"/parks/HIT/bookings/{named}", f"/parks/HIT/bookings/{numbered}"]
    seen = texts(visitor, [*known, *starts(app), *(f"/feeds/{secret}.ics" for secret in secrets), "/audit"])
    assert len(seen) > 60, "the walk has gone through the park"
    assert not [address for address, text in seen.items() if NAME in text and f"?q={NAME.split(maxsplit=1)[0]}" not in address]
    assert not [address for address, text in seen.items() if "Vyshemirskaya" in text]
    assert not [address for address in known if centre.person in seen[address]]
    hospital = [address for address in seen if address.startswith("/parks/HIT/hospital")]
    assert {visitor.get(address).status_code for address in hospital} <= {403}
    if who in ("administrator", "auditor"):
        assert "HIT-HOSPITAL" in seen[known[0]] or "Organisation HIT-HOSPITAL" in seen[known[0]]


def test_the_desk_reads_who_comes_and_each_look_is_noted(centre: Centre, desk: Visitor) -> None:
    number = centre.appoint("2026-03-03 08:30", NAME)
    assert NAME in desk.get("/parks/HIT/hospital?service=gp&on=2026-03-03").text
    assert NAME in desk.get(f"/parks/HIT/hospital/appointments/{number}").text
    looks = ("amenities.hospital", "amenities.appointment")
    noted = db.session.execute(db.select(Entry.deed, Entry.subject).where(Entry.deed.in_(looks)).order_by(Entry.id))
    assert noted.all() == [("amenities.hospital", f"parks:{centre.park_id}"), ("amenities.appointment", f"parks:{centre.park_id}")]


def test_no_entry_about_a_person_says_that_they_went_there(centre: Centre, desk: Visitor) -> None:
    number = centre.appoint("2026-03-03 08:30", centre.person)
    desk.get("/parks/HIT/hospital?service=gp&on=2026-03-03")
    desk.get(f"/parks/HIT/hospital/appointments/{number}")
    entries = db.session.scalars(db.select(Entry)).all()
    assert not [entry.deed for entry in entries if entry.subject.startswith("people:") and entry.deed.startswith("amenities")]
    assert not [entry.id for entry in entries if entry.deed.startswith(("amenities", "bookings")) and centre.person in str(entry.changes)]
    assert next(entry.changes for entry in entries if entry.deed == "amenities.appoint")["rows"][-1]["after"]["person_id"] == "***"
