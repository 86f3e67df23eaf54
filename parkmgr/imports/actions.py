"""Other people's tables into the register: looked at first, then all rows or none.

A file is planned against the register: what each row would add or change, what it says already, and what is wrong with it. A dry run
stops there. Only a plan without problems is done, in one transaction, by the deeds of the slices below.
"""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from parkmgr.audit.actions import record
from parkmgr.db import db, transaction
from parkmgr.errors import N_, Objection, Refused, Stale
from parkmgr.imports import booked, equipped, funded, housed, queries, reading, rules
from parkmgr.imports import mapping as mappings
from parkmgr.imports.booked import IN_ROW
from parkmgr.imports.models import ImportFile
from parkmgr.imports.queries import Standing
from parkmgr.imports.reading import Hints, Limits, Table
from parkmgr.imports.rules import (
    BookingRow,
    BuildingRow,
    CommitmentRow,
    EquipmentRow,
    FlowRow,
    LeaseRow,
    OrganisationRow,
    Plan,
    Problem,
    ResidencyRow,
    SpaceRow,
    folded,
)
from parkmgr.leases import actions as leases
from parkmgr.leases import queries as lease_queries
from parkmgr.leases import rules as lease_rules
from parkmgr.occupancy import queries as ledger_queries
from parkmgr.occupancy.rules import Blocking, objection
from parkmgr.organisations import actions as organisations
from parkmgr.organisations import rules as organisation_rules
from parkmgr.organisations.models import Organisation
from parkmgr.organisations.rules import Identity
from parkmgr.places import actions as places
from parkmgr.places import queries as place_queries
from parkmgr.places import rules as place_rules
from parkmgr.places.models import Building, Park, Particulars, Space
from parkmgr.places.rules import Particular
from parkmgr.policy import Actor
from parkmgr.searching import searchable
from parkmgr.values import Area, Money, Names, Span, Term, day_of, last_day

DAY = timedelta(days=1)
CHUNK = 500
"""So many leases are written at once; progress is said after each."""
LISTED = 1000
"""So many problems are listed; all are counted."""

NO_BUILDING = Objection("imports.no_building", N_("The park has no building %(code)s."))
FIX_BUILDING = Objection("imports.fix_building", N_("Import the buildings first, or write the code of one that is there."))
NO_SPACE = Objection("imports.no_space", N_("The park has no space %(code)s."))
FIX_SPACE = Objection("imports.fix_space", N_("Import the spaces first, or write the code of one that is there."))
NO_TENANT = Objection("imports.no_tenant", N_("There is no organisation of the code or name %(tenant)s."))
FIX_TENANT = Objection(
    "imports.fix_tenant", N_('Import the organisations first, or let the mapping make tenants ([tenant] kind = "enterprise").')
)
FIX_NEAR_TENANT = Objection("imports.fix_near_tenant", N_("Write %(code)s, if that is meant."))
MANY_TENANTS = Objection("imports.many_tenants", N_("Several organisations are called %(tenant)s."))
FIX_TENANT_CODE = Objection("imports.fix_tenant_code", N_("Write the organisation's code."))
ELSEWHERE = Objection("imports.elsewhere", N_("The space %(code)s is in another building, %(building)s."))
OTHER_FLOOR = Objection("imports.other_floor", N_("The space %(code)s is on floor %(level)s."))
PARENT_LATER = Objection("imports.parent_later", N_("The space %(code)s that it is part of is neither in the park nor in a row above."))
FIX_PARENT = Objection("imports.fix_parent", N_("Put the whole above its parts."))
IDENTIFIER_TAKEN = Objection("imports.identifier_taken", N_("%(identifier)s is the identifier of %(code)s already."))
SAME_SPACE = Objection("imports.same_space", N_("Row %(row)s lets %(space)s in the same days."))
FIX_DAYS = Objection("imports.fix_days", N_("Mend the days of one of the two, or the space."))
FIX_IN_REGISTER = Objection("imports.fix_in_register", N_("Mend the row, or change it in the register first."))
NO_LONGER = Objection("imports.no_longer", N_("The register says that %(number)s was left on %(on)s; the row changes nothing."))
MADE_BUILDING = Objection("imports.made_building", N_("The park has no building %(code)s; it is made from this row."))
MADE_TENANT = Objection("imports.made_tenant", N_("There is no organisation %(name)s; it is made with the code %(code)s."))

UNUSED = Objection("imports.unused", N_("Not used: the columns %(columns)s."))
ALL_EMPTY = Objection("imports.all_empty", N_("The column %(column)s is empty in all %(rows)s rows: unknown, not zero."))
ZERO_AREAS = Objection("imports.zero_areas", N_("Rows that declare an area of 0: %(count)s; taken as they stand."))
UNKNOWN_AREAS = Objection("imports.unknown_areas", N_("Rows without an area: %(count)s; unknown, not zero."))
UNKNOWN_RENTS = Objection("imports.unknown_rents", N_("Leases without a rent: %(count)s; unknown, not zero."))
REPEATED_KEYS = Objection(
    "imports.repeated_keys",
    N_("Lease numbers in several rows at one location: %(keys)s, in %(rows)s rows; each row is a lease of its own."),
)
MANY_AT_ONE = Objection(
    "imports.many_at_one",
    N_("Buildings with several leases: %(buildings)s, in %(rows)s rows; areas of buildings are never added for them."),
)
HELD_OVER = Objection("imports.held_over", N_("Leases past their end on %(on)s: %(count)s; their tenants hold over."))
OWN_SPACES = Objection("imports.own_spaces", N_("Spaces made, one for each row: %(count)s."))

