"""Browser text into what is known of a person. Rows of the household work without scripts: a button adds one and keeps everything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FieldList, FormField, SelectField
from wtforms import Form as PlainForm

from parkmgr.people import rules
from parkmgr.people.models import HouseholdMember, Person
from parkmgr.people.rules import Relative
from parkmgr.web.forms import FilterForm, Form, LineField, LinesField, Needed, WholeField
from parkmgr.web.words import choices


class MemberRow(PlainForm):
    """A member of the household; a row without a name is none."""

    name = LineField(_l("Full name"), longest=rules.LONGEST_NAME)
    relation = SelectField(_l("Relation"), choices=lambda: choices("relation"), default="spouse")
    born = WholeField(_l("Year of birth"), least=1900, most=2200)


class PersonForm(Form):
    """What is known of a person."""

    organisation = LineField(_l("Organisation"), longest=300)
    name = LineField(_l("Full name"), [Needed()], longest=rules.LONGEST_NAME)
    kind = SelectField(_l("Kind"), choices=lambda: choices("person_kind"), default="staff")
    email = LineField(_l("E-mail"), longest=254)
    phone = LineField(_l("Telephone"), longest=rules.LONGEST_PHONE)
    account = LineField(_l("Account (its e-mail address)"), longest=254)
    household = FieldList(FormField(MemberRow), _l("Household"), min_entries=1, max_entries=rules.MOST)

    @staticmethod
    def of(person: Person, household: Iterable[HouseholdMember]) -> dict[str, Any]:
        """Return what the form shows of a person."""
        return {
            "version": person.version,
            "organisation": person.organisation.code,
            "name": person.name,
            "kind": person.kind,
            "email": person.email,
            "phone": person.phone,
            "account": person.user.email if person.user else "",
            "household": [{"name": one.name, "relation": one.relation, "born": one.born} for one in household],
        }

    def add_row(self) -> None:
        """One more empty row of the household is shown."""
        if len(self.household) < rules.MOST:
            self.household.append_entry()

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every field, and every row that was begun, can be read."""
        super().validate(extra_validators)
        for row in self._rows():
            if row.born.data is not None and not row.name.data:
                row.name.errors = [*row.name.errors, str(rules.MEMBER_NAME)]
        self.household.errors = [entry.errors for entry in self.household if any(entry.errors.values())]
        fields: Iterable[Field] = self
        return not any(field.errors for field in fields)

    def _rows(self) -> list[MemberRow]:
        return [entry.form for entry in self.household]

    def relatives(self) -> list[Relative]:
        """The household, of the rows that have a name."""
        return [Relative(row.name.data, row.relation.data, row.born.data) for row in self._rows() if row.name.data]

    @property
    def organisation_code(self) -> str:
        """The code that was chosen, without the name beside it."""
        return (self.organisation.data or "").partition(" · ")[0].strip()


class EraseForm(Form):
    """Why somebody is erased."""

    reason = LinesField(_l("Reason"), longest=300)


class PeopleFilter(FilterForm):
    """Which people."""

    q = LineField(_l("Full name or number"))
    kind = SelectField(_l("Kind"), choices=lambda: choices("person_kind", blank=_("any")), default="")
    erased = BooleanField(_l("Also erased"))
