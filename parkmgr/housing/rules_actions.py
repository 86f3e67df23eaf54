"""The deed that changes how a park gives out its homes. It touches no application and no residency that stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from parkmgr.audit.actions import record
from parkmgr.db import db
from parkmgr.errors import refuse
from parkmgr.housing import allocating_queries as queries
from parkmgr.housing.allocating_rules import Giving, giving_against
from parkmgr.housing.models import HousingRules
from parkmgr.organisations import queries as organisations
from parkmgr.places.models import Park
from parkmgr.policy import Actor
from parkmgr.values import Names


def set_rules(
    park: Park, values: Giving, *, housing_office_id: int | None = None, actor: Actor, now: datetime, version: int | None = None
) -> HousingRules:
    """The park's homes are given out by these rules from now on. housing_office_id: the organisation that stands for who has no other.

    Raises:
        Refused: with every objection.
        Stale: when somebody saved in between.
    """
    refuse(giving_against(values, {code for code, _ in organisations.choices()}))
    row = queries.rules_row(park.id)
    if row is None:
        row = HousingRules(park_id=park.id)
        db.session.add(row)
    else:
        row.expect(version)
    row.housing_office_id = housing_office_id
    row.classes = [{"code": one.code, **_named(one.names), "order": one.order, "rank": one.rank} for one in values.classes]
    row.eligible = [{"who": one.who, "name": one.name, "classes": list(one.classes)} for one in values.eligible]
    row.points = [{"code": one.code, **_named(one.names), "each": one.each, "most": one.most} for one in values.points]
    row.items = [{"room": one.room, "item": one.item, **_named(one.names), "photo": one.photo} for one in values.items]
    row.meters = [{"code": one.code, **_named(one.names), "unit": one.unit} for one in values.meters]
    row.offer_days, row.declines = values.offer_days, values.declines
    row.notice_days, row.people_per_flat = values.notice_days, values.people_per_flat
    db.session.flush()
    record("housing.change_rules", row, actor=actor, now=now)
    return row


def _named(names: Names) -> dict[str, Any]:
    return {"en": names.en, "ru": names.ru, "zh": names.zh}
