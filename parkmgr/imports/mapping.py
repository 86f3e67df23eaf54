"""Which column is what: a proposal by the columns' names in three languages, and the TOML that says it otherwise."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from parkmgr.errors import N_, Objection, Refused
from parkmgr.imports.reading import Table
from parkmgr.imports.rules import KINDS, PLAIN_DATES, RENTS, UNITS, Plan, Skip, Source, Target, folded
from parkmgr.organisations.models import OrganisationKind
from parkmgr.places.models import AreaBasis, SpaceKind

NOT_TOML = Objection("imports.not_toml", N_("The mapping is not valid TOML: %(error)s."), "mapping")
OTHER_KIND = Objection("imports.other_kind", N_("The mapping is for %(said)s, not for %(what)s."), "mapping")
UNKNOWN_KEY = Objection("imports.unknown_key", N_("The mapping has %(key)s, which means nothing here; there are %(keys)s."), "mapping")
WRONG_VALUE = Objection("imports.wrong_value", N_("In the mapping, %(key)s must be %(wanted)s."), "mapping")
A_TEXT = Objection("imports.a_text", N_("a text"))
TEXTS = Objection("imports.texts", N_("a list of texts"))
A_TABLE = Objection("imports.a_table", N_("a table"))
TABLES = Objection("imports.tables", N_("a list of tables"))
A_COLUMN = Objection("imports.a_column", N_("the name of a column, or a table"))
COLUMN_OR_CONSTANT = Objection("imports.column_or_constant", N_("a column, some columns or a constant"))
NO_COLUMN = Objection(
    "imports.no_column", N_("The mapping reads the column %(column)s, which the file does not have; it has %(columns)s."), "mapping"
)
NOT_MAPPED = Objection(
    "imports.not_mapped", N_("Nothing says what %(field)s is: name a column or a constant for it in the mapping."), "mapping"
)
NOT_MAPPED_SPACE = Objection(
    "imports.not_mapped_space", N_("Leases need a column of space codes, or own_space = true and a column of building codes."), "mapping"
)

_SPACE_WORDS = {
    **{str(kind): str(kind) for kind in SpaceKind},
    **{folded(str(kind)): str(kind) for kind in SpaceKind},
    **dict.fromkeys(("offices", "офис", "кабинет", "办公室", "办公"), "office"),
    **dict.fromkeys(("lab", "labs", "лаборатория", "实验室"), "laboratory"),
    **dict.fromkeys(("workshop", "manufacturing", "цех", "производство", "мастерская", "车间", "生产", "厂房"), "production"),
    **dict.fromkeys(("apartment", "dwelling", "residential", "квартира", "жилье", "жилье квартира", "公寓", "住宅"), "flat"),
    **dict.fromkeys(("bed place", "койка", "место", "床位"), "bed"),
    **dict.fromkeys(("conference room", "meeting", "переговорная", "зал совещаний", "会议室"), "meeting_room"),
    **dict.fromkeys(("workplace", "рабочее место", "工位"), "desk"),
    **dict.fromkeys(("medical", "hospital", "клиника", "больница", "诊所", "医院"), "clinic"),
    **dict.fromkeys(("sport", "gym", "спорт", "спортзал", "体育", "运动"), "sports"),
    **dict.fromkeys(("warehouse", "store", "склад", "仓库", "仓储"), "storage"),
    **dict.fromkeys(("shop", "магазин", "торговля", "商铺", "零售"), "retail"),
    **dict.fromkeys(("car park", "garage", "стоянка", "парковка", "гараж", "停车场", "车位"), "parking"),
    **dict.fromkeys(("corridor", "lobby", "коридор", "走廊", "公共"), "circulation"),
}
_BASIS_WORDS = {folded(str(basis)): str(basis) for basis in AreaBasis}
_ORGANISATION_WORDS = {
    **{str(kind): str(kind) for kind in OrganisationKind},
    **{folded(str(kind)): str(kind) for kind in OrganisationKind},
    **dict.fromkeys(("education", "higher education", "университет", "вуз", "институт", "大学", "高校"), "university"),
    **dict.fromkeys(("company", "business", "firm", "предприятие", "компания", "企业", "公司"), "enterprise"),
    **dict.fromkeys(
        ("facility", "research", "laboratory", "research institute", "нии", "лаборатория", "研究所", "研究机构"), "research_division"
    ),
    **dict.fromkeys(("fund", "venture fund", "фонд", "венчурный фонд", "基金"), "fund_manager"),
    **dict.fromkeys(
        ("government", "authority", "agency", "funder", "орган власти", "государственное учреждение", "政府", "政府机构"), "public_body"
    ),
    **dict.fromkeys(("nonprofit", "non profit", "ассоциация", "союз", "协会", "联盟"), "association"),
    **dict.fromkeys(("healthcare", "archive", "other", "услуги", "служба", "服务"), "service"),
}
_STATUS_WORDS = {
    "confirmed": "confirmed",
    "tentative": "confirmed",
    "cancelled": "cancelled",
    **dict.fromkeys(("booked", "approved", "подтверждено", "подтвержден", "已确认", "已预订"), "confirmed"),
    **dict.fromkeys(("canceled", "deleted", "rejected", "отменено", "отменен", "已取消"), "cancelled"),
}


def _target(name: str, kind: str, synonyms: str, **more: Any) -> Target:
    """Return a field that is also known by other names, divided by commas."""
    return Target(name, kind, tuple(synonyms.split(", ")), **more)


_NAMES = (
    _target("name", "name", "name, title, display name, asset name, property name, название, наименование, имя, 名称, 名字"),
    _target("name_en", "name", "name en, english name, name english, название на английском, английское название, 英文名称, 英文名"),
    _target("name_ru", "name", "name ru, russian name, name russian, название на русском, русское название, 俄文名称, 俄文名"),
    _target("name_zh", "name", "name zh, chinese name, name chinese, название на китайском, китайское название, 中文名称, 中文名"),
)
_AREA = _target(
    "area",
    "area",
    (
        "area, area m2, floor area, rentable area, usable area, gross area, rentable square feet, square feet, "
        "sq ft, sqft, size, площадь, площадь м2, арендуемая площадь, общая площадь, 面积, 建筑面积, 使用面积, 面积 平方米"
    ),
)
_BASIS = _target("area_basis", "word", "area basis, basis, basis of area, основание площади, 面积标准", words=_BASIS_WORDS)


def _meanings(words: Mapping[str, str]) -> dict[str, str]:
    """Return word -> what it means, from the words of each meaning, divided by commas."""
    return {folded(word): meaning for meaning, listed in words.items() for word in (meaning, *listed.split(", "))}


_FUND_REST = (
    _target("currency", "currency", "currency, валюта, 币种, 货币", longest=3),
    _target("note", "text", "note, comment, remark, примечание, комментарий, 备注", longest=1000),
    _target("reference", "text", "reference, number, id, key, номер, ссылка, ключ, 编号, 参考号", longest=80),
)
_FLOW_WORDS = _meanings(
    {
        "contribution": "contribution, capital contribution, paid in, взнос, 出资, 实缴",
        "distribution": "distribution, распределение, выплата, 分配",
        "investment": "investment, purchase, инвестиция, покупка, 投资",
        "proceeds": "proceeds, sale, exit, поступление, продажа, 回收款, 退出",
        "fee": "fee, management fee, вознаграждение, 管理费",
        "expense": "expense, cost, расход, 费用",
        "carry": "carry, carried interest, вознаграждение за успех, 附带收益",
        "income": "income, interest, проценты, 利息",
    }
)
_PURPOSE_WORDS = _meanings(
    {
        "capital": "capital, return of capital, капитал, возврат капитала, 本金, 返还本金",
        "gain": "gain, profit, прибыль, 收益, 利润",
        "income": "income, current income, dividend, interest, доход, дивиденды, 当期收益, 股息",
    }
)
_LISTED: dict[str, tuple[Target, ...]] = {
    "buildings": (
        _target(
            "code",
            "code",
            "code, building code, building, location code, id, код, код здания, здание, 编号, 代码, 楼号",
            needed=True,
            longest=40,
        ),
        *_NAMES,
        _target("use", "word", "use, main use, purpose, назначение, использование, 用途", words=_SPACE_WORDS),
        _target("residential", "flag", "residential, жилое, жилой, 住宅"),
        _target("address", "text", "address, street address, street, адрес, 地址"),
        _target("built", "whole", "built, year built, construction date, year of construction, год постройки, 建成年份, 建造年份"),
        _AREA,
        _BASIS,
    ),
    "spaces": (
        _target(
            "building",
            "code",
            "building, building code, location code, здание, код здания, корпус, 楼, 楼号, 建筑",
            needed=True,
            longest=40,
        ),
        _target(
            "code",
            "code",
            "code, space code, space, room, room number, unit, number, код, помещение, номер, комната, 编号, 房间号, 房号",
            needed=True,
            longest=60,
        ),
        *_NAMES,
        _target("floor", "whole", "floor, level, storey, этаж, 楼层, 层"),
        _target("kind", "word", "kind, type, use, space type, вид, тип, назначение, 类型, 用途", needed=True, words=_SPACE_WORDS),
        _AREA,
        _BASIS,
        _target("capacity", "whole", "capacity, seats, people, вместимость, мест, 容量, 人数"),
        _target("lettable", "flag", "lettable, rentable, for rent, сдается, в аренду, 可租"),
        _target("bookable", "flag", "bookable, бронируется, 可预订"),
        _target("starts_on", "day", "starts on, from, since, available from, с, с даты, дата начала, 开始日期"),
        _target("parent", "code", "parent, part of, whole, часть, входит в, 上级", longest=60),
    ),
    "organisations": (
        _target("code", "code", "code, organisation code, organization code, код, 代码, 编号", longest=40),
        *_NAMES,
        _target("kind", "word", "kind, type, types, вид, тип, 类型", needed=True, words=_ORGANISATION_WORDS),
        _target("country", "text", "country, country code, страна, 国家", longest=2),
        _target("city", "text", "city, town, город, 城市"),
        _target("website", "text", "website, site, url, web, сайт, 网站, 网址"),
        _target("ror", "ror", "ror, ror id"),
        _target("inn", "text", "inn, инн", longest=12),
        _target("uscc", "text", "uscc, unified social credit code, 统一社会信用代码", longest=18),
    ),
    "leases": (
        _target(
            "tenant",
            "code",
            "tenant, lessee, organisation, organization, agency, арендатор, организация, 承租人, 租户, 承租方",
            needed=True,
        ),
        _target(
            "reference",
            "text",
            ("reference, lease number, lease no, contract, contract number, lease, договор, номер договора, 合同编号, 合同号, 租约编号"),
            longest=80,
        ),
        _target("spaces", "codes", "spaces, space, space code, space codes, room, rooms, unit, помещение, помещения, 房间号, 房号, 房间"),
        _target("building", "code", "building, building code, location code, здание, код здания, корпус, 楼号, 楼, 建筑", longest=40),
        _target("building_name", "text", "building name, название здания, 楼名"),
        _target("building_address", "text", "address, street address, адрес, 地址"),
        _target("space_name", "text", "asset name, space name, name, название помещения, 房间名称"),
        _target("space_kind", "word", "space kind, space type, kind, вид помещения, 房间类型", words=_SPACE_WORDS),
        _target("area", "area", "leased area, let area, area, sq ft, sqft, арендуемая площадь, площадь, 租赁面积, 面积"),
        _BASIS,
        _target(
            "starts_on",
            "day",
            ("starts on, start, start date, effective date, commencement, from, начало, дата начала, с, 开始日期, 起租日, 起始日期"),
            needed=True,
        ),
        _target(
            "ends_on",
            "day",
            ("ends on, end, end date, expiration date, expiry, expiry date, to, окончание, дата окончания, по, 结束日期, 到期日, 终止日期"),
        ),
        _target(
            "rent",
            "money",
            ("rent, monthly rent, rent per month, annual rent, annual lease, аренда, арендная плата, плата, 租金, 月租金, 年租金"),
        ),
        _target("currency", "currency", "currency, валюта, 币种, 货币", longest=3),
        _target("deposit", "money", "deposit, security deposit, депозит, обеспечительный платеж, 押金"),
        _target("notice_months", "whole", "notice months, notice, срок уведомления, 通知期"),
        _target("purpose", "text", "purpose, use, цель, назначение, 用途", longest=1000),
    ),
    "bookings": (
        _target(
            "space",
            "code",
            (
                "space, space code, room, room code, room name, location, resources, resource, помещение, комната, переговорная, место, "
                "房间, 会议室, 房号, 地点"
            ),
            needed=True,
        ),
        _target(
            "organisation",
            "code",
            "organisation, organization, tenant, company, booked by organisation, организация, арендатор, 组织, 单位, 公司, 机构",
            needed=True,
        ),
        _target(
            "starts",
            "time",
            "starts, start, starts at, start time, begin, begins, from, начало, с, время начала, 开始, 开始时间, 起始时间",
            needed=True,
        ),
        _target(
            "ends", "time", "ends, end, ends at, end time, to, till, окончание, конец, по, время окончания, 结束, 结束时间", needed=True
        ),
        _target("uid", "text", "uid, id, booking id, event id, номер брони, 编号"),
        _target("recurrence", "time", "recurrence, recurrence id"),
        _target("people", "whole", "people, attendees, participants, seats, guests, людей, человек, участников, 人数"),
        _target("purpose", "text", "purpose, summary, title, subject, event, тема, цель, название, 主题, 用途, 会议主题"),
        _target("guest", "text", "guest, on behalf of, for whom, гость, для кого, 客人, 来宾"),
        _target("rrule", "rule", "rrule, recurrence rule, repeat, repeats, повтор, повторение, 重复", longest=1000),
        _target("until", "day", "until, repeat until, series ends, повторять до, до, 重复至, 截止"),
        _target("exdates", "times", "exdates, exdate, except, exceptions, кроме, 除外"),
        _target("rdates", "times", "rdates, rdate, also, also on, также, 另加"),
        _target("status", "word", "status, state, состояние, статус, 状态", words=_STATUS_WORDS),
    ),
    "residencies": (
        _target("reference", "text", "number, residency, contract, contract number, договор, номер договора, 合同编号, 合同号", longest=80),
        _target(
            "space",
            "code",
            "home, flat, bed, apartment, space, space code, room, квартира, койка, помещение, жилье, 公寓, 房间号, 房号, 床位, 房间",
            needed=True,
            longest=60,
        ),
        _target(
            "resident",
            "text",
            "resident, resident name, resident number, person, name, full name, житель, жилец, проживающий, фио, имя, 住户, 居民, 姓名",
            needed=True,
        ),
        _target(
            "organisation",
            "code",
            "organisation, organization, employer, university, company, организация, работодатель, университет, 组织, 单位, 雇主, 大学",
            needed=True,
        ),
        _target(
            "starts_on",
            "day",
            "starts on, start, start date, from, first day, начало, дата начала, с, 开始日期, 起租日, 入住日期",
            needed=True,
        ),
        _target("ends_on", "day", "ends on, end, end date, until, to, last day, окончание, дата окончания, по, 结束日期, 到期日"),
        _target(
            "monthly_rent",
            "money",
            "monthly rent, rent a month, rent per month, rent, плата в месяц, плата, аренда, арендная плата, 月租金, 租金",
            needed=True,
        ),
        _target("currency", "currency", "currency, валюта, 币种, 货币", longest=3),
        _target("deposit", "money", "deposit, депозит, 押金"),
        _target("people", "whole", "people, residents, persons, людей, человек, 人数"),
        _target("staff", "flag", "staff rent, staff, служебное, служебная, 职工租金"),
    ),
    "equipment": (
        _target("number", "code", "asset number, number, asset, inventory number, инвентарный номер, номер, 资产编号, 编号", longest=40),
        *_NAMES,
        _target("location", "text", "location, place, laboratory, lab, room, место, лаборатория, 位置, 地点, 实验室"),
        _target("owner", "code", "owner, owned by, organisation, organization, владелец, организация, 所有者, 所属单位", needed=True),
        _target("make", "text", "make, manufacturer, brand, производитель, 制造商, 品牌", longest=120),
        _target("model", "text", "model, модель, 型号", longest=120),
        _target("serial", "text", "serial, serial number, serial no, серийный номер, 序列号", longest=120),
        _target("contact", "text", "contact, contact 1, contact person, email, контакт, контактное лицо, 联系人", longest=254),
        _target("bought_on", "day", "bought on, bought, purchased, purchase date, дата покупки, 购买日期"),
        _target("price", "money", "price, purchase price, cost, цена, стоимость, 价格"),
        _target("currency", "currency", "currency, валюта, 币种, 货币", longest=3),
        _target("warranty_until", "day", "warranty until, warranty, гарантия до, 保修期至"),
        _target("calibrated_on", "day", "calibrated on, calibrated, калибровка, дата калибровки, 校准日期"),
        _target("calibration_due", "day", "calibration due, next calibration, следующая калибровка, 下次校准"),
    ),
    "commitments": (
        _target("fund", "code", "fund, fund code, фонд, код фонда, 基金, 基金代码", needed=True, longest=20),
        _target("partner", "code", "partner, limited partner, investor, lp, организация, участник, инвестор, 合伙人, 投资人", needed=True),
        _target("on", "day", "date, day, on, commitment date, closing, дата, день, дата закрытия, 日期, 交割日", needed=True),
        _target("amount", "money", "amount, commitment, committed, sum, сумма, обязательство, 金额, 承诺额", needed=True),
        *_FUND_REST,
    ),
    "fund-flows": (
        _target("fund", "code", "fund, fund code, фонд, код фонда, 基金, 基金代码", needed=True, longest=20),
        _target("kind", "word", "kind, type, flow, transaction, вид, тип, операция, 类型, 种类, 交易类型", needed=True, words=_FLOW_WORDS),
        _target("on", "day", "date, day, on, value date, дата, день, 日期, 起息日", needed=True),
        _target("amount", "money", "amount, sum, value, сумма, 金额", needed=True),
        _target("partner", "code", "partner, limited partner, investor, lp, участник, инвестор, 合伙人, 投资人"),
        _target("company", "code", "company, portfolio company, issuer, компания, эмитент, 公司, 被投公司"),
        _target("purpose", "word", "purpose, category, of which, назначение, категория, 用途, 类别", words=_PURPOSE_WORDS),
        _target("recallable", "flag", "recallable, may be called again, повторно, с правом востребования, 可再催缴"),
        *_FUND_REST,
    ),
}
TARGETS = {what: {target.name: target for target in listed} for what, listed in _LISTED.items()}
"""What -> field -> how it is called and read."""

_CANDIDATE_DATES = (
    *PLAIN_DATES,
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%Y%m%d",
)
_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p")
_CANDIDATE_TIMES = tuple(f"{day} {clock}" for day in _CANDIDATE_DATES for clock in _CLOCKS)
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[AaPp][Mm])?")
_DAY_COLUMNS = ("date", "day", "дата", "день", "日期")
_FEET = ("square feet", "sq ft", "sqft", "square foot", "sq feet", "кв футов", "平方英尺")
_YEARLY = ("annual", "year", "yearly", "год", "в год", "年租金", "每年")


# The proposal


def propose(what: str, table: Table) -> Plan:
    """Return the mapping that the names of the columns suggest; what nothing suggests is left out."""
    found: dict[str, str] = {}
    told = [name for at, name in enumerate(table.columns) if name != "location" or any(row.cells[at] for row in table.rows)]
    for closeness in (_same, _within):
        for name, target in TARGETS[what].items():
            if name in found:
                continue
            free = [column for column in told if column not in found.values()]
            column = closeness(target, free)
            if column is not None:
                found[name] = column
    fields = {name: _source(TARGETS[what][name], found[name], table) for name in TARGETS[what] if name in found}
    own_space = what == "leases" and "spaces" not in fields and "building" in fields
    if what == "leases" and not own_space:
        fields = {name: source for name, source in fields.items() if name not in ("area", "area_basis", "space_kind", "space_name")}
    return Plan(what, fields, own_space=own_space)


def _same(target: Target, columns: Iterable[str]) -> str | None:
    by_name = {folded(column): column for column in reversed(list(columns))}
    by_name |= {folded(column.replace("_", " ")): column for column in by_name.values()}
    return next((by_name[word] for word in (folded(target.name), *target.synonyms) if word in by_name), None)


def _within(target: Target, columns: Iterable[str]) -> str | None:
    """Return the column whose name has the longest of the field's names in it, as whole words; of the same length, the shortest column."""
    best: tuple[int, int] | None = None
    found = None
    for column in columns:
        words = f" {folded(column)} "
        for synonym in target.synonyms:
            if len(synonym) > 3 and f" {synonym} " in words:
                closeness = (len(synonym), -len(column))
                if best is None or closeness > best:
                    best, found = closeness, column
    return found


