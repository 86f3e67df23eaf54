"""What stands against work in a laboratory. Pure: no database, no clock, no web."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from parkmgr.errors import N_, Objection
from parkmgr.values import Money, Names


class EquipmentState(StrEnum):
    """How far a piece of equipment can be used."""

    COMMISSIONING = "commissioning"
    OPERATIONAL = "operational"
    RESTRICTED = "restricted"
    DOWN = "down"
    RETIRED = "retired"


NEXT: Mapping[EquipmentState, frozenset[EquipmentState]] = {
    EquipmentState.COMMISSIONING: frozenset({EquipmentState.OPERATIONAL, EquipmentState.RESTRICTED, EquipmentState.RETIRED}),
    EquipmentState.OPERATIONAL: frozenset({EquipmentState.RESTRICTED, EquipmentState.DOWN, EquipmentState.RETIRED}),
    EquipmentState.RESTRICTED: frozenset({EquipmentState.OPERATIONAL, EquipmentState.DOWN, EquipmentState.RETIRED}),
    EquipmentState.DOWN: frozenset({EquipmentState.OPERATIONAL, EquipmentState.RESTRICTED, EquipmentState.RETIRED}),
    EquipmentState.RETIRED: frozenset(),
}
"""What may follow a state."""
USABLE = frozenset({EquipmentState.OPERATIONAL, EquipmentState.RESTRICTED, EquipmentState.DOWN})
"""What can be booked: while it is down, a closure is in the ledger from when to when."""

NOBODY = Objection("labs.nobody", N_("Say who will work with %(space)s: it needs the permit %(permit)s."), "person")
NO_PERMIT = Objection("labs.no_permit", N_("%(person)s has no permit %(permit)s, which %(space)s needs. How to get it: %(how)s"), "person")
NO_PERMIT_YET = Objection(
    "labs.no_permit", N_("%(person)s has no permit %(permit)s, which %(space)s needs: ask who runs the laboratory."), "person"
)
PERMIT_ENDS = Objection(
    "labs.permit_ends", N_("The permit %(permit)s of %(person)s (%(number)s) ends on %(until)s; %(space)s needs it on %(day)s."), "person"
)
PERMIT_UNUSED = Objection(
    "labs.permit_unused",
    N_(
        "The permit %(permit)s of %(person)s (%(number)s) lapses on %(until)s when it is not used for %(days)s days. How to get it: %(how)s"
    ),
    "person",
)
PERMIT_UNUSED_YET = Objection(
    "labs.permit_unused",
    N_("The permit %(permit)s of %(person)s (%(number)s) lapsed on %(until)s, unused for %(days)s days: ask who runs the laboratory."),
    "person",
)
NOT_IN_USE = Objection("labs.not_in_use", N_("%(space)s cannot be used now: %(state)s."), "space")
STATES = {
    EquipmentState.COMMISSIONING: Objection("labs.state", N_("it is being commissioned")),
    EquipmentState.OPERATIONAL: Objection("labs.state", N_("it works")),
    EquipmentState.RESTRICTED: Objection("labs.state", N_("its use is restricted")),
    EquipmentState.DOWN: Objection("labs.state", N_("it is down")),
    EquipmentState.RETIRED: Objection("labs.state", N_("it is retired")),
}
ALONE = Objection("labs.alone", N_("At %(space)s nobody works alone outside %(hours)s: name a second person who has its permits."), "buddy")
SAME_PERSON = Objection("labs.same_person", N_("The second person must be somebody else."), "buddy")
OTHER_ORGANISATION = Objection(
    "labs.other_organisation", N_("%(person)s is not of the organisation %(organisation)s, for which it is booked."), "person"
)
NEEDS_CLOSED = Objection(
    "labs.needs_closed", N_("%(space)s needs %(needs)s, which is closed from %(starts_at)s to %(ends_at)s (%(document)s)."), "starts_at"
)
NEEDS_CLOSED_ON = Objection(
    "labs.needs_closed", N_("%(space)s needs %(needs)s, which is closed from %(starts_at)s on (%(document)s)."), "starts_at"
)


@dataclass(frozen=True, slots=True)
class Permit:
    """Somebody may do something. until_on: the last day. lapses_on: the last day if it stays unused; None: it need not be used."""

    number: str
    until_on: date
    lapses_on: date | None = None
    unused_days: int = 0


@dataclass(frozen=True, slots=True)
class Demand:
    """A permit that a space asks for. how: how to get it."""

    code: str
    names: Names
    how: str = ""


@dataclass(frozen=True, slots=True)
class Worker:
    """Who will work there, and the permits that count for the space, by the code of their kind (the one that lasts longest)."""

    person_id: int
    number: str
    organisation: str
    permits: Mapping[str, Permit]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a laboratory demands of who works at one of its spaces. state None: the space is no piece of equipment."""

    state: EquipmentState | None = None
    demands: tuple[Demand, ...] = ()