ALREADY_DONE = Objection("imports.already_done", N_("This file was imported already."))

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file, or would come. rows = added + changed + unchanged + skipped + bad; nothing is written when bad is not 0."""

    what: str
    filename: str
    sha256: str
    rows: int
    added: int
    changed: int
    unchanged: int
    skipped: int
    bad: int
    dry_run: bool
    made: Mapping[str, int] = field(default_factory=dict)
    """What was made beside the rows' own things: buildings, spaces, organisations."""
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0
    warnings: tuple[Problem, ...] = ()
    warning_count: int = 0
    skips: Mapping[str, int] = field(default_factory=dict)
    """Why rows were left out, and how many for each reason."""
    notes: tuple[Objection, ...] = ()
    plan: Plan | None = None

    @property
    def applied(self) -> bool:
        """Whether the register says now what the file says."""
        return not self.dry_run and not self.problem_count

    def counts(self) -> dict[str, int]:
        """The figures, which account for every row."""
        names = ("rows", "added", "changed", "unchanged", "skipped", "bad")
        return {name: getattr(self, name) for name in names}

    def to_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "what": self.what,
            "file": self.filename,
            "sha256": self.sha256,
            "dry_run": self.dry_run,
            "applied": self.applied,
            **self.counts(),
            "made": dict(self.made),
            "skips": dict(self.skips),
            "problem_count": self.problem_count,
            "problems": [_plain(problem) for problem in self.problems],
            "warning_count": self.warning_count,
            "warnings": [_plain(problem) for problem in self.warnings],
            "notes": [str(note) for note in self.notes],
        }

    def __str__(self) -> str:
        lines = [f"{self.filename}: {self.rows} rows of {self.what}"]
        if self.problem_count:
            lines.append(f"Nothing was imported: {self.problem_count} problems in {self.bad} rows.")
            lines += [_said(problem) for problem in self.problems[:50]]
            if self.problem_count > 50:
                lines.append(f"… and {self.problem_count - 50} more (--json lists them).")
        verbs = ("would be added", "would be changed") if self.dry_run or self.problem_count else ("added", "changed")
        did = f"{self.added} {verbs[0]}, {self.changed} {verbs[1]}"
        lines.append(f"{did}, {self.unchanged} unchanged, {self.skipped} left out, {self.bad} with problems")
        lines += [f"also made: {count} {name}" for name, count in self.made.items() if count]
        lines += [f"left out: {count}: {reason}" for reason, count in self.skips.items()]
        lines += [f"warning: {_said(problem)}" for problem in self.warnings[:10]]
        if self.warning_count > 10:
            lines.append(f"… and {self.warning_count - 10} more warnings.")
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)


def _plain(problem: Problem) -> dict[str, object]:
    return {
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "code": problem.reason.code,
        "reason": str(problem.reason),
        "fix": str(problem.fix) if problem.fix else "",
    }


def _said(problem: Problem) -> str:
    where = f"row {problem.row}" + (f", {problem.column}" if problem.column else "") + (f" ({problem.value!r})" if problem.value else "")
    return f"{where}: {problem.reason}" + (f" {problem.fix}" if problem.fix else "")


# Doing it


def run(
    what: str,
    path: Path,
    park: Park,
    *,
    mapping: Path | None = None,
    dry_run: bool = False,
    actor: Actor,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
    fund: str = "",
) -> Outcome:
    """The file's rows are in the register, in a transaction of this deed's own; or nothing is (a dry run, or a row with a problem).

    fund: of commitments and flows, when it is one fund's table.

    Raises:
        Refused: when the file or the mapping cannot be used at all.
    """
    park_id = park.id
    content = path.read_bytes()
    text = None if mapping is None else mapping.read_text(encoding="utf-8", errors="replace")
    table, plan = read(what, content, text)
    if fund:
        plan = replace(plan, fields={**plan.fields, "fund": rules.Source(constant=fund)})
    if dry_run:
        return dry_run_of(what, path.name, content, table, plan, db.session.get_one(Park, park_id), actor=actor, now=now)
    with transaction():
        return put_in(what, path.name, content, table, plan, db.session.get_one(Park, park_id), actor=actor, now=now, progress=progress)


def read(what: str, content: bytes, mapping: str | None) -> tuple[Table, Plan]:
    """Return the table in a file and how it is to be read: by the mapping, or as the columns' names suggest.

    Raises:
        Refused: when the file or the mapping cannot be used at all.
    """
    plan = None if mapping is None else mappings.from_toml(mapping, what)
    hints = Hints() if plan is None else Hints(plan.encoding, plan.separator, plan.sheet)
    table = reading.read(content, Limits(), hints)
    return table, plan or mappings.propose(what, table)


def dry_run_of(what: str, filename: str, content: bytes, table: Table, plan: Plan, park: Park, *, actor: Actor, now: datetime) -> Outcome:
    """Return what would come of a file; nothing is changed.

    Raises:
        Refused: when the mapping does not fit the table.
    """
    with db.session.no_autoflush:
        return _planned(table, plan, park, actor, now).outcome(filename, content, dry_run=True)


def put_in(
    what: str,
    filename: str,
    content: bytes,
    table: Table,
    plan: Plan,
    park: Park,
    *,
    actor: Actor,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
    kept: ImportFile | None = None,
) -> Outcome:
    """The rows are in the register, or nothing is, when any has a problem. A file that changes nothing leaves no trace.

    kept: the file as it was put in before, in a browser.
    Raises:
        Refused: when the mapping does not fit the table.
    """
    work = _planned(table, plan, park, actor, now)
    outcome = work.outcome(filename, content, dry_run=False)
    if outcome.problem_count:
        return outcome
    work.do(progress or (lambda _done, _all: None))
    if kept is None:
        if not (outcome.added or outcome.changed):
            return outcome
        kept = _file(park, what, filename, content, mappings.to_toml(plan), now)
    kept.state, kept.done_at, kept.row_count = "done", now, outcome.rows
    kept.outcome = {**outcome.counts(), "made": dict(outcome.made)}
    record("imports.apply", kept, actor=actor, now=now)
    db.session.flush()
    return outcome


