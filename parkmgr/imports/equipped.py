"""Equipment of somebody's table into the register, in the columns in which universities share it: all of it or none.

A piece is known again by its asset number; in a table without numbers by name, owner, make and model, and a new one gets a number of its
name. Its laboratory is the one whose code stands in the location.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from parkmgr.errors import N_, Objection, Refused
from parkmgr.imports import queries, rules
from parkmgr.imports.booked import FIX_ORGANISATION, IN_ROW, MANY_ORGANISATIONS, NO_ORGANISATION
from parkmgr.imports.rules import EquipmentRow, Problem, folded
from parkmgr.labs import actions as labs
from parkmgr.labs import rules as lab_rules
from parkmgr.labs.models import Equipment, Lab
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.values import Money, Names

if TYPE_CHECKING:
    from parkmgr.imports.actions import _Work

UNPLACED = Objection("imports.unplaced", N_("No laboratory has its code in the location %(location)s; the piece stands in none."))
TWICE = Objection("imports.twice", N_("Row %(row)s is about the same piece."))
GONE = Objection("imports.gone", N_("%(number)s is retired here; the row does not change that."))
BOOKED_STAYS = Objection("imports.booked_stays", N_("%(number)s is booked by the hour and stays in its laboratory; the row names none."))
NUMBERED = Objection("imports.numbered", N_("The row has no asset number; the piece gets the number %(number)s."))

_Likeness = tuple[str, int, str, str]


def plan(work: _Work, rows: Sequence[EquipmentRow]) -> None:
    """Plan what the rows add to the register, or change in it, and note everything that is against it."""
    tenants, places, pieces = queries.tenants(), queries.labs(work.park.id), queries.pieces(work.park.id)
    by_number = {piece.number: piece for piece in pieces}
    alike: dict[_Likeness, list[Equipment]] = {}
    for one in pieces:
        alike.setdefault(_likeness(one.names, one.owner_id, one.make, one.model), []).append(one)
    numbers = dict.fromkeys((piece.number for piece in pieces), 1)
    seen: dict[str, int] = {}
    for row in rows:
        owner_id = _owner(work, row, tenants)
        if owner_id is None:
            continue
        like = alike.get(_likeness(row.names, owner_id, row.make or "", row.model or ""), [])
        piece = by_number.get(row.number) if row.number else like.pop(0) if like else None
        lab = _lab(row.location, places)
        number = piece.number if piece is not None else row.number or _numbered(work, row, numbers)
        if number in seen:
            work.refuse(row.row, "number", number, TWICE.about(row=seen[number]), rules.FIX_REMOVE_ROW)
            continue
        seen[number] = row.row
        asset = _asset(work, row, number, owner_id, piece)
        if work.against(row.row, number, lab_rules.asset_objections(asset)):
            continue
        if lab is None and row.location:
            work.warnings.append(Problem(row.row, work.column("location"), row.location[:200], UNPLACED.about(location=row.location[:80])))
        if piece is None:
            work.added += 1
            work.steps.append(partial(_add, work, row, asset, lab))
        else:
            _compare(work, row, piece, asset, lab)


def _likeness(names: Names, owner_id: int, make: str, model: str) -> _Likeness:
    return folded(str(names)), owner_id, folded(make), folded(model)


def _owner(work: _Work, row: EquipmentRow, tenants: queries.Tenants) -> int | None:
    """Return the id of the piece's owner; None when there is a problem."""
    if row.owner in tenants.ids:
        return tenants.ids[row.owner]
    named = tenants.named.get(folded(row.owner), [])
    if len(named) == 1:
        return tenants.ids[named[0]]
    reason = (MANY_ORGANISATIONS if named else NO_ORGANISATION).about(name=row.owner[:80]) if row.owner else rules.NEEDED
    work.refuse(row.row, "owner", row.owner, reason, FIX_ORGANISATION)
    return None


def _lab(location: str, places: dict[str, Lab]) -> Lab | None:
    """Return the laboratory whose code is the location, or a part of it between commas."""
    parts = [location, *(part.strip() for part in re.split(r"[,;|]", location))]
    return next((places[part] for part in parts if part in places), None)


