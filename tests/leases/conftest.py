"""Two administrators and a way to let spaces in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import pytest

from parkmgr.db import db, transaction
from parkmgr.leases import actions, queries
from parkmgr.leases.models import Lease
from parkmgr.leases.rules import Step, Terms
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Money, Term
from tests.making import Maker


def day(text: str) -> date:
    return date.fromisoformat(text)


def term(first: str, last: str | None = None) -> Term:
    return Term(day(first), day(last) if last else None)


def terms(spaces: Sequence[Space], first: str, last: str | None = None, *, rent: str = "1000", **more: object) -> Terms:
    """Return plain terms: a month's rent from the first day on."""
    plain = Terms(
        term=term(first, last),
        space_ids=tuple(space.id for space in spaces),
        currency="CNY",
        steps=(Step(day(first), Money.of(rent, "CNY")),),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


@dataclass
class Office:
    """Where leases are made: the drafter writes, the signer signs."""

    make: Maker
    drafter: Actor
    signer: Actor
    now: datetime

    def lease(self, number: str) -> Lease:
        """The lease, read anew."""
        return queries.lease(number, SYSTEM)

    def draft(
        self,
        spaces: Sequence[Space],
        first: str,
        last: str | None = None,
        *,
        tenant: Organisation | None = None,
        under: str = "",
        **more: object,
    ) -> str:
        """The number of a new draft."""
        tenant = tenant or self.make.organisation()
        agreed = terms(spaces, first, last, **more)  # type: ignore[arg-type]
        park_id, tenant_id = spaces[0].park_id if spaces else self.make.the_park().id, tenant.id
        with transaction():
            lease = actions.draft(
                db.session.get_one(Park, park_id),
                db.session.get_one(Organisation, tenant_id),
                agreed,
                under=self.lease(under) if under else None,
                actor=self.drafter,
                now=self.now,
            )
            return lease.number

    def sign(self, number: str, **more: object) -> None:
        """The draft is signed by the signer."""
        given = {"actor": self.signer, "now": self.now, **more}
        with transaction():
            actions.sign(self.lease(number), **given)  # type: ignore[arg-type]

    def let(self, spaces: Sequence[Space], first: str, last: str | None = None, **more: object) -> str:
        """The number of a signed lease."""
        number = self.draft(spaces, first, last, **more)  # type: ignore[arg-type]
        self.sign(number)
        return number


@pytest.fixture
def office(make: Maker, now: datetime) -> Office:
    """An office with a drafter and a signer."""
    return Office(make, make.granted(Role.ADMINISTRATOR), make.granted(Role.ADMINISTRATOR), now)
