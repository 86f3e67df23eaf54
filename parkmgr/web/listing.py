"""A list: one SELECT for the page that is shown, sorted and paged by the database; the same columns as CSV and XLSX.

    return listing.answer(
        "leases/leases.html", queries.leases(park, actor, filters), COLUMNS, sort="number", name="leases", park=park, filters=filters)

In the template, `{{ listing_table(listing) }}` (templates/macros.html) shows head, rows, pages and downloads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Row, Select, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from parkmgr.db import db
from parkmgr.web.sheets import FORMATS, sheet

Sortable = ColumnElement[Any] | InstrumentedAttribute[Any]

PER_PAGE = 50
MOST_ROWS = 100_000
"""In a download."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. value: what of the row it shows. sort: what the database sorts by. href: where the cell leads.

    label is translated lazily. show: how the value is read (formats.shown by default). figures: right-aligned.
    badge: the value is a code of this family in web/words.py, shown as a badge and sorted into downloads as its word.
    """

    key: str
    label: Any
    value: Callable[[Any], object]
    sort: Sortable | None = None
    href: Callable[[Any], str | None] | None = None
    show: Callable[[Any], str] | None = None
    figures: bool = False
    family: str = ""
    wide_only: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What the template needs."""

    columns: Sequence[Column]
    rows: Sequence[Row[Any]]
    total: int
    page: int
    pages: int
    sort: str
    name: str
    more: bool = False
    """There are more than the total says: nobody counted to the end."""

    def link(self, **changes: object) -> str:
        """Return this list's address with other sort, page or format; filters stay."""
        kept: dict[str, Any] = {key: values for key, values in request.args.lists() if key not in ("sort", "page", "format")}
        kept |= {"sort": self.sort} if "sort" in request.args else {}
        kept |= {key: value for key, value in changes.items() if value is not None}
        return url_for(str(request.endpoint), **(request.view_args or {}), **kept)

    def sorting(self, column: Column) -> str:
        """Return the sort parameter that the head of *column* leads to: first up, then down."""
        return f"-{column.key}" if self.sort == column.key else column.key

    @property
    def first(self) -> int:
        """The number of the first row shown."""
        return (self.page - 1) * PER_PAGE + 1 if self.rows else 0


def _order(columns: Sequence[Column], wanted: str, default: str) -> tuple[str, list[ColumnElement[Any]]]:
    by_key = {column.key: column for column in columns}
    name = wanted if wanted.removeprefix("-") in by_key and by_key[wanted.removeprefix("-")].sort is not None else default
    expression = by_key[name.removeprefix("-")].sort
    if expression is None:
        raise LookupError(f"the default column {name} cannot be sorted")
    return name, [expression.desc().nulls_last() if name.startswith("-") else expression.asc().nulls_last()]


def answer(
    template: str,
    statement: Select[Any],
    columns: Sequence[Column],
    *,
    sort: str,
    name: str,
    tie: Sortable,
    count_to: int | None = None,
    **context: Any,
) -> ResponseReturnValue:
    """Return the page of a list, or the whole list as a sheet for `?format=csv|xlsx`.

    tie: a unique column that settles equal rows, so that pages neither repeat nor lose one. count_to: of a list that may be very
    long: its rows are counted apart, and only so far, so that a page reads only what it shows.
    """
    from parkmgr.web.words import word

    wanted, order = _order(columns, request.args.get("sort", ""), sort)
    ordered = statement.order_by(*order, tie)
    format_ = request.args.get("format")
    if format_ is not None:
        if format_ not in FORMATS:
            abort(404)
        rows = db.session.execute(ordered.limit(MOST_ROWS))
        head = [str(column.label) for column in columns]
        cells = ([word(c.family, str(c.value(row) or "")) if c.family else c.value(row) for c in columns] for row in rows)
        answer: Response = sheet(format_, name, head, cells)
        return answer
    page = request.args.get("page", 1, type=int)
    page = min(max(page, 1), 1_000_000)
    if count_to is None:
        ordered = ordered.add_columns(func.count().over().label("of_all"))
    found = db.session.execute(ordered.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all()
    if count_to is None:
        total = found[0].of_all if found else 0
    else:
        counted = statement.with_only_columns(literal(1), maintain_column_froms=True).limit(count_to + 1).subquery()
        total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    more = count_to is not None and total > count_to
    total -= more
    listing = Listing(columns, found, total, page, max(1, -(-total // PER_PAGE)), wanted, name, more)
    return render_template(template, listing=listing, **context)