NO_BENCH = Bench()


def lapses_on(granted_on: date, used_on: date | None, unused_days: int | None) -> date | None:
    """Return the last day on which a permit holds that lapses when it is not used; None when it need not be."""
    return None if unused_days is None else max(granted_on, used_on or granted_on) + timedelta(days=unused_days)


def objections(space: str, day: date, bench: Bench, worker: Worker | None) -> list[Objection]:
    """Return every reason why *worker* may not work at the space on *day*. worker None: nobody was named."""
    against = []
    if bench.state is not None and bench.state not in USABLE:
        against.append(NOT_IN_USE.about(space=space, state=STATES[bench.state]))
    for demand in bench.demands:
        against += _of_demand(space, day, demand, worker)
    return against


def _of_demand(space: str, day: date, demand: Demand, worker: Worker | None) -> Iterable[Objection]:
    if worker is None:
        return [NOBODY.about(space=space, permit=demand.names)]
    permit = worker.permits.get(demand.code)
    said = {"space": space, "permit": demand.names, "person": worker.number, "how": demand.how}
    if permit is None:
        return [(NO_PERMIT if demand.how else NO_PERMIT_YET).about(**said)]
    said["number"] = permit.number
    if permit.until_on < day:
        return [PERMIT_ENDS.about(**said, until=permit.until_on, day=day)]
    if permit.lapses_on is not None and permit.lapses_on < day:
        lapsed = PERMIT_UNUSED if demand.how else PERMIT_UNUSED_YET
        return [lapsed.about(**said, until=permit.lapses_on, days=permit.unused_days)]
    return []


# Laboratories and equipment


KINDS_OF_LAB = frozenset({"laboratory", "production"})
"""Kinds of spaces that can be run as a laboratory."""
LONGEST = timedelta(days=3660)
"""For which a permit is granted at most."""
REMIND_DAYS = (60, 14)
"""So many days before the end of a permit its person is told."""
REMIND_UNUSED_DAYS = 30
"""So many days before it lapses, because it was not used."""
REMIND_CALIBRATION_DAYS = 30
MOST_PLACES = 100
MOST_AT_ONCE = 200
"""People to whom a permit is granted in one deed."""
MOST_BYTES = 20 * 1024 * 1024
"""Of a document."""
MEDIA = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"PK\x03\x04": "application/zip"}
"""First bytes of the files that are kept, and what they are; text is kept too."""

NOT_A_LAB = Objection("labs.not_a_lab", N_("%(space)s is no laboratory or workshop: it cannot be run as a laboratory."), "space")
NO_MANAGER = Objection(
    "labs.no_manager", N_("The manager of a laboratory has the role of a lab manager or administrator in this park."), "manager"
)
HALF_A_HAZARD = Objection("labs.half_a_hazard", N_("A hazard has a scheme and a value: “WHO risk group: 2”."), "hazards")
HAZARD_TWICE = Objection("labs.hazard_there", N_("The hazard %(scheme)s %(value)s stands there twice."), "hazards")
LONG_HAZARD = Objection("labs.long_hazard", N_("Scheme and value of a hazard have at most 60 characters each."), "hazards")
NO_NUMBER = Objection("labs.no_number", N_("Give the asset number: letters, digits, points and dashes, at most 40."), "number")
NEEDS_LAB = Objection(
    "labs.needs_lab", N_("Say in which laboratory %(number)s stands: what is booked by the hour is booked somewhere."), "lab"
)
PLACES = Objection("labs.places", N_("A bench has from 1 to %(most)s places."), "places")
OF_BENCH = Objection("labs.places", N_("Only a bench has several places; an instrument is booked whole."), "places")
BACKWARDS = Objection("labs.backwards", N_("%(later)s must not be before %(earlier)s."), "calibration_due")
CANNOT_BECOME = Objection("labs.cannot_become", N_("%(number)s cannot come into this state now: %(state)s."), "state")
WHY = Objection("labs.why", N_("Say why; it stays in the history."), "reason")
WRITE_DOWNTIME = Objection(
    "labs.write_downtime",
    N_("%(number)s is booked by the hour: write down its downtime, so that its sessions are decided and their people told."),
    "state",
)
IS_DOWN = Objection(
    "labs.is_down", N_("%(number)s is down: restore it first, so that its downtime ends and it can be booked again."), "state"
)
GONE = Objection("labs.gone", N_("%(number)s is retired and is not changed any more."))
BOOKABLE_STAYS = Objection("labs.bookable_stays", N_("%(number)s is booked by the hour and stays so until it is retired."), "bookable")
NO_FILE = Objection("labs.no_file", N_("Choose a file."), "file")
EMPTY_FILE = Objection("labs.empty_file", N_("The file is empty."), "file")
BIG_FILE = Objection("labs.big_file", N_("The file has more than %(most)s MB."), "file")
OTHER_FILE = Objection("labs.other_file", N_("Documents are PDF, PNG, JPEG, plain text, or office files (DOCX, XLSX, ODT)."), "file")
REMOVED = Objection("labs.removed", N_("This document was removed already."))
NEEDS_ITSELF = Objection("labs.needs_itself", N_("%(space)s cannot need itself."), "needs")
IN_CIRCLE = Objection("labs.in_circle", N_("%(needs)s needs %(space)s already: they would need each other."), "needs")
NEED_THERE = Objection("labs.need_there", N_("%(space)s needs %(needs)s already."), "needs")

