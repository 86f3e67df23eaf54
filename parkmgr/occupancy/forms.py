"""What is asked of the list of spaces and of a space's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs

from parkmgr.web.forms import DayField, FilterForm, LineField, NumberField, WholeField
from parkmgr.web.words import choices, word


class SpaceFilter(FilterForm):
    """Which spaces are listed, and on which day."""

    q = LineField(_l("Search"), longest=100)
    building = SelectField(_l("Building"), default="")
    floor = WholeField(_l("Floor"), least=-20, most=200)
    kind = SelectField(_l("Kind"), choices=lambda: choices("space_kind", blank=_("any")), default="")
    status = SelectField(_l("Status"), default="")
    at_least = NumberField(_l("At least, m²"))
    on = DayField(_l("Day"))
    known = DayField(_l("As known on"))

    def __init__(self, *args: Any, buildings: Sequence[SelectChoice], statuses: Sequence[str], **given: Any) -> None:
        super().__init__(*args, **given)
        self.building.choices = [SelectChoice("", _("any")), *buildings]
        self.status.choices = [SelectChoice("", _("any")), *(SelectChoice(code, word("status", code)) for code in statuses)]