def _numbered(work: _Work, row: EquipmentRow, numbers: dict[str, int]) -> str:
    """Return a number that no other piece has, made of the name."""
    wanted = rules.code_of(str(row.names), 36) or "EQUIPMENT"
    number, count = wanted, 1
    while number in numbers:
        count += 1
        number = f"{wanted}-{count}"
    numbers[number] = 1
    work.warnings.append(Problem(row.row, work.column("number"), "", NUMBERED.about(number=number)))
    return number


def _asset(work: _Work, row: EquipmentRow, number: str, owner_id: int, piece: Equipment | None) -> Asset:
    """Return what is known of the piece after the row: what the file does not speak of stays."""
    price = Money(row.price_minor, row.currency) if row.price_minor else None
    if piece is None:
        return Asset(
            number,
            row.names,
            owner_id,
            row.make or "",
            row.model or "",
            row.serial or "",
            row.contact or "",
            row.bought_on,
            price,
            row.warranty_until,
            row.calibrated_on,
            row.calibration_due,
        )
    return Asset(
        number,
        Names(row.names.en or piece.names.en, row.names.ru or piece.names.ru, row.names.zh or piece.names.zh),
        owner_id,
        work.mapped("make", row.make, piece.make),
        work.mapped("model", row.model, piece.model),
        work.mapped("serial", row.serial, piece.serial),
        work.mapped("contact", row.contact, piece.contact),
        work.known("bought_on", row.bought_on, piece.bought_on),
        work.known("price", price, _price(piece)),
        work.known("warranty_until", row.warranty_until, piece.warranty_until),
        work.known("calibrated_on", row.calibrated_on, piece.calibrated_on),
        work.known("calibration_due", row.calibration_due, piece.calibration_due),
    )


def _price(piece: Equipment) -> Money | None:
    return Money(piece.price_minor, piece.currency) if piece.price_minor is not None else None


def _now(piece: Equipment) -> Asset:
    return Asset(
        piece.number,
        piece.names,
        piece.owner_id,
        piece.make,
        piece.model,
        piece.serial,
        piece.contact,
        piece.bought_on,
        _price(piece),
        piece.warranty_until,
        piece.calibrated_on,
        piece.calibration_due,
    )


def _compare(work: _Work, row: EquipmentRow, piece: Equipment, asset: Asset, lab: Lab | None) -> None:
    lab_id = piece.lab_id if "location" not in work.plan.fields or not row.location else lab.id if lab is not None else None
    if asset == _now(piece) and lab_id == piece.lab_id:
        work.unchanged += 1
    elif piece.state == EquipmentState.RETIRED:
        work.unchanged += 1
        work.warnings.append(Problem(row.row, work.column("number"), piece.number, GONE.about(number=piece.number)))
    elif piece.space_id is not None and lab_id is None:
        work.refuse(row.row, "location", row.location, BOOKED_STAYS.about(number=piece.number))
    else:
        work.changed += 1
        work.steps.append(partial(_change, work, row, piece, asset, lab if lab_id != piece.lab_id else None, lab_id))


def _add(work: _Work, row: EquipmentRow, asset: Asset, lab: Lab | None) -> None:
    try:
        labs.add_equipment(work.park, asset, lab=lab, state=EquipmentState.OPERATIONAL, actor=work.actor, now=work.now)
    except Refused as refused:
        raise Refused([IN_ROW.about(row=row.row, sentence=one) for one in refused.objections]) from refused


def _change(work: _Work, row: EquipmentRow, piece: Equipment, asset: Asset, lab: Lab | None, lab_id: int | None) -> None:
    there = lab if lab is not None or lab_id is None else queries.lab(lab_id)
    try:
        labs.change_equipment(piece, asset, lab=there, bookable=piece.space_id is not None, actor=work.actor, now=work.now)
    except Refused as refused:
        raise Refused([IN_ROW.about(row=row.row, sentence=one) for one in refused.objections]) from refused
