"""Browser text into agreements."""

from __future__ import annotations

import secrets
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, SelectField

from parkmgr.cooperation.agreement_rules import Proposed, Term
from parkmgr.cooperation.rules import ActivityKind
from parkmgr.places.views import given
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, NamesMixin, Needed, WholeField
from parkmgr.web.words import choices

NOTED = (ActivityKind.EXCHANGE, ActivityKind.OFFICE, ActivityKind.OTHER, ActivityKind.VISIT, ActivityKind.EVENT, ActivityKind.PROJECT)


def codes(text: str | None) -> list[str]:
    """Return the codes that were typed, by commas or line by line."""
    return [code for code in (text or "").replace(",", "\n").replace(";", "\n").split() if code]


class ProposeForm(NamesMixin, Form):
    """An agreement that is proposed."""

    kind = SelectField(_l("Kind"), choices=lambda: choices("agreement_kind"))
    on = DayField(_l("Proposed on"), [Needed()])
    parties = LinesField(_l("Parties (codes)"), [Needed()], longest=1000)
    under = SelectField(_l("Under"), choices=[], validate_choice=False, default="")
    subject = LinesField(_l("What it is about"))
    key = HiddenField()

    def asked(self) -> Proposed:
        """Return the agreement, once the form was found well formed."""
        return Proposed(self.kind.data, self.names(), given(self.on.data), self.subject.data or "")

    @staticmethod
    def new_key() -> str:
        """Return a key that nobody has."""
        return secrets.token_urlsafe(16)


class AgreementForm(NamesMixin, Form):
    """What an agreement is called, and what it is about."""

    under = SelectField(_l("Under"), choices=[], validate_choice=False, default="")
    subject = LinesField(_l("What it is about"))


class AdvanceForm(Form):
    """A step."""

    to = SelectField(_l("Step"), choices=[])
    on = DayField(_l("Day"), [Needed()])


class PartyForm(Form):
    """A party, and who coordinates there."""

    organisation = LineField(_l("Organisation (code)"), [Needed()], longest=40)
    coordinator = LineField(_l("Coordinator"))
    email = LineField(_l("E-mail of the coordinator"), longest=254)


class RemovePartyForm(Form):
    """Nothing is asked."""


class SignForm(Form):
    """A signature."""

    organisation = SelectField(_l("Party"), choices=[], validate_choice=False)
    on = DayField(_l("Signed on"), [Needed()])
    signatory = LineField(_l("Signatory"))


class StartForm(Form):
    """The term of an agreement."""

    starts_on = DayField(_l("First day"), [Needed()])
    ends_on = DayField(_l("Last day"))
    places = WholeField(_l("Exchange places a year"), most=10_000, default=0)
    renew_months = WholeField(_l("Goes on by itself, months"), most=240, default=0)
    notice_days = WholeField(_l("Notice, days"), most=1830, default=90)

    def term(self) -> Term:
        """Return the term, once the form was found well formed."""
        notice = 90 if self.notice_days.data is None else self.notice_days.data
        return Term(given(self.starts_on.data), self.ends_on.data, self.places.data or 0, self.renew_months.data or 0, notice)


class RenewForm(Form):
    """The agreement that follows."""

    signed_on = DayField(_l("Signed on"), [Needed()])
    ends_on = DayField(_l("Last day"))
    places = WholeField(_l("Exchange places a year"), most=10_000)


class TerminateForm(Form):
    """Notice."""

    given_on = DayField(_l("Notice given on"), [Needed()])
    ends_on = DayField(_l("Last day"), [Needed()])
    reason = LinesField(_l("Reason"), longest=1000)
    waiver = LineField(_l("Why the notice may be short (administrators)"))


class ReasonForm(Form):
    """Why."""

    reason = LinesField(_l("Reason"), longest=1000)


class TextForm(Form):
    """A text, scanned or not."""

    language = SelectField(_l("Language"), choices=lambda: choices("language"))
    authentic = BooleanField(_l("This text counts (it is authentic)"), default=True)
    file = FileField(_l("File"))


class PlanForm(Form):
    """How many activities of each kind are planned for a year."""

    year = WholeField(_l("Year"), [Needed()], least=1990, most=2200)
    visit = WholeField(_l("Visits of delegations"), most=1000, default=0)
    event = WholeField(_l("Events"), most=1000, default=0)
    project = WholeField(_l("Projects"), most=1000, default=0)
    exchange = WholeField(_l("Exchanges"), most=10_000, default=0)
    office = WholeField(_l("Activities of the office"), most=1000, default=0)
    other = WholeField(_l("Other activities"), most=1000, default=0)

    def planned(self) -> dict[ActivityKind, int]:
        """Return kind -> how many."""
        return {kind: getattr(self, kind.value).data or 0 for kind in ActivityKind}


class ActivityForm(Form):
    """Something that was done."""

    what = SelectField(_l("Kind"), choices=lambda: choices("activity_kind", only=NOTED))
    on = DayField(_l("Day"), [Needed()])
    title = LineField(_l("What it was"), longest=300)
    people = WholeField(_l("People who took part"), most=100_000, default=0)


class TaskForm(Form):
    """Something to do."""

    what = LineField(_l("What is to be done"), longest=300)
    due_on = DayField(_l("Due on"), [Needed()])
    by = LineField(_l("By whom (code of the organisation)"), longest=40)


class DoTaskForm(Form):
    """What came of it."""

    outcome = LineField(_l("What came of it"), longest=300)


class AgreementFilter(FilterForm):
    """Which agreements are listed."""

    q = LineField(_l("Search"))
    state = SelectField(_l("State"), choices=lambda: choices("agreement_state", blank=_("any")), default="")
    kind = SelectField(_l("Kind"), choices=lambda: choices("agreement_kind", blank=_("any")), default="")
    party = LineField(_l("Party (code)"), longest=40)
    ends_within = WholeField(_l("Ends within, days"), most=4000)


class AtFilter(FilterForm):
    """As at which day."""

    on = DayField(_l("As at"))


def start_of(term: Any) -> dict[str, Any]:
    """Return what the form of a term begins with."""
    return {} if term is None else {"places": term.places_a_year, "renew_months": term.renew_months, "notice_days": term.notice_days}
