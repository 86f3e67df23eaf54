"""The blueprint of cooperation, and what its pages share."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, request
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr.accounts import queries as accounts
from parkmgr.cooperation import agreement_queries
from parkmgr.cooperation.access import reads_all
from parkmgr.cooperation.models import Agreement
from parkmgr.errors import N_, Objection, Refused
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.places.views import today
from parkmgr.web import formats
from parkmgr.web.door import me

bp = Blueprint("cooperation", __name__)

NO_ORGANISATION = Objection("cooperation.no_organisation", N_("There is no organisation of the code %(code)s."))
NO_AGREEMENT = Objection("cooperation.no_agreement", N_("There is no agreement of the number %(number)s."), "agreement")
NOT_YOURS = Objection("cooperation.not_yours", N_("You may do this for your own organisation only."))


def organisation_of(code: str | None, field: str) -> Organisation:
    """Return the organisation of a code that was typed into a field.

    Raises:
        Refused: there is none.
    """
    found = accounts.organisation_by_code((code or "").strip())
    if found is None:
        raise Refused([NO_ORGANISATION.about(code=code or "").at(field)])
    return found


def of_agreement(park: str, agreement: str) -> Agreement:
    """Return the agreement that the page is about, if the reader may do this with it.

    Raises:
        Missing: there is none, or it is not the reader's.
    """
    return agreement_queries.agreement(agreement, me(), str(request.endpoint), park=park)


def agreement_choices(park: Park, also: Agreement | None = None) -> list[SelectChoice]:
    """Return the agreements that something may be put under, after none. also: the one that it is under, which may be over."""
    listed = dict(agreement_queries.choices(park.id, me(), str(request.endpoint), today(park)))
    if also is not None:
        listed[also.number] = also
    return [SelectChoice("", "—"), *(SelectChoice(number, f"{number} · {formats.names(row.names)}") for number, row in listed.items())]


def chosen_agreement(park: Park, number: str | None) -> Agreement | None:
    """Return the agreement that was chosen; None for none.

    Raises:
        Refused: there is none of the number that the reader may put something under.
    """
    if not number:
        return None
    found = dict(agreement_queries.choices(park.id, me(), str(request.endpoint), today(park))).get(number)
    if found is None:
        raise Refused([NO_AGREEMENT.about(number=number)])
    return found


def own(park: Park, codes: Sequence[str], field: str) -> None:
    """A liaison does it for her own organisation only.

    Raises:
        Refused: none of the organisations is hers.
    """
    if reads_all(me(), park.id):
        return
    found = [accounts.organisation_by_code(code) for code in codes]
    if not {one.id for one in found if one is not None} & me().organisations(park.id):
        raise Refused([NOT_YOURS.at(field)])
