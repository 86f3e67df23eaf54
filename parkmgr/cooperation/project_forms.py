"""Browser text into projects, events and what they use."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField

from parkmgr.cooperation.models import Project
from parkmgr.cooperation.project_rules import EventAsked, ProjectAsked
from parkmgr.cooperation.rules import EventKind, ProjectKind, ProjectState
from parkmgr.places.views import given
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, NamesMixin, Needed, WallField, WholeField
from parkmgr.web.words import choices


class ProjectForm(NamesMixin, Form):
    """A project or programme."""

    kind = SelectField(_l("Kind"), choices=lambda: choices("project_kind"), default=ProjectKind.PROJECT.value)
    field = SelectField(_l("Field of research"), choices=lambda: choices("research_field"))
    lead = LineField(_l("Who leads it (code)"), [Needed()], longest=40)
    agreement = SelectField(_l("Under the agreement"), choices=[], validate_choice=False, default="")
    programme = SelectField(_l("In the programme"), choices=[], validate_choice=False, default="")
    starts_on = DayField(_l("First day"), [Needed()])
    ends_on = DayField(_l("Last day"))
    state = SelectField(_l("State"), choices=lambda: choices("project_state"), default=ProjectState.PLANNED.value)
    outcome = LinesField(_l("What came of it"))
    key = HiddenField()

    @staticmethod
    def new_key() -> str:
        """Return a key that nobody has."""
        return secrets.token_urlsafe(16)

    def asked(self) -> ProjectAsked:
        """Return the project, once the form was found well formed."""
        return ProjectAsked(
            ProjectKind(self.kind.data),
            self.names(),
            self.field.data,
            given(self.starts_on.data),
            self.ends_on.data,
            ProjectState(self.state.data),
            self.outcome.data or "",
        )

    @staticmethod
    def of(project: Project, programme: str) -> dict[str, Any]:
        """Return what the form begins with."""
        kept = ("kind", "field", "starts_on", "ends_on", "state", "outcome", "name_en", "name_ru", "name_zh", "version")
        more = {"lead": project.lead.code, "agreement": project.agreement.number if project.agreement else "", "programme": programme}
        return {name: getattr(project, name) for name in kept} | more


class UseForm(Form):
    """What takes part in a project: one of the four."""

    space = LineField(_l("Laboratory or office (code)"), longest=60)
    person = LineField(_l("Person (number)"), longest=20)
    fund = LineField(_l("Fund (code)"), longest=20)
    organisation = LineField(_l("Partner (code of the organisation)"), longest=40)
    starts_on = DayField(_l("From"), [Needed()])
    ends_on = DayField(_l("Until"))


class EndUseForm(Form):
    """The last day."""

    ends_on = DayField(_l("Last day"), [Needed()])


class EventForm(NamesMixin, Form):
    """An event with its rooms."""

    kind = SelectField(_l("Kind"), choices=lambda: choices("event_kind"))
    host = LineField(_l("Who hosts it (code of the organisation)"), [Needed()], longest=40)
    agreement = SelectField(_l("Under the agreement"), choices=[], validate_choice=False, default="")
    starts_at = WallField(_l("From"), [Needed()])
    ends_at = WallField(_l("Until"), [Needed()])
    people = WholeField(_l("How many people come"), [Needed()], most=100_000)
    rooms = LinesField(_l("Rooms (codes)"), longest=1000)
    programme = LinesField(_l("Programme of the event"))
    key = HiddenField()

    @staticmethod
    def new_key() -> str:
        """Return a key that nobody has."""
        return secrets.token_urlsafe(16)

    def asked(self, zone: ZoneInfo) -> EventAsked:
        """Return the event, once the form was found well formed."""
        starts_at: datetime = given(self.starts_at.data)
        ends_at: datetime = given(self.ends_at.data)
        return EventAsked(
            EventKind(self.kind.data),
            self.names(),
            starts_at.replace(tzinfo=zone).astimezone(UTC),
            ends_at.replace(tzinfo=zone).astimezone(UTC),
            given(self.people.data),
            self.programme.data or "",
        )


class CancelForm(Form):
    """Why."""

    reason = LinesField(_l("Reason"), longest=1000)


class CameForm(Form):
    """How many came."""

    came = WholeField(_l("How many people came"), [Needed()], most=100_000)


class ProjectFilter(FilterForm):
    """Which projects are listed."""

    q = LineField(_l("Search"))
    kind = SelectField(_l("Kind"), choices=lambda: choices("project_kind", blank=_("any")), default="")
    state = SelectField(_l("State"), choices=lambda: choices("project_state", blank=_("any")), default="")
    field = SelectField(_l("Field of research"), choices=lambda: choices("research_field", blank=_("any")), default="")
    organisation = LineField(_l("Who takes part (code)"), longest=40)
    agreement = LineField(_l("Agreement (number)"), longest=20)


class EventFilter(FilterForm):
    """Which events are listed."""

    q = LineField(_l("Search"))
    kind = SelectField(_l("Kind"), choices=lambda: choices("event_kind", blank=_("any")), default="")
    state = SelectField(_l("State"), choices=lambda: choices("event_state", blank=_("any")), default="")
    organisation = LineField(_l("Host (code)"), longest=40)
    agreement = LineField(_l("Agreement (number)"), longest=20)
    from_on = DayField(_l("From"))
    until_on = DayField(_l("Until"))