def _file(park: Park, what: str, filename: str, content: bytes, mapping: str, now: datetime) -> ImportFile:
    kept = ImportFile(
        park_id=park.id,
        what=what,
        filename=filename[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        mapping=mapping,
        state="waiting",
        uploaded_at=now,
        outcome={},
        content=content,
    )
    db.session.add(kept)
    db.session.flush()
    return kept


def upload(park: Park, what: str, filename: str, content: bytes, mapping: str, *, actor: Actor, now: datetime) -> ImportFile:
    """The file waits to be looked at, with a mapping."""
    kept = _file(park, what, filename, content, mapping, now)
    record("imports.upload", kept, actor=actor, now=now)
    return kept


def preview(kept: ImportFile, mapping: str, *, actor: Actor, now: datetime) -> None:
    """The file that waits has another mapping.

    Raises:
        Refused: when it was imported already.
    """
    if kept.state != "waiting":
        raise Refused([ALREADY_DONE])
    if kept.mapping != mapping:
        kept.mapping = mapping
        record("imports.preview", kept, actor=actor, now=now)


def apply(kept: ImportFile, park: Park, table: Table, plan: Plan, *, seen: str, actor: Actor, now: datetime) -> Outcome:
    """The file's rows are in the register, or nothing is, when any has a problem.

    table and plan: what `read` made of the file, before the transaction. seen: the digest of the mapping that the person looked at.

    Raises:
        Refused: when it was imported already, or cannot be used.
        Stale: when the mapping is another now.
    """
    if kept.state != "waiting":
        raise Refused([ALREADY_DONE])
    if digest(kept.mapping) != seen:
        raise Stale
    return put_in(kept.what, kept.filename, kept.content, table, plan, park, actor=actor, now=now, kept=kept)


def digest(mapping: str) -> str:
    """Return what a page says which mapping it shows."""
    return hashlib.sha256(mapping.encode()).hexdigest()


# Planning


@dataclass(frozen=True, slots=True)
class _NewLease:
    """A lease to be written: the building, tenant and spaces may be made by steps before it."""

    row: LeaseRow
    tenant: str
    spaces: tuple[str, ...]
    held_over: bool


@dataclass(slots=True)
class _Work:
    """A plan against the register: steps to do in order, counts, problems."""

    plan: Plan
    park: Park
    actor: Actor
    now: datetime
    rows: int
    steps: list[Callable[[], object]] = field(default_factory=list)
    leases: list[_NewLease] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skips: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    notes: list[Objection] = field(default_factory=list)
    made_spaces: dict[str, Space] = field(default_factory=dict)
    made_buildings: dict[str, Building] = field(default_factory=dict)
    tenants: dict[str, Organisation] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """Return how the file calls a field."""
        source = self.plan.fields.get(name)
        return ", ".join(source.columns) if source and source.columns else name

    def against(self, row: int, value: str, objections: Iterable[Objection], fix: Objection | None = None) -> bool:
        """Note what the park's rules have against a row; tell whether there is anything."""
        found = list(objections)
        self.problems += [Problem(row, self.column(one.field) if one.field else "", value[:200], one, fix) for one in found]
        return bool(found)

    def refuse(self, row: int, name: str, value: str, reason: Objection, fix: Objection | None = None) -> None:
        """Note one problem of a row."""
        self.problems.append(Problem(row, self.column(name), value[:200], reason, fix))

    def mapped(self, name: str, value: V | None, otherwise: V) -> V:
        """Return what the row says of a field, or what the register says where the file does not speak of it."""
        return value if name in self.plan.fields and value is not None else otherwise

    def known(self, name: str, value: V | None, otherwise: V | None) -> V | None:
        """Return what the row says of a field, also that it is not known; or what the register says where the file does not speak of it."""
        return value if name in self.plan.fields else otherwise

    def outcome(self, filename: str, content: bytes, *, dry_run: bool) -> Outcome:
        """Return what came of it, or would."""
        problems = sorted(self.problems, key=lambda problem: problem.row)
        bad = len({problem.row for problem in problems})
        skipped = sum(self.skips.values())
        return Outcome(
            self.plan.what,
            filename,
            hashlib.sha256(content).hexdigest(),
            self.rows,
            self.added,
            self.changed,
            self.unchanged,
            skipped,
            bad,
            dry_run,
            dict(self.made),
            tuple(problems[:LISTED]),
            len(problems),
            tuple(self.warnings[:LISTED]),
            len(self.warnings),
            dict(self.skips),
            tuple(self.notes),
            self.plan,
        )

    def do(self, progress: Callable[[int, int], None]) -> None:
        """Every step is done."""
        # Everything that is made stays until the end: looking for garbage meanwhile finds none and takes a quarter of the time.
        was_on = gc.isenabled()
        gc.disable()
        try:
            self._do(progress)
        finally:
            if was_on:
                gc.enable()

    def _do(self, progress: Callable[[int, int], None]) -> None:
        steps: list[Callable[[], object]] = [*self.steps, *(partial(_write_leases, self, chunk) for chunk in _chunks(self.leases))]
        for done, step in enumerate(steps, 1):
            step()
            if done % 100 == 0 or len(steps) < 100:
                progress(done * self.rows // len(steps), self.rows)
        progress(self.rows, self.rows)


def _planned(table: Table, plan: Plan, park: Park, actor: Actor, now: datetime) -> _Work:
    against = mappings.objections(plan, table.columns)
    if against:
        raise Refused(against)
    taking = rules.taken(table.rows, table.columns, plan, mappings.TARGETS[plan.what], park.currency)
    work = _Work(plan, park, actor, now, len(table.rows), problems=list(taking.problems))
    work.skips.update(reason for _, reason in taking.skipped)
    plan_rows, of_kind = _PLANS[plan.what]
    plan_rows(work, [row for row in taking.values if isinstance(row, of_kind)])
    said: dict[int, set[str]] = {}
    for problem in work.problems:
        said.setdefault(problem.row, set()).add(problem.column)
    for row in taking.flawed:
        _also_against(work, row, said.get(row.row, set()))
    work.notes += _about_columns(table, plan)
    return work


def _also_against(work: _Work, row: rules.AnyRow, said: set[str]) -> None:
    """Note what the park's rules have against the other cells of a row that has a problem already, in the columns *said*."""
    if not isinstance(row, BuildingRow | SpaceRow | OrganisationRow):
        return
    if isinstance(row, BuildingRow):
        against = _building_against(row)
    elif isinstance(row, SpaceRow):
        against = _space_against(row)
    else:
        against = organisation_rules.objections(_identity(work, row, None))
    work.against(row.row, row.code, [one for one in against if work.column(one.field) not in said and row.code])


def _about_columns(table: Table, plan: Plan) -> list[Objection]:
    used = {column for source in plan.fields.values() for column in source.columns} | {skip.column for skip in plan.skips}
    unused = [column for column in table.columns if column not in used]
    empty = [column for index, column in enumerate(table.columns) if not any(row.cells[index] for row in table.rows)]
    if plan.what == "bookings":  # a calendar has all its columns always
        unused, empty = [column for column in unused if column not in empty], []
    notes = [UNUSED.about(columns=", ".join(unused)[:400])] if unused else []
    return notes + [ALL_EMPTY.about(column=column[:80], rows=len(table.rows)) for column in empty]


def _chunks(things: Sequence[V]) -> list[Sequence[V]]:
    return [things[start : start + CHUNK] for start in range(0, len(things), CHUNK)]


# Buildings


def _plan_buildings(work: _Work, rows: Sequence[BuildingRow]) -> None:
    there = queries.buildings(work.park.id)
    new: list[BuildingRow] = []
    for row in rows:
        if work.against(row.row, row.code, _building_against(row)):
            continue
        building = there.get(row.code)
        if building is None:
            work.added += 1
            new.append(row)
        elif _building_now(work, building, row) != _building_then(building):
            work.changed += 1
            work.steps.append(partial(_change_building, work, building, row))
        else:
            work.unchanged += 1
    work.steps += [partial(_add_buildings, work, chunk) for chunk in _chunks(new)]
    zero = sum(row.area is not None and not row.area.dm2 for row in rows)
    unknown = sum(row.area is None for row in rows)
    if "area" in work.plan.fields:
        work.notes += [ZERO_AREAS.about(count=zero)] if zero else []
        work.notes += [UNKNOWN_AREAS.about(count=unknown)] if unknown else []


def _building_against(row: BuildingRow) -> list[Objection]:
    return [
        *place_rules.code_objections(row.code, 40, of_space=False),
        *place_rules.name_objections(row.names),
        *place_rules.building_objections(row.use or "", row.built, row.area, row.area_basis or ""),
    ]


_BuildingSays = tuple[Names, str, bool, str, int | None, Area | None, str]


def _building_then(building: Building) -> _BuildingSays:
    return (building.names, building.use, building.residential, building.address, building.built, building.area, building.area_basis)


def _building_now(work: _Work, building: Building, row: BuildingRow) -> _BuildingSays:
    named = {"name", "name_en", "name_ru", "name_zh"} & work.plan.fields.keys()
    return (
        _joined(building.names, row.names) if named else building.names,
        work.mapped("use", row.use, building.use),
        work.mapped("residential", row.residential, building.residential),
        work.mapped("address", row.address, building.address),
        work.known("built", row.built, building.built),
        work.known("area", row.area, building.area),
        work.mapped("area_basis", row.area_basis, building.area_basis),
    )


def _joined(names: Names, said: Names) -> Names:
    """Return the names with those that the file says; a script that it does not speak of stays."""
    return Names(said.en or names.en, said.ru or names.ru, said.zh or names.zh)


def _add_buildings(work: _Work, rows: Sequence[BuildingRow]) -> None:
    """What places.add_building does for one, for many in one flush: its rules were asked while planning."""
    made = []
    for row in rows:
        building = Building(
            park_id=work.park.id,
            code=row.code,
            use=row.use or "",
            residential=bool(row.residential),
            address=row.address or "",
            built=row.built,
            area=row.area,
            area_basis=row.area_basis or "",
            park=work.park,
        )
        building.names, building.search = row.names, searchable(row.names, row.code, building.address)
        made.append(building)
    db.session.add_all(made)
    db.session.flush()
    for building in made:
        work.made_buildings[building.code] = building
        record("places.add_building", building, actor=work.actor, now=work.now)


def _change_building(work: _Work, building: Building, row: BuildingRow) -> None:
    names, use, residential, address, built, area, basis = _building_now(work, building, row)
    places.change_building(
        building,
        names,
        use=use,
        residential=residential,
        address=address,
        built=built,
        area=area,
        area_basis=basis,
        actor=work.actor,
        now=work.now,
    )


# Organisations


def _plan_organisations(work: _Work, rows: Sequence[OrganisationRow]) -> None:
    listed = queries.organisations()
    there = {found.code: found for found in listed}
    by_ror = {found.ror: found for found in listed if found.ror}
    identifiers = {value: found.code for found in listed for value in (found.ror, found.inn, found.uscc) if value}
    for row in rows:
        found = there.get(row.code) or (by_ror.get(row.ror) if row.ror else None)
        identity = _identity(work, row, found)
        refused = work.against(row.row, row.code, organisation_rules.objections(identity))
        for name, value in (("ror", identity.ror), ("inn", identity.inn), ("uscc", identity.uscc)):
            owner = identifiers.setdefault(value, identity.code) if value else identity.code
            if value and owner != identity.code:
                refused = True
                work.refuse(row.row, name, value, IDENTIFIER_TAKEN.about(identifier=value, code=owner), rules.FIX_REMOVE_ROW)
        if refused:
            continue
        if found is None:
            work.added += 1
            work.steps.append(partial(_add_organisation, work, identity))
        elif identity != _identity_of(found):
            work.changed += 1
            work.steps.append(partial(_change_organisation, work, found, identity))
        else:
            work.unchanged += 1


def _identity_of(found: Organisation) -> Identity:
    return Identity(found.code, found.kind, found.names, found.country, found.city, found.website, found.ror, found.inn, found.uscc)


def _identity(work: _Work, row: OrganisationRow, found: Organisation | None) -> Identity:
    """Return what the organisation is after the row: what the file does not speak of stays."""
    inn, uscc = organisation_rules.inn(row.inn), organisation_rules.uscc(row.uscc)
    if found is None:
        return Identity(row.code, row.kind, row.names, row.country or "", row.city or "", row.website or "", row.ror, inn, uscc)
    return Identity(
        found.code,
        row.kind,
        _joined(found.names, row.names),
        work.mapped("country", row.country, found.country),
        work.mapped("city", row.city, found.city),
        work.mapped("website", row.website, found.website),
        row.ror or found.ror,
        inn or found.inn,
        uscc or found.uscc,
    )


def _add_organisation(work: _Work, identity: Identity) -> Organisation:
    return organisations.add(
        identity.code,
        identity.kind,
        identity.names,
        country=identity.country,
        city=identity.city,
        website=identity.website,
        ror=identity.ror,
        inn=identity.inn,
        uscc=identity.uscc,
        actor=work.actor,
        now=work.now,
    )


def _change_organisation(work: _Work, found: Organisation, identity: Identity) -> None:
    organisations.change(
        found,
        identity.kind,
        identity.names,
        country=identity.country,
        city=identity.city,
        website=identity.website,
        ror=identity.ror,
        inn=identity.inn,
        uscc=identity.uscc,
        actor=work.actor,
        now=work.now,
    )


# Spaces


def _plan_spaces(work: _Work, rows: Sequence[SpaceRow]) -> None:
    buildings, there = queries.buildings(work.park.id), queries.spaces(work.park.id)
    particulars = queries.particulars(work.park.id)
    coming: dict[str, str] = {}
    for row in rows:
        space = there.get(row.code)
        if _space_refused(work, row, buildings, there, coming):
            continue
        coming[row.code] = row.building
        if space is None:
            work.added += 1
            work.steps.append(partial(_add_space, work, row, buildings[row.building], there))
            continue
        current = _last(particulars.get(space.id, []))
        if current is None or _space_now(work, space, current, row) != _space_then(space, current):
            work.changed += 1
            work.steps.append(partial(_change_space, work, space, current, row))
        else:
            work.unchanged += 1
    unknown = sum(row.area is None for row in rows)
    work.notes += [UNKNOWN_AREAS.about(count=unknown)] if unknown else []


def _space_refused(
    work: _Work, row: SpaceRow, buildings: Mapping[str, Building], there: Mapping[str, Space], coming: Mapping[str, str]
) -> bool:
    refused = work.against(row.row, row.code, _space_against(row))
    space = there.get(row.code)
    if row.building not in buildings:
        refused = True
        work.refuse(row.row, "building", row.building, NO_BUILDING.about(code=row.building), FIX_BUILDING)
    elif space is not None and space.building.code != row.building:
        refused = True
        work.refuse(row.row, "building", row.building, ELSEWHERE.about(code=row.code, building=space.building.code), FIX_IN_REGISTER)
    level = space.floor.level if space is not None and space.floor is not None else None
    if row.floor is not None and level is not None and row.floor != level:
        refused = True
        work.refuse(row.row, "floor", str(row.floor), OTHER_FLOOR.about(code=row.code, level=level), FIX_IN_REGISTER)
    if row.parent and row.parent not in there and row.parent not in coming:
        refused = True
        work.refuse(row.row, "parent", row.parent, PARENT_LATER.about(code=row.parent), FIX_PARENT)
    return refused


def _space_against(row: SpaceRow) -> list[Objection]:
    return [
        *place_rules.code_objections(row.code),
        *place_rules.name_objections(row.names),
        *place_rules.particular_objections(_particular(row)),
        *place_rules.level_objections(row.floor),
    ]


def _particular(row: SpaceRow) -> Particular:
    return Particular(row.kind, row.lettable, row.area, row.area_basis, row.capacity)


def _last(rows: Sequence[Particulars]) -> Particulars | None:
    return rows[-1] if rows and rows[-1].ends_on == date.max else None


_SpaceSays = tuple[Names | None, Particular, bool]


def _names_of(space: Space) -> Names | None:
    return space.names if space.name_en or space.name_ru or space.name_zh else None


def _space_then(space: Space, current: Particulars) -> _SpaceSays:
    particular = Particular(current.kind, current.lettable, current.area, current.area_basis, current.capacity)
    return _names_of(space), particular, space.bookable


def _space_now(work: _Work, space: Space, current: Particulars, row: SpaceRow) -> _SpaceSays:
    names = _names_of(space)
    if row.names is not None:
        names = row.names if names is None else _joined(names, row.names)
    particular = Particular(
        row.kind,
        work.mapped("lettable", row.lettable, current.lettable),
        work.known("area", row.area, current.area),
        work.mapped("area_basis", row.area_basis, current.area_basis),
        work.known("capacity", row.capacity, current.capacity),
    )
    return names, particular, work.mapped("bookable", row.bookable, space.bookable)


def _first_day(work: _Work) -> date:
    """Return from when on things are so, where the row does not say: the day of which the table speaks, or else today."""
    return work.plan.as_of or day_of(work.now, work.park.zone)


def _add_space(work: _Work, row: SpaceRow, building: Building, there: Mapping[str, Space]) -> None:
    parent = there.get(row.parent) or work.made_spaces.get(row.parent) if row.parent else None
    work.made_spaces[row.code] = places.add_space(
        building,
        row.code,
        row.names,
        _particular(row),
        starts_on=row.starts_on or _first_day(work),
        level=row.floor,
        parent=parent,
        bookable=row.bookable,
        actor=work.actor,
        now=work.now,
    )


def _change_space(work: _Work, space: Space, current: Particulars | None, row: SpaceRow) -> None:
    from_on = _first_day(work)
    if current is None:  # retired: the deed says so
        names, particular, bookable = row.names, _particular(row), row.bookable
    else:
        names, particular, bookable = _space_now(work, space, current, row)
        from_on = max(from_on, current.starts_on)
    places.change_space(space, names, particular, from_on=from_on, bookable=bookable, actor=work.actor, now=work.now)


# Leases


def _plan_leases(work: _Work, rows: Sequence[LeaseRow]) -> None:
    found = queries.tenants()
    tenants = _Tenants(work, found)
    codes = {id_: code for code, id_ in found.ids.items()}
    standing: dict[tuple[object, ...], list[Standing]] = {}
    for lease in queries.standing_leases(work.park.id):
        standing.setdefault(_key_of(work, lease, codes[lease.tenant_id]), []).append(lease)
    new: list[_NewLease] = []
    seen: set[LeaseRow] = set()
    for row in rows:
        tenant = tenants.code(row)
        if tenant is None or _terms_refused(work, row):
            continue
        alike = replace(row, row=0)
        if not work.plan.own_space and alike in seen:
            work.skips[str(rules.SAME_AS)] += 1
            continue
        seen.add(alike)
        held_over = work.plan.as_of is not None and row.ends_on is not None and row.ends_on < work.plan.as_of
        known = standing.get(_key(work, row, tenant), [])
        if known:
            _compare(work, known.pop(0), row, held_over)
        else:
            new.append(_NewLease(row, tenant, row.spaces, held_over))
    work.leases = _in_own_spaces(work, new) if work.plan.own_space else _in_spaces(work, new)
    work.added = len(work.leases)
    work.notes += _about_leases(work, rows)
    ids = [found.ids[lease.tenant] for lease in work.leases if lease.tenant in found.ids]
    work.tenants = {one.code: one for one in queries.organisations_of(set(ids)).values()} if not work.problems else {}


def _key(work: _Work, row: LeaseRow, tenant: str) -> tuple[object, ...]:
    """Return by what a lease is known again. Rows that share it are told apart by their order."""
    if work.plan.own_space:
        return (row.building, row.reference, folded(row.space_name), tenant, row.starts_on)
    return (frozenset(row.spaces), row.reference, tenant, row.starts_on)


def _key_of(work: _Work, lease: Standing, tenant: str) -> tuple[object, ...]:
    if not work.plan.own_space:
        return (frozenset(space.code for space in lease.spaces), lease.reference, tenant, lease.starts_on)
    space = lease.spaces[0] if len(lease.spaces) == 1 else None
    name = next((name for name in space.names if name), "") if space else ""
    return (space.building if space else None, lease.reference, folded(name), tenant, lease.starts_on)


class _Tenants:
    """Finds the organisations that rows name, and plans those that are to be made."""

    def __init__(self, work: _Work, found: queries.Tenants) -> None:
        self._work = work
        self._found = found
        self._codes = dict.fromkeys(found.ids, 1)
        self._known: dict[str, str | None] = {}
        self._fixes: dict[str, Objection] = {}

    def code(self, row: LeaseRow) -> str | None:
        """Return the code of the row's tenant; None when there is a problem."""
        if row.tenant not in self._known:
            self._known[row.tenant] = self._find(row)
        elif self._known[row.tenant] is None:
            self._refuse(row)
        return self._known[row.tenant]

    def _find(self, row: LeaseRow) -> str | None:
        if row.tenant in self._found.ids:
            return row.tenant
        named = self._found.named.get(folded(row.tenant), [])
        if len(named) == 1:
            return named[0]
        made = self._work.plan.tenant
        if named or not made:
            self._refuse(row)
            return None
        return self._make(row, made)

    def _refuse(self, row: LeaseRow) -> None:
        if self._found.named.get(folded(row.tenant)):
            self._work.refuse(row.row, "tenant", row.tenant, MANY_TENANTS.about(tenant=row.tenant), FIX_TENANT_CODE)
            return
        if row.tenant not in self._fixes:
            self._fixes[row.tenant] = self._nearest(row.tenant)
        self._work.refuse(row.row, "tenant", row.tenant, NO_TENANT.about(tenant=row.tenant), self._fixes[row.tenant])

    def _nearest(self, name: str) -> Objection:
        """Return the fix: an organisation whose name is nearly this, looked for among the first strangers only, as it takes its time."""
        from difflib import get_close_matches

        near = get_close_matches(folded(name), self._found.named, n=1, cutoff=0.85) if len(self._fixes) < 20 else []
        return FIX_NEAR_TENANT.about(code=self._found.named[near[0]][0]) if near else FIX_TENANT

    def _make(self, row: LeaseRow, made: Mapping[str, str]) -> str | None:
        work = self._work
        given = {language: made.get(f"name_{language}", "") for language in ("en", "ru", "zh")}
        names = Names(**given) if any(given.values()) else Names(**{rules.script(row.tenant): row.tenant})
        wanted = made.get("code") or (row.tenant if any(given.values()) else rules.code_of(row.tenant))
        code = _free(wanted, self._codes, 40)
        identity = Identity(code, made["kind"], names, made.get("country", ""), made.get("city", ""), made.get("website", ""))
        if work.against(row.row, row.tenant, organisation_rules.objections(identity)):
            return None
        work.made["organisations"] += 1
        work.warnings.append(Problem(row.row, work.column("tenant"), row.tenant, MADE_TENANT.about(name=str(names), code=code)))
        work.steps.append(partial(_make_tenant, work, identity))
        return code


def _make_tenant(work: _Work, identity: Identity) -> None:
    work.tenants[identity.code] = _add_organisation(work, identity)


def _free(wanted: str, taken: dict[str, int], longest: int) -> str:
    """Return the code, or with the first number that makes it a new one; it is taken then. taken: codes, and the last number tried."""
    code, number = wanted[:longest], taken.get(wanted[:longest], 0)
    while code in taken:
        number += 1
        code = f"{wanted[: longest - len(str(number)) - 1]}-{number}"
    taken[wanted[:longest]] = max(number, 1)
    taken.setdefault(code, 1)
    return code


def _terms_refused(work: _Work, row: LeaseRow) -> bool:
    if row.rent is None and not row.deposit_minor:
        return False
    return work.against(row.row, row.reference, lease_rules.terms_against(_terms(row, ())))


def _terms(row: LeaseRow, space_ids: tuple[int, ...]) -> lease_rules.Terms:
    return lease_rules.Terms(
        Term(row.starts_on, row.ends_on),
        space_ids,
        row.currency,
        steps=(_step(row, row.starts_on),) if row.rent else (),
        deposit=Money(row.deposit_minor, row.currency) if row.deposit_minor else None,
        notice_months=row.notice_months,
        purpose=row.purpose,
    )


def _step(row: LeaseRow, from_on: date) -> lease_rules.Step:
    minor, per_m2 = (row.rent.minor, row.rent.per_m2) if row.rent else (0, False)
    basis = lease_rules.RentBasis.M2_MONTH if per_m2 else lease_rules.RentBasis.MONTH
    return lease_rules.Step(from_on, Money(minor, row.currency), basis)


def _in_own_spaces(work: _Work, new: Sequence[_NewLease]) -> list[_NewLease]:
    """Return the leases with a space of its own for each, planned before them; and buildings for those that lack theirs."""
    work.made_buildings = queries.buildings(work.park.id)
    coming: set[str] = set()
    codes = dict.fromkeys(queries.space_codes(work.park.id), 1)
    placed: list[_NewLease] = []
    buildings: list[BuildingRow] = []
    spaces: list[tuple[LeaseRow, str, Particular]] = []
    for lease in new:
        row = lease.row
        reference = rules.code_of(row.reference, 55 - len(row.building))
        wanted = f"{row.building}-{reference}" if reference else f"{row.building}-1"
        code = _free(wanted, codes, 60)
        names = _space_names(row)
        particular = Particular(row.space_kind, True, row.area, row.area_basis)
        against = [*place_rules.code_objections(code), *place_rules.name_objections(names), *place_rules.particular_objections(particular)]
        if row.building not in work.made_buildings:
            against += place_rules.code_objections(row.building, 40, of_space=False)
        if work.against(row.row, row.building, against):
            continue
        if row.building not in work.made_buildings and row.building not in coming:
            coming.add(row.building)
            work.made["buildings"] += 1
            work.warnings.append(Problem(row.row, work.column("building"), row.building, MADE_BUILDING.about(code=row.building)))
            buildings.append(BuildingRow(row.row, row.building, _building_names(row), address=row.building_address))
        work.made["spaces"] += 1
        spaces.append((row, code, particular))
        placed.append(replace(lease, spaces=(code,)))
    work.steps += [partial(_add_buildings, work, chunk) for chunk in _chunks(buildings)]
    work.steps += [partial(_make_spaces, work, chunk) for chunk in _chunks(spaces)]
    return placed


def _space_names(row: LeaseRow) -> Names | None:
    return Names(**{rules.script(row.space_name): row.space_name}) if row.space_name else None


def _building_names(row: LeaseRow) -> Names:
    name = row.building_name or row.space_name or row.building
    return Names(**{rules.script(name): name})


def _make_spaces(work: _Work, wanted: Sequence[tuple[LeaseRow, str, Particular]]) -> None:
    """What places.add_space does for one, for many in one flush: its rules were asked while planning."""
    made = []
    for row, code, _ in wanted:
        building, names = work.made_buildings[row.building], _space_names(row)
        space = Space(
            park_id=work.park.id, building_id=building.id, code=code, divided=False, bookable=False, search=searchable(names, code)
        )
        if names is not None:
            space.names = names
        made.append(space)
    db.session.add_all(made)
    db.session.flush()
    for space, (row, _, particular) in zip(made, wanted, strict=True):
        db.session.add(
            Particulars(
                space_id=space.id,
                starts_on=row.starts_on,
                ends_on=date.max,
                kind=particular.kind,
                lettable=particular.lettable,
                area=particular.area,
                area_basis=particular.area_basis,
                capacity=particular.capacity,
                recorded_at=work.now,
            )
        )
        work.made_spaces[space.code] = space
        record("places.add_space", space, actor=work.actor, now=work.now)
    db.session.flush()


def _in_spaces(work: _Work, new: Sequence[_NewLease]) -> list[_NewLease]:
    """Return the leases of spaces that are there, exist through the term and are free in it, also of one another."""
    work.made_spaces = queries.spaces(work.park.id)
    found: list[_NewLease] = []
    for lease in new:
        lacking = [code for code in lease.spaces if code not in work.made_spaces]
        for code in lacking:
            work.refuse(lease.row.row, "spaces", code, NO_SPACE.about(code=code), FIX_SPACE)
        if not lease.spaces:
            work.refuse(lease.row.row, "spaces", "", rules.NEEDED, rules.FIX_CELL)
        elif not lacking:
            found.append(lease)
    ids = {work.made_spaces[code].id for lease in found for code in lease.spaces}
    if not ids:
        return []
    units = ledger_queries.units(ids)
    existences = lease_queries.existences({unit for of_space in units.values() for unit in of_space})
    first = min(lease.row.starts_on for lease in found)
    held: dict[int, list[ledger_queries.Held]] = {}
    for overlap in ledger_queries.overlapping(ids, Term(first).span(work.park.zone)):
        held.setdefault(overlap.held.space_id, []).append(overlap.held)
    taken: dict[int, list[tuple[Span, int]]] = {}
    return [lease for lease in found if not _taken_against(work, lease, units, existences, held, taken)]


def _taken_against(
    work: _Work,
    lease: _NewLease,
    units: Mapping[int, Sequence[int]],
    existences: Mapping[int, tuple[str, list[lease_rules.Existence]]],
    held: Mapping[int, Sequence[ledger_queries.Held]],
    taken: dict[int, list[tuple[Span, int]]],
) -> bool:
    """Note what is in the way of a row's spaces; tell whether anything is."""
    row, refused = lease.row, False
    term = Term(row.starts_on) if lease.held_over else Term(row.starts_on, row.ends_on)
    span = term.span(work.park.zone)
    for code in lease.spaces:
        for unit in units[work.made_spaces[code].id]:
            against = lease_rules.existence_against(*existences[unit], term)
            blocking = {one.document: one for one in held.get(unit, []) if one.span.overlaps(span)}
            against += [objection(_blocking(work, code, one)) for one in blocking.values()]
            refused |= work.against(row.row, code, [one.at("spaces") for one in against], FIX_DAYS)
            other = next((number for days, number in taken.get(unit, []) if days.overlaps(span)), None)
            if other is not None:
                refused = True
                work.refuse(row.row, "spaces", code, SAME_SPACE.about(row=other, space=code), FIX_DAYS)
            taken.setdefault(unit, []).append((span, row.row))
    return refused


def _blocking(work: _Work, code: str, held: ledger_queries.Held) -> Blocking:
    zone = work.park.zone
    return Blocking(code, day_of(held.starts_at, zone), last_day(held.span, zone), str(held.holder), held.document)


def _write_leases(work: _Work, chunk: Sequence[_NewLease]) -> None:
    signed = []
    for lease in chunk:
        spaces = tuple(work.made_spaces[code] for code in lease.spaces)
        terms = _terms(lease.row, tuple(space.id for space in spaces))
        signed.append(leases.SignedElsewhere(work.tenants[lease.tenant], terms, spaces, lease.row.reference, lease.held_over))
    leases.record_signed(work.park, signed, actor=work.actor, now=work.now)


def _compare(work: _Work, lease: Standing, row: LeaseRow, held_over: bool) -> None:
    """Count the row as unchanged, or plan what brings the register to what it says."""
    if lease.left_on is not None:
        work.unchanged += 1
        work.warnings.append(
            Problem(row.row, work.column("reference"), row.reference, NO_LONGER.about(number=lease.number, on=lease.left_on))
        )
    elif _says(work, lease, row) == _said_before(lease) and (lease.held_over or not held_over) and not _space_differs(work, lease, row):
        work.unchanged += 1
    else:
        work.changed += 1
        work.steps.append(partial(_change_lease, work, lease, row, held_over))


_LeaseSays = tuple[date | None, str, tuple[int, str] | None, int, int, str]


def _said_before(lease: Standing) -> _LeaseSays:
    rent = lease.steps[-1][1:] if lease.steps else None
    return lease.ends_on, lease.currency, rent, lease.deposit_minor, lease.notice_months, lease.purpose


def _says(work: _Work, lease: Standing, row: LeaseRow) -> _LeaseSays:
    ends_on, currency, rent, deposit, notice, purpose = _said_before(lease)
    step = _step(row, row.starts_on)
    return (
        work.known("ends_on", row.ends_on, ends_on),
        work.mapped("currency", row.currency, currency),
        (step.money.minor, str(step.basis)) if row.rent else rent,
        work.mapped("deposit", row.deposit_minor, deposit),
        work.mapped("notice_months", row.notice_months, notice),
        work.mapped("purpose", row.purpose, purpose),
    )


def _space_differs(work: _Work, lease: Standing, row: LeaseRow) -> bool:
    if not work.plan.own_space or not lease.spaces:
        return False
    space = lease.spaces[0]
    return work.known("area", row.area, space.area) != space.area or work.mapped("space_kind", row.space_kind, space.kind) != space.kind


def _change_lease(work: _Work, standing: Standing, row: LeaseRow, held_over: bool) -> None:
    lease = lease_queries.lease_of(standing.id, to_change=True)
    terms = lease.last_version.terms
    ends_on, currency, rent, deposit, notice, purpose = _says(work, standing, row)
    on = _effective_on(work, standing, ends_on)
    steps = terms.steps
    if rent != _said_before(standing)[2]:
        steps = (*(step for step in steps if step.from_on < on), _step(row, on))
    new = replace(
        terms,
        term=Term(standing.starts_on, ends_on),
        currency=currency,
        steps=steps,
        deposit=Money(deposit, currency) if deposit else None,
        notice_months=notice,
        purpose=purpose,
    )
    try:
        if new != terms:
            leases.amend(lease, new, effective_on=on, reason=f"import, row {row.row}", actor=work.actor, now=work.now, elsewhere=True)
        if held_over and lease.holdover_from is None:
            leases.hold_over(lease, actor=work.actor, now=work.now)
        if _space_differs(work, standing, row):
            _change_own_space(work, standing, row)
    except Refused as refused:
        raise Refused([IN_ROW.about(row=row.row, sentence=one) for one in refused.objections]) from refused


def _effective_on(work: _Work, standing: Standing, ends_on: date | None) -> date:
    """Return from when on a change counts: the day of which the table speaks, but not after the term, old or new."""
    on = _first_day(work)
    if standing.ends_on is not None and not standing.held_over:
        on = min(on, standing.ends_on + DAY)
    if ends_on is not None:
        on = min(on, ends_on + DAY)
    return max(on, standing.starts_on)


def _change_own_space(work: _Work, standing: Standing, row: LeaseRow) -> None:
    space = db.session.get_one(Space, standing.spaces[0].id)
    current = place_queries.particulars(space.id)[-1]
    particular = Particular(
        work.mapped("space_kind", row.space_kind, current.kind),
        current.lettable,
        work.known("area", row.area, current.area),
        work.mapped("area_basis", row.area_basis, current.area_basis),
        current.capacity,
    )
    from_on = max(_first_day(work), current.starts_on)
    names = _names_of(space)
    places.change_space(space, names, particular, from_on=from_on, bookable=space.bookable, actor=work.actor, now=work.now)


def _about_leases(work: _Work, rows: Sequence[LeaseRow]) -> list[Objection]:
    notes: list[Objection] = []
    own = work.plan.own_space
    keys = Counter((row.reference, row.building) for row in rows if row.reference) if own else Counter()
    repeated = [count for count in keys.values() if count > 1]
    at_one = [count for count in Counter(row.building for row in rows).values() if count > 1] if own else []
    over = sum(work.plan.as_of is not None and row.ends_on is not None and row.ends_on < work.plan.as_of for row in rows)
    areas, rents = sum(row.area is None for row in rows), sum(row.rent is None for row in rows)
    notes += [REPEATED_KEYS.about(keys=len(repeated), rows=sum(repeated))] if repeated else []
    notes += [MANY_AT_ONE.about(buildings=len(at_one), rows=sum(at_one))] if at_one else []
    notes += [HELD_OVER.about(count=over, on=work.plan.as_of)] if over else []
    notes += [OWN_SPACES.about(count=work.made["spaces"])] if work.made["spaces"] else []
    notes += [UNKNOWN_AREAS.about(count=areas)] if own and areas else []
    notes += [UNKNOWN_RENTS.about(count=rents)] if rents else []
    return notes


_PLANS: dict[str, tuple[Callable[[_Work, Any], None], type]] = {
    "buildings": (_plan_buildings, BuildingRow),
    "spaces": (_plan_spaces, SpaceRow),
    "organisations": (_plan_organisations, OrganisationRow),
    "leases": (_plan_leases, LeaseRow),
    "bookings": (booked.plan, BookingRow),
    "residencies": (housed.plan, ResidencyRow),
    "equipment": (equipped.plan, EquipmentRow),
    "commitments": (funded.plan, CommitmentRow),
    "fund-flows": (funded.plan, FlowRow),
}
"""How the rows of each kind of table are planned."""
