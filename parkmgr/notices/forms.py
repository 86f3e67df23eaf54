"""Which notices to list."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr.places.models import Park
from parkmgr.web.forms import FilterForm, LineField
from parkmgr.web.words import choices


class OutboxFilter(FilterForm):
    """The filters of the outbox. q: a word of address, subject or document number."""

    q = LineField(lazy_gettext("Search"), longest=100)
    state = SelectField(lazy_gettext("State"), default="")
    park = SelectField(lazy_gettext("Park"), default="")

    def __init__(self, *args: Any, parks: list[Park], **given: Any) -> None:
        super().__init__(*args, **given)
        self.state.choices = choices("notice_state", blank=_("Any"))
        self.park.choices = [SelectChoice("", _("All that are mine")), *(SelectChoice(park.code, park.code) for park in parks)]
