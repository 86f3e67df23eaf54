"""Who reads what of cooperation: the desk, administrators and auditors everything, a liaison what her organisation takes part in."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Exists, exists, false, or_, select, true

from parkmgr.cooperation.models import Agreement, AgreementParty, Delegation, Event, Project, ProjectUse
from parkmgr.policy import Actor, Role


def reads_all(actor: Actor, park_id: int) -> bool:
    """Tell whether the actor reads everything of cooperation in the park."""
    return actor.sees_all(park_id) or Role.COOPERATION_DESK in actor.roles(park_id)


def _narrowed(actor: Actor, deed: str, park_id: int, own: ColumnElement[bool]) -> ColumnElement[bool]:
    if not actor.may(deed, park_id):
        return false()
    return true() if reads_all(actor, park_id) else own


def _is_party(actor: Actor, park_id: int) -> Exists:
    theirs = AgreementParty.organisation_id.in_(actor.organisations(park_id))
    return exists().where(AgreementParty.agreement_id == Agreement.id, AgreementParty.withdrawn_at.is_(None), theirs)


def agreements(actor: Actor, deed: str, park_id: int) -> ColumnElement[bool]:
    """Return which agreements of a park the actor may do the deed with: a liaison those to which her organisation is party."""
    return _narrowed(actor, deed, park_id, _is_party(actor, park_id))


def projects(actor: Actor, deed: str, park_id: int) -> ColumnElement[bool]:
    """Return which projects: a liaison those that her organisation leads or takes part in."""
    own = actor.organisations(park_id)
    uses = exists().where(ProjectUse.project_id == Project.id, ProjectUse.withdrawn_at.is_(None), ProjectUse.organisation_id.in_(own))
    return _narrowed(actor, deed, park_id, or_(Project.lead_id.in_(own), uses))


def events(actor: Actor, deed: str, park_id: int) -> ColumnElement[bool]:
    """Return which events: a liaison those that her organisation hosts, or that are under an agreement of hers."""
    own = actor.organisations(park_id)
    under = Event.agreement_id.in_(select(Agreement.id).where(_is_party(actor, park_id)))
    return _narrowed(actor, deed, park_id, or_(Event.host_id.in_(own), under))


def delegations(actor: Actor, deed: str, park_id: int) -> ColumnElement[bool]:
    """Return which visits: a liaison those of which her organisation is guest or host."""
    own = actor.organisations(park_id)
    return _narrowed(actor, deed, park_id, or_(Delegation.guest_id.in_(own), Delegation.host_id.in_(own)))
