"""What may be written about a person, and when it may be erased. Pure: no database, no clock, no web."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from parkmgr.errors import N_, Objection

KINDS = ("staff", "student", "researcher", "guest")
RELATIONS = ("spouse", "child", "parent", "other")
MOST = 20
"""People in a household besides the person."""
LONGEST_NAME, LONGEST_PHONE = 200, 60

NO_NAME = Objection("people.no_name", N_("Give the person's name."), "name")
LONG_NAME = Objection("people.long_name", N_("A name has at most %(longest)s characters."), "name")
LONG_PHONE = Objection("people.long_phone", N_("A telephone number has at most %(longest)s characters."), "phone")
NO_KIND = Objection("people.no_kind", N_("Say whether this is staff, a student, a researcher or a guest."), "kind")
MEMBER_NAME = Objection("people.member_name", N_("Give the name of each member of the household."), "household")
MEMBER_RELATION = Objection("people.member_relation", N_("Say for %(name)s: spouse, child, parent or other."), "household")
MEMBER_BORN = Objection("people.member_born", N_("%(name)s cannot be born in %(born)s; write a year from 1900 to %(year)s."), "household")
MANY = Objection("people.many", N_("A household has at most %(most)s members besides the person."), "household")
ERASED = Objection("people.erased", N_("%(number)s was erased and is not changed any more. Add the person anew."))
LIVES_HERE = Objection("people.lives_here", N_("%(number)s cannot be erased while the residency %(document)s goes on; end it first."))
HAS_PERMIT = Objection("people.has_permit", N_("%(number)s cannot be erased while the permit %(document)s holds; withdraw it first."))
ASKS = Objection("people.asks", N_("%(number)s cannot be erased while the application %(document)s is open; withdraw or refuse it first."))
TIES = {"residency": LIVES_HERE, "permit": HAS_PERMIT, "application": ASKS}
"""What keeps a person from being erased, by kind of document."""


class Relative(NamedTuple):
    """A member of the household. born: the year, where it is known."""

    name: str
    relation: str
    born: int | None = None


def against(name: str, kind: str, phone: str, household: Sequence[tuple[str, str, int | None]], year: int) -> list[Objection]:
    """Return what is against writing this about a person, in a year."""
    objections = [] if name.strip() else [NO_NAME]
    if len(name) > LONGEST_NAME:
        objections.append(LONG_NAME.about(longest=LONGEST_NAME))
    if kind not in KINDS:
        objections.append(NO_KIND)
    if len(phone) > LONGEST_PHONE:
        objections.append(LONG_PHONE.about(longest=LONGEST_PHONE))
    if len(household) > MOST:
        objections.append(MANY.about(most=MOST))
    for called, relation, born in household:
        objections += _member(called, relation, born, year)
    return objections


def _member(called: str, relation: str, born: int | None, year: int) -> list[Objection]:
    objections = [] if called.strip() else [MEMBER_NAME]
    if len(called) > LONGEST_NAME:
        objections.append(LONG_NAME.about(longest=LONGEST_NAME).at("household"))
    if relation not in RELATIONS:
        objections.append(MEMBER_RELATION.about(name=called))
    if born is not None and not 1900 <= born <= year:
        objections.append(MEMBER_BORN.about(name=called, born=str(born), year=str(year)))
    return objections


def erasing_against(number: str, ties: Collection[tuple[str, str]], *, erased: bool) -> list[Objection]:
    """Return what is against erasing a person; ties: what still stands, as (kind of document, number)."""
    if erased:
        return [ERASED.about(number=number)]
    return [TIES[kind].about(number=number, document=document) for kind, document in ties]
