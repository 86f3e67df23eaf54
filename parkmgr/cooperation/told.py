"""Who is told of what concerns cooperation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from parkmgr.accounts import queries as accounts
from parkmgr.accounts.models import User
from parkmgr.places.models import Park
from parkmgr.policy import Role


def readers(park: Park, organisation_ids: Sequence[int], today: date) -> list[User]:
    """Return who is told of what concerns these organisations: their liaisons, and the cooperation desk."""
    found = [user for users in accounts.of_organisations(Role.LIAISON, park.id, organisation_ids, today).values() for user in users]
    return list({user.id: user for user in [*found, *accounts.with_roles(park.id, (Role.COOPERATION_DESK,), today)]}.values())


def deciders(park: Park, today: date) -> list[User]:
    """Return who decides whether a delegation is received."""
    return list(accounts.with_roles(park.id, (Role.ADMINISTRATOR, Role.COOPERATION_DESK), today))
