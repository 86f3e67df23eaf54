"""Loading who lives, works and plays in the demo park: each deed by the action that its desk uses."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch

from parkmgr.demo import deeds
from parkmgr.demo.stage import Stage
from parkmgr.labs import actions as labs
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.people import actions as people


@singledispatch
def do(deed: deeds.Deed, stage: Stage, now: datetime) -> None:
    """The deed is done."""
    raise TypeError(type(deed).__name__)


@do.register
def _(deed: deeds.AddPerson, stage: Stage, now: datetime) -> None:
    stage.made["person", deed.person] = people.add(
        stage.parks[deed.park],
        stage.organisations[deed.organisation],
        name=deed.name,
        kind=deed.kind,
        user_id=stage.actors[deed.account].user_id if deed.account else None,
        household=deed.household,
        actor=stage.desk("housing"),
        now=now,
    )


# Laboratories


@do.register
def _(deed: deeds.AddPermitKind, stage: Stage, now: datetime) -> None:
    stage.made["permit kind", deed.code] = labs.add_permit_kind(
        stage.parks[deed.park],
        deed.code,
        deed.names,
        days=deed.days,
        unused_days=deed.unused_days,
        how=deed.how,
        actor=stage.desk("labs"),
        now=now,
    )


@do.register
def _(deed: deeds.RunLab, stage: Stage, now: datetime) -> None:
    stage.made["lab", deed.space] = labs.run_lab(
        stage.parks[deed.park],
        stage.spaces[deed.park, deed.space],
        manager_id=stage.actors[deed.manager].user_id,
        field=deed.field,
        hazards=deed.hazards,
        actor=stage.by(),
        now=now,
    )


@do.register
def _(deed: deeds.AddEquipment, stage: Stage, now: datetime) -> None:
    asset = Asset(
        number=deed.number,
        names=deed.names,
        owner_id=stage.organisations[deed.owner].id,
        make=deed.make,
        model=deed.model,
        serial=deed.serial,
        contact=deed.contact,
        bought_on=deed.bought_on,
        price=deed.price,
        warranty_until=deed.warranty_until,
        calibration_due=deed.calibration_due,
    )
    equipment = labs.add_equipment(
        stage.parks[deed.park],
        asset,
        lab=stage.made["lab", deed.lab],
        bookable=deed.bookable,
        state=EquipmentState(deed.state),
        actor=stage.desk("labs"),
        now=now,
    )
    stage.made["equipment", deed.number] = equipment
    if equipment.space is not None:
        stage.spaces[deed.park, deed.number] = equipment.space
        for code in deed.asks:
            labs.require(equipment.space, stage.made["permit kind", code], actor=stage.desk("labs"), now=now)


@do.register
def _(deed: deeds.GrantPermit, stage: Stage, now: datetime) -> None:
    kind = stage.made["permit kind", deed.kind]
    person = stage.made["person", deed.person]
    labs.grant(stage.parks[deed.park], person, kind, until=deed.until, actor=stage.desk("labs"), now=now)
