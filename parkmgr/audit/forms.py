"""Which entries to list."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr.web.forms import DayField, FilterForm, LineField


class EntriesFilter(FilterForm):
    """The filters of the log. deed: also the beginning of one ("leases."). what: a number, a code, or a word of the reason."""

    deed = LineField(lazy_gettext("Deed"), longest=64, render_kw={"list": "deeds", "autocomplete": "off"})
    who = LineField(lazy_gettext("Who"), longest=100)
    what = LineField(lazy_gettext("What"), longest=100)
    from_on = DayField(lazy_gettext("From"))
    until_on = DayField(lazy_gettext("To"))
    park = SelectField(lazy_gettext("Park"), default="")

    def __init__(self, *args: Any, parks: list[tuple[int, str, object]], **given: Any) -> None:
        super().__init__(*args, **given)
        self.park.choices = [
            SelectChoice("", _("All that are mine")),
            *(SelectChoice(str(park_id), code) for park_id, code, _zone in parks),
        ]
