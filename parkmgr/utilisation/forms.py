"""What a reader may ask of the use of rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs

from parkmgr.web.forms import DayField, FilterForm
from parkmgr.web.words import choices


class PeriodFilter(FilterForm):
    """The days, both inclusive, the building, and the day at whose end it was known."""

    since = DayField(_l("From"))
    until = DayField(_l("Last day"))
    building = SelectField(_l("Building"), default="")
    kind = SelectField(_l("Kind"), default="", choices=lambda: choices("space_kind", blank=_("rooms of any kind")), validate_choice=False)
    known = DayField(_l("As known on"))

    def __init__(self, *args: Any, buildings: Sequence[SelectChoice], **given: Any) -> None:
        super().__init__(*args, **given)
        self.building.choices = [SelectChoice("", _("any")), *buildings]
