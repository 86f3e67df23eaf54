"""When places may be added, changed, divided and retired. Pure: no database, no clock, no web."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import available_timezones

from parkmgr.errors import N_, Objection
from parkmgr.values import Area, Names

CODE_SHAPE = Objection(
    "places.code_shape",
    N_(
        "“%(code)s” cannot be a code: it has at most %(longest)s characters, begins and ends with a letter or digit, "
        "and has letters, digits, single spaces and the marks . _ - in between."
    ),
    "code",
)
CODE_TAKEN = Objection("places.code_taken", N_("There is a space of the code %(code)s already."), "code")
CODE_TWICE = Objection("places.code_twice", N_("The code %(code)s is given twice."), "parts")
NAME_LONG = Objection("places.name_long", N_("A name has at most %(longest)s characters."), "name_en")
NAME_UNREADABLE = Objection(
    "places.name_unreadable", N_("A name has characters that cannot be shown (control characters or direction marks)."), "name_en"
)
TIME_ZONE_UNKNOWN = Objection("places.time_zone_unknown", N_("“%(time_zone)s” is no time zone; write one as Asia/Shanghai."), "time_zone")
TIME_ZONE_FIXED = Objection(
    "places.time_zone_fixed",
    N_("The time zone cannot change any more: spaces of this park have been taken for days in %(time_zone)s."),
    "time_zone",
)
CURRENCY_UNKNOWN = Objection("places.currency_unknown", N_("“%(currency)s” is no currency; write one as CNY."), "currency")
COUNTRY_UNKNOWN = Objection("places.country_unknown", N_("“%(country)s” is no country; write one as CN."), "country")
KIND_UNKNOWN = Objection("places.kind_unknown", N_("“%(kind)s” is no kind of space."), "kind")
USE_UNKNOWN = Objection("places.use_unknown", N_("“%(kind)s” is no use of a building."), "use")
BASIS_UNKNOWN = Objection(
    "places.basis_unknown", N_("“%(basis)s” is no basis of areas; there are IPMS1, IPMS2, IPMS3, GIA, NIA and GLA."), "area_basis"
)
AREA_LARGE = Objection("places.area_large", N_("%(area)s is larger than any building: give the area in square metres."), "area")
CAPACITY_BOUNDS = Objection("places.capacity_bounds", N_("A capacity is from 0 to 100,000 people."), "capacity")
BUILT_BOUNDS = Objection("places.built_bounds", N_("The year of building is from 1000 to 2200."), "built")
LEVEL_BOUNDS = Objection("places.level_bounds", N_("A floor is from -20 to 200."), "level")
NOT_THERE = Objection("places.not_there", N_("The space %(space)s does not exist on %(on)s."), "on")
JUST_BEGUN = Objection(
    "places.just_begun", N_("The space %(space)s exists from %(starts_on)s; this can be done from a later day on."), "on"
)
HELD_UNTIL = Objection(
    "places.held", N_("The space %(space)s is taken until %(until)s; this can be done from %(free_on)s on, or when it is given up."), "on"
)
HELD_OPEN = Objection("places.held", N_("The space %(space)s is taken without an end; this can be done when it is given up."), "on")
WAS_HELD = Objection(
    "places.was_held", N_("The space %(space)s has been taken before, and its history must stay: retire it from a day instead.")
)
HAS_PARTS = Objection("places.has_parts", N_("The space %(space)s has parts: this is done to its parts."))
HAS_HISTORY = Objection(
    "places.has_history", N_("The space %(space)s came from other spaces or became others: retire it from a day instead.")
)
NEEDED = Objection("places.needed", N_("The space %(space)s stands in a lease: retire it from a day instead."))
PARTS_FEW = Objection("places.parts_few", N_("Give at least two parts."), "parts")
PARTS_LARGE = Objection(
    "places.parts_large", N_("The parts have %(parts)s together, which is more than the %(whole)s of %(space)s."), "parts"
)
SPACES_FEW = Objection("places.spaces_few", N_("Choose at least two spaces."), "spaces")
NOT_TOGETHER = Objection("places.not_together", N_("The spaces must be in one building, and parts of the same space if of any."), "spaces")
NO_SUCH_SPACE = Objection("places.no_such_space", N_("There is no space of the code %(space)s in this park."), "spaces")
PARENT_ELSEWHERE = Objection("places.parent_elsewhere", N_("The space %(space)s is in another building."), "parent")

LONGEST_NAME = 200
_CODE = re.compile(r"[^\W_](?:[ ._-]{0,3}[^\W_])*")
_SPACE_CODE = re.compile(r"[^\W_](?:[ ._/-]{0,3}[^\W_])*")
_IN_ADDRESSES = re.compile(r"\.\.|//|\./|/\.|  ")  # browsers and servers rewrite these
_LARGEST = Area(1_000_000_000)
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
KINDS = frozenset(
    {
        *("office", "laboratory", "production", "flat", "bed", "meeting_room", "desk"),
        *("clinic", "sports", "storage", "retail", "parking", "circulation", "instrument", "bench", "whole"),
    }
)
BASES = frozenset(("IPMS1", "IPMS2", "IPMS3", "GIA", "NIA", "GLA"))


@dataclass(frozen=True, slots=True)
class Particular:
    """What a space is from a day on. area None: not measured, which is not zero."""

    kind: str
    lettable: bool = True
    area: Area | None = None
    area_basis: str = ""
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A space that is to be, as a part of another or in its place."""

    code: str
    particular: Particular
    names: Names | None = None
    bookable: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a space is on the days [starts_on, ends_on)."""

    starts_on: date
    ends_on: date
    particular: Particular


@dataclass(frozen=True, slots=True)
class Facts:
    """What the park knows of a space that is to be retired, divided, split or merged.

    held_until: the last civil day on which it is held; date.max when that has no end; None when it is not held from then on.
    """

    code: str
    stretches: tuple[Stretch, ...]
    held_until: date | None = None
    divided: bool = False


def legible(text: str) -> bool:
    """Tell whether *text* has nothing that deceives readers or cannot be kept: controls, lone surrogates, direction overrides."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in _OVERRIDES for letter in text)