def _source(target: Target, column: str, table: Table) -> Source:
    source = Source((column,))
    words = f" {folded(column)} "
    if target.kind == "area" and any(f" {feet} " in words for feet in _FEET):
        source = replace(source, unit="sqft")
    if target.name in ("rent", "monthly_rent") and any(f" {yearly} " in words or yearly in column for yearly in _YEARLY):
        source = replace(source, per="year")
    if target.kind == "day":
        source = replace(source, dates=_dates(table, column, _CANDIDATE_DATES))
    if target.kind == "time":
        source = _with_its_day(replace(source, dates=_dates(table, column, _CANDIDATE_TIMES)), table)
    return source


def _with_its_day(source: Source, table: Table) -> Source:
    """Return the source of a time; where its column has times of the day only, together with the column of the day."""
    index = table.columns.index(source.columns[0])
    values = {row.cells[index] for row in table.rows} - {""}
    if not values or not all(_CLOCK.fullmatch(value) for value in values):
        return source
    day = next((column for column in table.columns if folded(column) in _DAY_COLUMNS), None)
    if day is None:
        return source
    dates = _dates(table, day, _CANDIDATE_DATES)
    return replace(source, columns=(day, *source.columns), dates=tuple(f"{form} {clock}" for form in dates for clock in _CLOCKS))


