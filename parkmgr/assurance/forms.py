"""Forms of the auditor's desk."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs

from parkmgr.assurance import rules, sampling
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, Needed, WholeField
from parkmgr.web.words import word

KINDS = ("request", "exception")
STATES = ("open", "answered", "closed")


class PointForm(Form):
    """Something is asked of the park."""

    kind = SelectField(_l("What it is"), choices=lambda: [SelectChoice(code, word("point_kind", code)) for code in KINDS])
    subject = LineField(_l("Subject"), [Needed()], longest=200)
    text = LinesField(_l("What is asked, or what is not right"), [Needed()], longest=10_000)
    about = LineField(_l("About (a number: of a lease, a report, a sample)"), longest=80)
    owner = SelectField(_l("Who answers"), choices=[], validate_choice=False)
    due_on = DayField(_l("By the day"), [Needed()])
    file = FileField(_l("A file"))


class AnswerForm(Form):
    """Something is said about a point."""

    text = LinesField(_l("Text"), longest=10_000)
    file = FileField(_l("A file"))


class CloseForm(Form):
    """A point is closed."""

    text = LinesField(_l("How it was settled"), longest=10_000)


class PointFilter(FilterForm):
    """Which points are listed."""

    q = LineField(_l("Number, subject, about"), longest=80)
    kind = SelectField(
        _l("Kind"), choices=lambda: [SelectChoice("", _("all")), *(SelectChoice(code, word("point_kind", code)) for code in KINDS)]
    )
    state = SelectField(
        _l("State"), choices=lambda: [SelectChoice("", _("all")), *(SelectChoice(code, word("point_state", code)) for code in STATES)]
    )


class DrawForm(Form):
    """A sample is drawn."""

    population = SelectField(_l("From what"), choices=lambda: [SelectChoice(code, _(text)) for code, text in rules.POPULATIONS.items()])
    on = DayField(_l("On the day, or the last day"), [Needed()])
    since = DayField(_l("From the day (only of entries)"))
    method = SelectField(_l("How"), choices=lambda: [SelectChoice(code, _(text)) for code, text in sampling.METHODS.items()])
    size = WholeField(_l("How many"), [Needed()], least=1, most=sampling.LARGEST)
    currency = LineField(_l("Currency of amounts (empty: the park's)"), longest=3)
    seed = LineField(_l("Seed (empty: one that nobody chose)"), longest=64)
