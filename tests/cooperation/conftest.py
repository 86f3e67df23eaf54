"""A park with two universities, rooms, flats and a laboratory; agreements and visits of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy.orm import joinedload

from parkmgr.cooperation import agreement_actions, delegation_actions
from parkmgr.cooperation.agreement_rules import Proposed, S, Term
from parkmgr.cooperation.delegation_rules import Asked, Item, Wishes
from parkmgr.cooperation.models import Agreement, Delegation
from parkmgr.db import db, transaction
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Names
from tests.conftest import NOW
from tests.making import Maker

TODAY = date(2026, 3, 2)
ARRIVES, LEAVES = date(2026, 3, 16), date(2026, 3, 18)
WISHES = Wishes(meeting=(time(10), time(12)), homes=True, interpreter=True, transport=True)


@dataclass
class Club:
    """The park, and its organisations by code. Ids, for each deed expires what was read."""

    make: Maker
    park_id: int
    ids: dict[str, int]

    @property
    def park(self) -> Park:
        return db.session.get_one(Park, self.park_id)

    def organisation(self, code: str) -> Organisation:
        return db.session.get_one(Organisation, self.ids[code])

    def agreement(self, id_: int) -> Agreement:
        return db.session.get_one(Agreement, id_)

    def delegation(self, id_: int) -> Delegation:
        wanted = db.select(Delegation).where(Delegation.id == id_).execution_options(populate_existing=True)
        named = (joinedload(Delegation.guest), joinedload(Delegation.host), joinedload(Delegation.agreement))
        return db.session.scalars(wanted.options(*named)).one()

    def proposed(self, *parties: str, on: date = date(2025, 1, 6), kind: str = "framework", **more: Any) -> int:
        """An agreement is proposed; its id."""
        with transaction():
            asked = Proposed(kind, Names("Framework"), on)
            listed = [self.organisation(code) for code in parties or ("SPBPU", "PARK")]
            return agreement_actions.propose(self.park, asked, listed, actor=SYSTEM, now=NOW, **more).id

    def reviewed(self, *parties: str, **more: Any) -> int:
        """An agreement with an authentic text lies with the lawyers."""
        id_ = self.proposed(*parties, **more)
        for state in (S.DRAFTING, S.LEGAL_REVIEW):
            with transaction():
                agreement_actions.advance(self.agreement(id_), state, on=date(2025, 2, 3), actor=SYSTEM, now=NOW)
        with transaction():
            agreement_actions.add_text(self.agreement(id_), "ru", authentic=True, actor=SYSTEM, now=NOW)
        return id_

    def signed(self, *parties: str, **more: Any) -> int:
        """All parties have signed."""
        id_ = self.reviewed(*parties, **more)
        for code in parties or ("SPBPU", "PARK"):
            with transaction():
                party = self.organisation(code)
                agreement_actions.sign(self.agreement(id_), party, on=date(2025, 3, 3), signatory="A. B.", actor=SYSTEM, now=NOW)
        return id_

    def in_force(self, *parties: str, ends_on: date | None = date(2027, 12, 31), renew_months: int = 0, **more: Any) -> int:
        """The agreement is in force since April 2025."""
        id_ = self.signed(*parties, **more)
        with transaction():
            term = Term(date(2025, 4, 1), ends_on, 10, renew_months, 90)
            agreement_actions.start(self.agreement(id_), term, actor=SYSTEM, now=NOW)
        return id_

    def asked(self, people: int = 6, *, agreement: int | None = None, host: str = "PARK", **more: Any) -> Asked:
        """A visit as it is asked for."""
        under = self.agreement(agreement) if agreement else None
        given: dict[str, Any] = {"arrives_on": ARRIVES, "leaves_on": LEAVES, "language": "ru", "host_language": "zh", **more}
        return Asked(
            Names("Talks", "Переговоры", "会谈"),
            "SPBPU",
            host,
            people=people,
            agreement=under.number if under else "",
            agreement_parties=frozenset({"SPBPU", "PARK"}) if under else None,
            **given,
        )

    def proposal(self, people: int = 6, wishes: Wishes = WISHES, **more: Any) -> list[Item]:
        """The programme that the park proposes."""
        return delegation_actions.propose(
            self.park, self.organisation("SPBPU"), self.asked(people, **more), wishes, actor=self.actor(), now=NOW
        )

    def visit(self, people: int = 6, *, agreement: int | None = None, wishes: Wishes = WISHES, actor: Actor = SYSTEM, **more: Any) -> int:
        """A delegation asks to come; its id."""
        items = self.proposal(people, wishes, **more)
        with transaction():
            under = self.agreement(agreement) if agreement else None
            asked = self.asked(people, agreement=agreement, **more)
            guest, host = self.organisation("SPBPU"), self.organisation("PARK")
            return delegation_actions.ask(self.park, guest, host, asked, items, agreement=under, actor=actor, now=NOW).id

    def approved(self, people: int = 6, **more: Any) -> int:
        """A delegation may come."""
        id_ = self.visit(people, **more)
        with transaction():
            delegation_actions.approve_delegation(self.delegation(id_), actor=self.actor(), now=NOW)
        return id_

    def actor(self) -> Actor:
        """The desk, of whom the register knows nothing else."""
        return Actor(None, "desk", (SYSTEM.grants[0],))

    def liaison(self, code: str = "SPBPU", **more: Any) -> Actor:
        """A university's liaison."""
        return self.make.granted(Role.LIAISON, park=self.park, organisation=self.organisation(code), **more)

    def desk(self, **more: Any) -> Actor:
        """Somebody at the cooperation desk."""
        return self.make.granted(Role.COOPERATION_DESK, park=self.park, **more)


@pytest.fixture
def club(make: Maker, now: datetime) -> Club:
    park = make.park("CP", country="CN")
    building = make.building(park, "MAIN")
    make.rules(park, ahead_days=400)
    for code, seats in (("M10", 10), ("M20", 20), ("M100", 100)):
        make.room(code, building=building, capacity=seats)
    make.space(building, "OFF2", kind="office", capacity=2, bookable=True)
    for code, beds in (("F1", 1), ("F2A", 2), ("F2B", 2), ("F4", 4)):
        make.space(building, code, kind="flat", capacity=beds)
    make.space(building, "LAB", kind="laboratory", capacity=20)
    ids = {code: make.organisation(code, kind="university", country="RU").id for code in ("SPBPU", "ITMO")}
    ids["PARK"] = make.organisation("PARK", country="CN").id
    return Club(make, park.id, ids)