def _dates(table: Table, column: str, candidates: Sequence[str]) -> tuple[str, ...]:
    """Return the one form of dates that reads every value of the column; none where the plain forms do, or where two forms fit."""
    index = table.columns.index(column)
    values = {row.cells[index] for row in table.rows} - {""}
    fitting = [form for form in candidates if values and all(_reads(value, form) for value in values)]
    plain = (*PLAIN_DATES, *(f"{day} {clock}" for day in PLAIN_DATES for clock in _CLOCKS))
    return tuple(fitting) if len(fitting) == 1 and fitting[0] not in plain else ()


def _reads(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 - a civil day has no zone
    except ValueError:
        return False
    return True


# TOML

_KEYS = ("what", "fields", "own_space", "as_of", "skip", "tenant", "encoding", "separator", "sheet")
_FIELD_KEYS = ("column", "columns", "separator", "constant", "default", "unit", "per", "dates", "decimal", "values", "unknown", "as_code")
_TENANT_KEYS = ("code", "kind", "name_en", "name_ru", "name_zh", "country", "city", "website")
_SKIP_KEYS = ("column", "values", "reason")


class _Reader:
    """Reads a parsed mapping and notes everything that is wrong with it."""

    def __init__(self) -> None:
        self.against: list[Objection] = []

    def known(self, where: str, found: Mapping[str, Any], keys: Sequence[str]) -> None:
        for key in found:
            if key not in keys:
                self.against.append(UNKNOWN_KEY.about(key=f"{where}{key}"[:80], keys=", ".join(keys)))

    def text(self, where: str, found: Mapping[str, Any], key: str, otherwise: str = "", *, among: Sequence[str] = ()) -> str:
        value = found.get(key, otherwise)
        if isinstance(value, date):
            value = value.isoformat()
        if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > 1000:
            return self._wrong(f"{where}{key}", A_TEXT, otherwise)
        if among and value not in among:
            return self._wrong(f"{where}{key}", ", ".join(among), otherwise)
        return str(value)

    def flag(self, where: str, found: Mapping[str, Any], key: str) -> bool:
        value = found.get(key, False)
        if not isinstance(value, bool):
            self._wrong(f"{where}{key}", "true, false", "")
        return value is True

    def texts(self, where: str, found: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = found.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(value) > 100:
            self._wrong(f"{where}{key}", TEXTS, "")
            return ()
        return tuple(value)

    def table(self, where: str, found: Mapping[str, Any], key: str) -> dict[str, Any]:
        value = found.get(key, {})
        if not isinstance(value, dict) or len(value) > 1000:
            self._wrong(f"{where}{key}", A_TABLE, "")
            return {}
        return value

    def _wrong(self, key: str, wanted: str | Objection, otherwise: str) -> str:
        self.against.append(WRONG_VALUE.about(key=key[:80], wanted=wanted))
        return otherwise


def from_toml(text: str, what: str) -> Plan:
    """Return the mapping that a TOML text says.

    Raises:
        Refused: with everything that is wrong with it.
    """
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused([NOT_TOML.about(error=str(error)[:200])]) from None
    reader = _Reader()
    reader.known("", found, _KEYS)
    said = reader.text("", found, "what", what, among=KINDS)
    if said != what:
        reader.against.append(OTHER_KIND.about(said=said, what=what))
    as_of = found.get("as_of")
    if as_of is not None and (not isinstance(as_of, date) or isinstance(as_of, datetime)):
        reader.against.append(WRONG_VALUE.about(key="as_of", wanted="2025-06-20"))
        as_of = None
    fields = reader.table("", found, "fields")
    reader.known("fields.", fields, tuple(TARGETS[what]))
    plan = Plan(
        what,
        {name: _field(reader, f"fields.{name}.", fields[name]) for name in TARGETS[what] if name in fields},
        own_space=reader.flag("", found, "own_space"),
        as_of=as_of,
        skips=_skips(reader, found.get("skip", [])),
        tenant=_tenant(reader, reader.table("", found, "tenant")),
        encoding=reader.text("", found, "encoding"),
        separator=reader.text("", found, "separator", among=("", ",", ";", "\t", "|")),
        sheet=reader.text("", found, "sheet"),
    )
    if reader.against:
        raise Refused(reader.against)
    return plan


def _field(reader: _Reader, where: str, found: object) -> Source:
    if isinstance(found, str):
        return Source((found,))
    if not isinstance(found, dict):
        reader.against.append(WRONG_VALUE.about(key=where.rstrip("."), wanted=A_COLUMN))
        return Source()
    reader.known(where, found, _FIELD_KEYS)
    columns = reader.texts(where, found, "columns") or ((reader.text(where, found, "column"),) if "column" in found else ())
    constant = reader.text(where, found, "constant") if "constant" in found else None
    if bool(columns) == (constant is not None):
        reader.against.append(WRONG_VALUE.about(key=where.rstrip("."), wanted=COLUMN_OR_CONSTANT))
    values = reader.table(where, found, "values")
    return Source(
        columns,
        separator=reader.text(where, found, "separator", " "),
        constant=constant,
        default=reader.text(where, found, "default"),
        unit=reader.text(where, found, "unit", "m2", among=tuple(UNITS)),
        per=reader.text(where, found, "per", "month", among=RENTS),
        dates=reader.texts(where, found, "dates"),
        decimal=reader.text(where, found, "decimal", among=("", ".", ",")),
        values={word: reader.text(f"{where}values.", values, word) for word in values},
        unknown=reader.texts(where, found, "unknown"),
        as_code=reader.flag(where, found, "as_code"),
    )


def _skips(reader: _Reader, found: object) -> tuple[Skip, ...]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        reader.against.append(WRONG_VALUE.about(key="skip", wanted=TABLES))
        return ()
    skips = []
    for one in found:
        reader.known("skip.", one, _SKIP_KEYS)
        skips.append(Skip(reader.text("skip.", one, "column"), reader.texts("skip.", one, "values"), reader.text("skip.", one, "reason")))
    return tuple(skips)


def _tenant(reader: _Reader, found: Mapping[str, Any]) -> dict[str, str]:
    reader.known("tenant.", found, _TENANT_KEYS)
    made = {key: reader.text("tenant.", found, key) for key in _TENANT_KEYS if key in found}
    if made and made.setdefault("kind", "enterprise") not in set(OrganisationKind):
        reader.against.append(WRONG_VALUE.about(key="tenant.kind", wanted=", ".join(OrganisationKind)))
    return made


def objections(plan: Plan, columns: Sequence[str]) -> list[Objection]:
    """Return what keeps a mapping from being used on a table with these columns."""
    wanted = [column for source in plan.fields.values() for column in source.columns] + [skip.column for skip in plan.skips]
    shown = ", ".join(columns)
    against = [NO_COLUMN.about(column=column[:80], columns=shown[:400]) for column in dict.fromkeys(wanted) if column not in columns]
    for name, target in TARGETS[plan.what].items():
        if target.needed and name not in plan.fields:
            against.append(NOT_MAPPED.about(field=name))
    if plan.what == "organisations" and not {"name", "name_en", "name_ru", "name_zh"} & plan.fields.keys():
        against.append(NOT_MAPPED.about(field="name"))
    if plan.what == "leases" and ("building" if plan.own_space else "spaces") not in plan.fields:
        against.append(NOT_MAPPED_SPACE)
    return against


def to_toml(plan: Plan) -> str:
    """Return the mapping as TOML that reads back as the same."""
    lines = [f"what = {_string(plan.what)}"]
    lines += [f"{key} = {_string(value)}" for key in ("encoding", "separator", "sheet") if (value := getattr(plan, key))]
    if plan.as_of:
        lines.append(f"as_of = {plan.as_of.isoformat()}")
    if plan.own_space:
        lines.append("own_space = true")
    lines += ["", "[fields]", *(f"{name} = {source_toml(source)}" for name, source in plan.fields.items())]
    for skip in plan.skips:
        values = ", ".join(map(_string, skip.values))
        lines += ["", "[[skip]]", f"column = {_string(skip.column)}", f"values = [{values}]", f"reason = {_string(skip.reason)}"]
    if plan.tenant:
        lines += ["", "[tenant]", *(f"{key} = {_string(value)}" for key, value in plan.tenant.items())]
    return "\n".join(lines) + "\n"


def source_toml(source: Source) -> str:
    """Return how a mapping says where a field comes from."""
    plain = Source()
    parts = [f"column = {_string(source.columns[0])}"] if len(source.columns) == 1 else []
    if len(source.columns) > 1:
        parts.append(f"columns = [{', '.join(map(_string, source.columns))}]")
    if source.constant is not None:
        parts.append(f"constant = {_string(source.constant)}")
    parts += [
        f"{key} = {_string(getattr(source, key))}"
        for key in ("separator", "default", "unit", "per", "decimal")
        if getattr(source, key) != getattr(plain, key)
    ]
    parts += [f"{key} = [{', '.join(map(_string, listed))}]" for key in ("dates", "unknown") if (listed := getattr(source, key))]
    if source.values:
        parts.append("values = {" + ", ".join(f"{_string(word)} = {_string(meant)}" for word, meant in source.values.items()) + "}")
    if source.as_code:
        parts.append("as_code = true")
    if len(parts) == 1 and len(source.columns) == 1:
        return _string(source.columns[0])
    return "{" + ", ".join(parts) + "}"


def _string(text: str) -> str:
    """Return a basic string; JSON's escapes are TOML's too, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def changed(plan: Plan, columns: Mapping[str, str]) -> Plan:
    """Return the mapping with other columns chosen for fields: an empty one takes the field out, a constant or joined columns stay."""
    fields: dict[str, Source] = {}
    for name in TARGETS[plan.what]:
        before, wanted = plan.fields.get(name), columns.get(name)
        if wanted is None or (before is not None and wanted == KEEP):
            if before is not None:
                fields[name] = before
        elif wanted and wanted != KEEP:
            fields[name] = replace(before, columns=(wanted,), constant=None) if before is not None else Source((wanted,))
    return replace(plan, fields=fields)


KEEP = "="
"""The choice of a select that keeps a constant or joined columns as they are."""