def name_objections(names: Names | None) -> list[Objection]:
    """Return what is wrong with the names, at the field of their script."""
    against = []
    for field, name in (("name_en", names.en), ("name_ru", names.ru), ("name_zh", names.zh)) if names else ():
        if len(name) > LONGEST_NAME:
            against.append(NAME_LONG.about(longest=LONGEST_NAME).at(field))
        if not legible(name):
            against.append(NAME_UNREADABLE.at(field))
    return against


def code_objections(code: str, longest: int = 60, *, of_space: bool = True) -> list[Objection]:
    """Return what is wrong with a code. Those of spaces may also have a slash (3/12), as they stand at the end of addresses."""
    if len(code) <= longest and (_SPACE_CODE if of_space else _CODE).fullmatch(code) and not _IN_ADDRESSES.search(code):
        return []
    return [CODE_SHAPE.about(code="".join(letter for letter in code[:longest] if legible(letter)), longest=longest)]


def park_objections(time_zone: str, currency: str, country: str) -> list[Objection]:
    """Return what is wrong with a park's settings."""
    return [
        objection
        for objection, applies in (
            (TIME_ZONE_UNKNOWN.about(time_zone=time_zone[:64]), time_zone not in available_timezones()),
            (CURRENCY_UNKNOWN.about(currency=currency[:10]), not re.fullmatch("[A-Z]{3}", currency)),
            (COUNTRY_UNKNOWN.about(country=country[:10]), not re.fullmatch("([A-Z]{2})?", country)),
        )
        if applies
    ]


def _measure_objections(area: Area | None, basis: str) -> list[Objection]:
    against = [] if basis in BASES or not basis else [BASIS_UNKNOWN.about(basis=basis[:20])]
    return [*against, AREA_LARGE.about(area=area)] if area is not None and area > _LARGEST else against


def building_objections(use: str, built: int | None, area: Area | None, basis: str) -> list[Objection]:
    """Return what is wrong with what is said of a building."""
    against = _measure_objections(area, basis)
    if use and use not in KINDS:
        against.append(USE_UNKNOWN.about(kind=use[:20]))
    if built is not None and not 1000 <= built <= 2200:
        against.append(BUILT_BOUNDS)
    return against


def particular_objections(particular: Particular) -> list[Objection]:
    """Return what is wrong with what is said of a space."""
    against = _measure_objections(particular.area, particular.area_basis)
    if particular.kind not in KINDS:
        against.append(KIND_UNKNOWN.about(kind=particular.kind[:20]))
    if particular.capacity is not None and not 0 <= particular.capacity <= 100_000:
        against.append(CAPACITY_BOUNDS)
    return against


def level_objections(level: int | None) -> list[Objection]:
    """Return what is wrong with the number of a floor."""
    return [] if level is None or -20 <= level <= 200 else [LEVEL_BOUNDS]


def on(stretches: Iterable[Stretch], day: date) -> Stretch | None:
    """Return the stretch that covers *day*; None when the space does not exist then."""
    return next((stretch for stretch in stretches if stretch.starts_on <= day < stretch.ends_on), None)


