"""What a check-in and a check-out must have, and what may be kept of a deposit. Pure: no database, no clock, no web."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from parkmgr.errors import N_, Objection
from parkmgr.values import Money

GRADES = (1, 2, 3, 4, 5)
"""New, good, worn, damaged, missing."""
MISSING = 5
MOST_KEYS = 99


@dataclass(frozen=True, slots=True)
class InventoryLine:
    """One thing in its condition. photo: the picture's bytes, as they came or as they are kept."""

    room: str
    item: str
    grade: int
    note: str = ""
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """The condition of a home. meters: by code, what each shows, in thousandths of its unit."""

    keys: int = 0
    lines: tuple[InventoryLine, ...] = ()
    meters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter of the home showed on a day, in thousandths of its unit."""

    meter: str
    on: date
    value: int


GRADE = Objection("housing.grade", N_("%(room)s, %(item)s: the condition is a grade from 1 (new) to 5 (missing)."), "lines")
NO_LINE = Objection("housing.no_line", N_("%(room)s, %(item)s is not in the inventory."), "lines")
NO_PHOTO = Objection("housing.no_photo", N_("%(room)s, %(item)s: a photo is needed."), "lines")
NAMELESS_LINE = Objection("housing.nameless_line", N_("Each line of an inventory has a room and a thing."), "lines")
LINE_TWICE = Objection("housing.line_there", N_("%(room)s, %(item)s stands twice in the inventory."), "lines")
KEYS = Objection("housing.keys", N_("The number of keys is from 0 to 99."), "keys")
FEWER_KEYS = Objection(
    "housing.fewer_keys",
    N_("%(given)s keys were given out, and %(back)s came back: note the missing ones in a line of the inventory."),
    "keys",
)
NO_METER = Objection("housing.no_meter", N_("The meter %(meter)s was not read."), "meters")
METER_NEGATIVE = Objection("housing.meter_negative", N_("A meter does not show less than nothing."), "meters")
METER_BACKWARDS = Objection(
    "housing.meter_backwards",
    N_("The meter %(meter)s runs backwards: it showed %(before)s on %(before_on)s, and would show %(after)s on %(after_on)s."),
    "meters",
)

NOT_OF_CHECK_OUT = Objection("housing.not_of_check_out", N_("A deduction cites a line of the check-out of the same residency."), "line")
NOT_WORSE = Objection("housing.not_worse", N_("%(room)s, %(item)s is not worse than at the check-in: nothing is kept for it."), "line")
NOTHING_KEPT = Objection("housing.nothing_kept", N_("A deduction is more than nothing."), "amount")
NO_DEPOSIT = Objection("housing.no_deposit", N_("No deposit was received for %(document)s."))
TOO_MUCH = Objection("housing.too_much", N_("At most %(left)s of the deposit is left."), "amount")
DEPOSIT_CURRENCY = Objection("housing.deposit_currency", N_("The deposit is in %(agreed)s, not in %(given)s."), "amount")
NONE_AGREED = Objection("housing.none_agreed", N_("No deposit is agreed for %(document)s."))
RECEIVED = Objection("housing.deposit_received", N_("The deposit of %(document)s was received on %(on)s already."))
RETURNED = Objection("housing.deposit_returned", N_("The deposit of %(document)s was returned on %(on)s already."))
NOT_LEFT = Objection("housing.not_left", N_("The deposit is returned when the resident has left."))
DEPOSIT_TO_COME = Objection("housing.to_come", N_("%(on)s is still to come: note it on its day."), "on")
RETURN_BEFORE = Objection("housing.return_before", N_("It was received on %(received)s: it is not returned before."), "on")
NO_REASON = Objection("housing.no_reason", N_("Say why."), "reason")

CONFIRMED = Objection("housing.confirmed", N_("It is confirmed already."))


def shown(thousandths: int) -> str:
    """Return a reading as people write it, without needless noughts."""
    whole, rest = divmod(thousandths, 1000)
    return str(whole) if not rest else f"{whole}.{rest:03d}".rstrip("0")


def inventory_against(
    inventory: Inventory, *, photos: Collection[tuple[str, str]], meters: Collection[str], on: date, read: Iterable[Reading]
) -> list[Objection]:
    """Return every reason against noting the inventory on the day.

    photos: the things (room, item) of which the park asks for a photo. meters: which must be read. read: what they showed on other days.
    """
    objections = [] if 0 <= inventory.keys <= MOST_KEYS else [KEYS]
    seen: set[tuple[str, str]] = set()
    for line in inventory.lines:
        facts = {"room": line.room, "item": line.item}
        if not line.room.strip() or not line.item.strip():
            objections.append(NAMELESS_LINE)
        if line.grade not in GRADES:
            objections.append(GRADE.about(**facts))
        if (line.room, line.item) in seen:
            objections.append(LINE_TWICE.about(**facts))
        seen.add((line.room, line.item))
        if (line.room, line.item) in photos and line.photo is None and line.grade != MISSING:
            objections.append(NO_PHOTO.about(**facts))
    objections += [NO_LINE.about(room=room, item=item) for room, item in sorted(set(photos) - seen)]
    objections += [NO_METER.about(meter=meter) for meter in meters if meter not in inventory.meters]
    return objections + meters_against(inventory.meters, on, read)


def meters_against(meters: Mapping[str, int], on: date, read: Iterable[Reading]) -> list[Objection]:
    """Return which meters would run backwards: less than on an earlier day, or more than on a later one."""
    objections = [METER_NEGATIVE for value in meters.values() if value < 0]
    before: dict[str, Reading] = {}
    after: dict[str, Reading] = {}
    for one in read:
        if one.meter not in meters:
            continue
        if one.on <= on and (one.meter not in before or one.value > before[one.meter].value):
            before[one.meter] = one
        if one.on > on and (one.meter not in after or one.value < after[one.meter].value):
            after[one.meter] = one
    for meter, value in meters.items():
        earlier, later = before.get(meter), after.get(meter)
        if earlier is not None and value < earlier.value:
            objections.append(_backwards(meter, earlier, Reading(meter, on, value)))
        if later is not None and value > later.value:
            objections.append(_backwards(meter, Reading(meter, on, value), later))
    return objections


def _backwards(meter: str, earlier: Reading, later: Reading) -> Objection:
    return METER_BACKWARDS.about(
        meter=meter, before=shown(earlier.value), before_on=earlier.on, after=shown(later.value), after_on=later.on
    )


def worse(before: int | None, after: int) -> bool:
    """Tell whether a thing is worse at the check-out than at the check-in; one that was not there at the check-in counts as good."""
    return after > (2 if before is None else before)


@dataclass(frozen=True, slots=True)
class Held:
    """The deposit of a residency, and what is kept of it so far."""

    document: str
    agreed: Money | None
    received_on: date | None = None
    returned_on: date | None = None
    kept: tuple[Money, ...] = ()

    @property
    def left(self) -> Money | None:
        """What is not kept of what was received."""
        if self.agreed is None or self.received_on is None:
            return None
        return Money(self.agreed.minor - sum(one.minor for one in self.kept), self.agreed.currency)


def receiving_against(held: Held, on: date, today: date) -> list[Objection]:
    """Return what is against receiving the deposit."""
    objections = [NONE_AGREED.about(document=held.document)] if held.agreed is None or held.agreed.minor == 0 else []
    if held.received_on is not None:
        objections.append(RECEIVED.about(document=held.document, on=held.received_on))
    return objections + ([DEPOSIT_TO_COME.about(on=on)] if on > today else [])


def returning_against(held: Held, on: date, today: date, *, left: bool) -> list[Objection]:
    """Return what is against returning what is left of the deposit. left: the resident has."""
    objections = [] if left else [NOT_LEFT]
    if held.received_on is None:
        objections.append(NO_DEPOSIT.about(document=held.document))
    elif on < held.received_on:
        objections.append(RETURN_BEFORE.about(received=held.received_on))
    if held.returned_on is not None:
        objections.append(RETURNED.about(document=held.document, on=held.returned_on))
    return objections + ([DEPOSIT_TO_COME.about(on=on)] if on > today else [])


def deducting_against(held: Held, amount: Money, reason: str, line: InventoryLine | None, before: int | None) -> list[Objection]:
    """Return what is against keeping the amount for a line of the check-out (None: it is none). before: the grade at the check-in."""
    objections: list[Objection] = [] if reason.strip() else [NO_REASON]
    if line is None:
        objections.append(NOT_OF_CHECK_OUT)
    elif not worse(before, line.grade):
        objections.append(NOT_WORSE.about(room=line.room, item=line.item))
    if amount.minor <= 0:
        objections.append(NOTHING_KEPT)
    left = held.left
    if left is None:
        objections.append(NO_DEPOSIT.about(document=held.document))
    elif left.currency != amount.currency:
        objections.append(DEPOSIT_CURRENCY.about(agreed=left.currency, given=amount.currency))
    elif amount.minor > left.minor:
        objections.append(TOO_MUCH.about(left=left))
    if held.returned_on is not None:
        objections.append(RETURNED.about(document=held.document, on=held.returned_on))
    return objections


def keys_against(given: int | None, lines: Sequence[InventoryLine], back: int) -> list[Objection]:
    """Return what is against fewer keys than were given out, when no line of the inventory says that something is missing."""
    if given is None or back >= given or any(line.grade == MISSING for line in lines):
        return []
    return [FEWER_KEYS.about(given=given, back=back)]