# Permits

NO_CODE = Objection("labs.no_code", N_("A permit's code has small letters, digits and dashes, at most 40."), "code")
NO_DAYS = Objection("labs.no_days", N_("A permit is granted for 1 to 3,660 days."), "days")
NO_UNUSED_DAYS = Objection("labs.no_unused_days", N_("It lapses after 1 to 3,660 days without use, or never."), "unused_days")
ASKED_ALREADY = Objection("labs.asked_already", N_("%(space)s asks for the permit %(permit)s already."), "permits")
NOBODY_NAMED = Objection("labs.nobody_named", N_("Say to whom: numbers of people."), "people")
TOO_MANY_PEOPLE = Objection("labs.too_many_people", N_("At most %(most)s people at once; these are %(count)s."), "people")
NO_SUCH_PERSON = Objection("labs.no_such_person", N_("There is no person of the number %(person)s in this park."), "people")
NO_ORGANISATION = Objection("labs.no_organisation", N_("There is no organisation of the code %(code)s."), "organisation")
PERSON_ERASED = Objection("labs.person_erased", N_("%(person)s was erased: nothing can be granted to them any more."), "people")
OTHER_PARK = Objection("labs.other_park", N_("%(person)s is known in another park only: grant it there."), "people")
NOT_OF = Objection(
    "labs.not_of", N_("%(person)s is of %(theirs)s, not of %(organisation)s: look whether it is the right person."), "people"
)
TO_ONESELF = Objection("labs.to_oneself", N_("Nobody grants a permit to themselves: %(person)s is you."), "people")
HAS_IT = Objection("labs.has_it", N_("%(person)s has %(permit)s already, until %(until)s (%(number)s)."), "people")
ENDS_BEFORE = Objection("labs.ends_before", N_("The permit would end on %(until)s, before it begins on %(on)s."), "until")
ENDED = Objection("labs.ended", N_("The permit would have ended on %(until)s already."), "until")
TOO_LONG = Objection("labs.too_long", N_("A permit holds for at most ten years."), "until")
LATER = Objection("labs.later", N_("A permit is granted for work from today or an earlier day on, not from %(on)s."), "on")
NOT_ASKED_THERE = Objection(
    "labs.not_asked_there", N_("%(space)s does not ask for %(permit)s: a permit for it would open nothing."), "space"
)
WITHDRAWN = Objection("labs.withdrawn", N_("%(number)s was withdrawn on %(on)s already."))
PERMIT_OVER = Objection("labs.permit_over", N_("%(number)s ended on %(until)s; there is nothing to withdraw."))


@dataclass(frozen=True, slots=True)
class Asset:
    """What is written down about a piece of equipment. number: on its plate. contact: whom to ask, as the owner publishes it."""

    number: str
    names: Names
    owner_id: int
    make: str = ""
    model: str = ""
    serial: str = ""
    contact: str = ""
    bought_on: date | None = None
    price: Money | None = None
    warranty_until: date | None = None
    calibrated_on: date | None = None
    calibration_due: date | None = None


