"""What a reader may ask of the use of rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs

from parkmgr.web.forms import DayField, FilterForm


class PeriodFilter(FilterForm):
    """The days, both inclusive, the building, and the day at whose end it was known."""

    since = DayField(_l("From"))
    until = DayField(_l("Last day"))
    building = SelectField(_l("Building"), default="")
    known = DayField(_l("As known on"))

    def __init__(self, *args: Any, buildings: Sequence[SelectChoice], **given: Any) -> None:
        super().__init__(*args, **given)
        self.building.choices = [SelectChoice("", _("any")), *buildings]