def changed(stretches: Sequence[Stretch], from_on: date, particular: Particular) -> list[Stretch]:
    """Return the stretches when the space is *particular* from a day on, as long as the stretch that covers the day goes on."""
    covering = on(stretches, from_on)
    if covering is None or covering.particular == particular:
        return list(stretches)
    pieces = [Stretch(covering.starts_on, from_on, covering.particular)] if covering.starts_on < from_on else []
    pieces.append(Stretch(from_on, covering.ends_on, particular))
    return sorted((*(stretch for stretch in stretches if stretch != covering), *pieces), key=lambda stretch: stretch.starts_on)


def ended(stretches: Sequence[Stretch], from_on: date) -> list[Stretch]:
    """Return the stretches when the space does not exist from a day on."""
    return [Stretch(s.starts_on, min(s.ends_on, from_on), s.particular) for s in stretches if s.starts_on < from_on]


def held_objections(facts: Facts, from_on: date) -> list[Objection]:
    """Return why the space cannot be let go from a day on: somebody has it then."""
    if facts.held_until is None or facts.held_until < from_on:
        return []
    if facts.held_until == date.max:
        return [HELD_OPEN.about(space=facts.code)]
    free_on = date.fromordinal(facts.held_until.toordinal() + 1)
    return [HELD_UNTIL.about(space=facts.code, until=facts.held_until, free_on=free_on)]


def retire_objections(facts: Facts, from_on: date) -> list[Objection]:
    """Return why the space cannot end on a day: it does not exist then, has just begun, or somebody has it."""
    if on(facts.stretches, from_on) is None:
        return [NOT_THERE.about(space=facts.code, on=from_on)]
    starts_on = min(stretch.starts_on for stretch in facts.stretches)
    begun = [JUST_BEGUN.about(space=facts.code, starts_on=starts_on)] if starts_on == from_on else []
    return [*begun, *held_objections(facts, from_on)]


def part_objections(parts: Sequence[Part]) -> list[Objection]:
    """Return what is wrong with the parts by themselves: too few, codes given twice, codes and facts that cannot be."""
    against = [] if len(parts) >= 2 else [PARTS_FEW]
    codes = [part.code for part in parts]
    against += [CODE_TWICE.about(code=code) for code in dict.fromkeys(codes) if codes.count(code) > 1]
    for part in parts:
        wrong = [*code_objections(part.code), *name_objections(part.names), *particular_objections(part.particular)]
        against += [objection.at("parts") for objection in wrong]
    return against


def size_objections(facts: Facts, parts: Sequence[Part], from_on: date) -> list[Objection]:
    """Return why the parts do not fit: their known areas are more than the measured area of the whole."""
    whole = on(facts.stretches, from_on)
    if whole is None or whole.particular.area is None:
        return []
    together = sum((part.particular.area for part in parts if part.particular.area is not None), Area(0))
    return [PARTS_LARGE.about(space=facts.code, parts=together, whole=whole.particular.area)] if together > whole.particular.area else []


def divide_objections(facts: Facts, parts: Sequence[Part], from_on: date) -> list[Objection]:
    """Return why a unit cannot get parts from a day on; an earlier part of its time stays its own."""
    there = [] if on(facts.stretches, from_on) else [NOT_THERE.about(space=facts.code, on=from_on)]
    unit = [HAS_PARTS.about(space=facts.code)] if facts.divided else []
    return [*unit, *there, *held_objections(facts, from_on), *part_objections(parts), *size_objections(facts, parts, from_on)]


def split_objections(facts: Facts, parts: Sequence[Part], from_on: date) -> list[Objection]:
    """Return why other spaces cannot take the place of this one on a day."""
    unit = [HAS_PARTS.about(space=facts.code)] if facts.divided else []
    return [*unit, *retire_objections(facts, from_on), *part_objections(parts), *size_objections(facts, parts, from_on)]


def merge_objections(spaces: Sequence[Facts], whereabouts: Iterable[tuple[int, int | None]], from_on: date) -> list[Objection]:
    """Return why one space cannot take the place of these on a day. whereabouts: building and parent of each."""
    against = [] if len(spaces) >= 2 else [SPACES_FEW]
    if len(set(whereabouts)) > 1:
        against.append(NOT_TOGETHER)
    for facts in spaces:
        if facts.divided:
            against.append(HAS_PARTS.about(space=facts.code).at("spaces"))
        against += retire_objections(facts, from_on)
    return against


def remove_objections(facts: Facts, *, was_held: bool, has_history: bool, needed: bool) -> list[Objection]:
    """Return why a space must stay in the register; it may be retired all the same."""
    return [
        objection.about(space=facts.code)
        for objection, applies in ((HAS_PARTS, facts.divided), (WAS_HELD, was_held), (HAS_HISTORY, has_history), (NEEDED, needed))
        if applies
    ]