def hazard_objections(hazards: Sequence[tuple[str, str]]) -> list[Objection]:
    """Return what is against noting these hazards (scheme, value)."""
    against = [HALF_A_HAZARD for scheme, value in hazards if not scheme or not value][:1]
    against += [LONG_HAZARD for scheme, value in hazards if len(scheme) > 60 or len(value) > 60][:1]
    twice = {pair for pair in hazards if hazards.count(pair) > 1}
    return against + [HAZARD_TWICE.about(scheme=scheme, value=value) for scheme, value in sorted(twice)]


_NUMBER = re.compile(r"[\w][\w.\-]{0,39}")


def asset_objections(asset: Asset) -> list[Objection]:
    """Return what is against writing this about a piece of equipment."""
    against = [] if _NUMBER.fullmatch(asset.number) else [NO_NUMBER]
    if asset.bought_on and asset.warranty_until and asset.warranty_until < asset.bought_on:
        against.append(BACKWARDS.about(later=asset.warranty_until, earlier=asset.bought_on).at("warranty_until"))
    if asset.calibrated_on and asset.calibration_due and asset.calibration_due < asset.calibrated_on:
        against.append(BACKWARDS.about(later=asset.calibration_due, earlier=asset.calibrated_on))
    return against


def place_objections(number: str, *, in_lab: bool, kind: str, places: int) -> list[Objection]:
    """Return what is against booking a piece by the hour, at so many places."""
    against = [] if in_lab else [NEEDS_LAB.about(number=number)]
    if not 1 <= places <= MOST_PLACES:
        against.append(PLACES.about(most=MOST_PLACES))
    elif places > 1 and kind != "bench":
        against.append(OF_BENCH)
    return against


def state_objections(number: str, now_is: EquipmentState, wanted: EquipmentState, reason: str, *, bookable: bool) -> list[Objection]:
    """Return what is against bringing a piece from a state into another by hand."""
    against = [] if reason else [WHY]
    if now_is is EquipmentState.RETIRED:
        return [GONE.about(number=number)]
    if bookable and wanted is EquipmentState.DOWN:
        return [*against, WRITE_DOWNTIME.about(number=number)]
    if bookable and now_is is EquipmentState.DOWN:
        return [*against, IS_DOWN.about(number=number)]
    if wanted not in NEXT[now_is]:
        against.append(CANNOT_BECOME.about(number=number, state=STATES[now_is]))
    return against


def media_type(filename: str, content: bytes) -> str | None:
    """Return what a file is, by its first bytes; None when it is nothing that is kept."""
    for beginning, found in MEDIA.items():
        if content.startswith(beginning):
            office = filename.lower().endswith((".docx", ".xlsx", ".pptx", ".odt", ".ods"))
            return found if found != "application/zip" or office else None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return "text/plain" if "\x00" not in text else None


def file_objections(filename: str, content: bytes) -> list[Objection]:
    """Return what is against keeping a file."""
    if not content:
        return [EMPTY_FILE if filename else NO_FILE]
    if len(content) > MOST_BYTES:
        return [BIG_FILE.about(most=MOST_BYTES // 1024 // 1024)]
    return [] if media_type(filename, content) else [OTHER_FILE]


_CODE = re.compile(r"[a-z0-9][a-z0-9\-]{0,39}")


def kind_objections(code: str, days: int, unused_days: int | None) -> list[Objection]:
    """Return what is against a kind of permit."""
    against = [] if _CODE.fullmatch(code) else [NO_CODE]
    if not 1 <= days <= LONGEST.days:
        against.append(NO_DAYS)
    if unused_days is not None and not 1 <= unused_days <= LONGEST.days:
        against.append(NO_UNUSED_DAYS)
    return against


def term_objections(on: date, until: date, today: date) -> list[Objection]:
    """Return what is against granting a permit from a day through another."""
    against = [LATER.about(on=on)] if on > today else []
    if until < on:
        return [*against, ENDS_BEFORE.about(until=until, on=on)]
    if until < today:
        against.append(ENDED.about(until=until))
    if until - on > LONGEST:
        against.append(TOO_LONG)
    return against


def reminder(until: date, lapses: date | None, reminded_on: date | None, today: date) -> str:
    """Return of what the person of a permit is to be told today: `ends`, `lapses`, or nothing. reminded_on: when they last were."""
    for days in sorted(REMIND_DAYS):
        due = until - timedelta(days=days)
        if due <= today <= until:
            return "ends" if reminded_on is None or reminded_on < due else ""
    if lapses is not None and lapses < until:
        due = lapses - timedelta(days=REMIND_UNUSED_DAYS)
        if due <= today <= lapses and (reminded_on is None or reminded_on < due):
            return "lapses"
    return ""
