"""The pages of agreements: all of them, one, how they do, and what is done with them."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import abort, flash, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.cooperation import agreement_actions as actions
from parkmgr.cooperation import agreement_queries as queries
from parkmgr.cooperation import agreement_rules as rules
from parkmgr.cooperation import delegation_queries, project_queries
from parkmgr.cooperation.agreement_forms import (
    ActivityForm,
    AdvanceForm,
    AgreementFilter,
    AgreementForm,
    AtFilter,
    DoTaskForm,
    PartyForm,
    PlanForm,
    ProposeForm,
    ReasonForm,
    RemovePartyForm,
    RenewForm,
    SignForm,
    StartForm,
    TaskForm,
    TerminateForm,
    TextForm,
    codes,
    start_of,
)
from parkmgr.cooperation.health import health as how_they_do
from parkmgr.cooperation.health_rules import activities as kinds_of_activities
from parkmgr.cooperation.models import Agreement, AgreementTerms
from parkmgr.cooperation.rules import ActivityKind, AgreementState
from parkmgr.cooperation.views import agreement_choices, bp, chosen_agreement, of_agreement, organisation_of, own
from parkmgr.errors import Missing
from parkmgr.places.views import by_name, given, here, sent, today
from parkmgr.policy import Role
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.sheets import FORMATS, sheet
from parkmgr.web.words import word


def _to(park: str, agreement: str) -> str:
    return url_for("cooperation.agreement", park=park, agreement=agreement)


def _sorted_codes(text: str | None) -> str:
    return ", ".join(sorted((text or "").split(", ")))


# Lists


@bp.get("/parks/<park>/agreements")
def agreements(park: str) -> ResponseReturnValue:
    """List the agreements of a park."""
    found = here(park)
    filters = AgreementFilter.asked()
    on = today(found)
    wanted = queries.Wanted(
        filters.q.data or "",
        filters.state.data or "",
        filters.kind.data or "",
        filters.party.data or "",
        on + timedelta(days=filters.ends_within.data) if filters.ends_within.data is not None else None,
    )

    def to_agreement(row: Any) -> str:
        return _to(found.code, row.Agreement.number)

    columns = [
        Column("number", _l("Number"), lambda row: row.Agreement.number, Agreement.number, href=to_agreement),
        Column("name", _l("Agreement"), lambda row: row.Agreement.names, by_name(Agreement), href=to_agreement),
        Column("kind", _l("Kind"), lambda row: row.Agreement.kind, Agreement.kind, family="agreement_kind", wide_only=True),
        Column("parties", _l("Parties"), lambda row: _sorted_codes(row.parties)),
        Column("state", _l("State"), lambda row: row.state, queries.state_column(on), family="agreement_state"),
        Column("starts_on", _l("First day"), lambda row: row.starts_on, AgreementTerms.starts_on, wide_only=True),
        Column("ends_on", _l("Last day"), lambda row: row.ends_on, AgreementTerms.ends_on),
    ]
    return answer(
        "cooperation/agreements.html",
        queries.agreements(found.id, me(), on, wanted),
        columns,
        sort="-number",
        name=f"{found.code}-agreements-{on.isoformat()}",
        tie=Agreement.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/agreements/health")
def health(park: str) -> ResponseReturnValue:
    """Show how every agreement does."""
    found = here(park)
    filters = AtFilter.asked()
    on = filters.on.data or today(found)
    ids = [row.id for row in queries.readable_in(found.id, me(), "cooperation.health")]
    rows = how_they_do(found, on, ids)
    format_ = request.args.get("format")
    if format_ is not None:
        if format_ not in FORMATS:
            abort(404)
        head = [
            _("Number"),
            _("Agreement"),
            _("Parties"),
            _("State"),
            _("Last day"),
            _("Days left"),
            _("Last activity"),
            _("Planned"),
            _("Done"),
        ]
        head += [
            _("Room hours"),
            _("Lab hours"),
            _("People housed"),
            _("Projects running"),
            _("Open tasks"),
            _("Overdue tasks"),
            _("Mark"),
            _("Why"),
        ]
        cells = (
            [
                one.number,
                one.names,
                ", ".join(code for code, _names in one.parties),
                word("agreement_state", one.state.value),
                one.ends_on,
                one.days_left,
                one.last_on,
                one.planned_count,
                one.done_count,
                round(float(one.use.room_hours), 2),
                round(float(one.use.lab_hours), 2),
                one.use.housed,
                one.projects,
                one.open_tasks,
                len(one.overdue_since),
                word("agreement_mark", one.mark.value),
                " ".join(formats.sentence(reason) for _mark, reason in one.reasons),
            ]
            for one in rows
        )
        return sheet(format_, f"{found.code}-agreement-health-{on.isoformat()}", head, cells)
    return page("cooperation/health.html", park=found, rows=rows, filters=filters, on=on)


# One


@bp.get("/parks/<park>/agreements/<agreement>")
def agreement(park: str, agreement: str) -> ResponseReturnValue:
    """Show an agreement: parties, texts, how it came about, what was done under it, what is to be done."""
    found = here(park)
    shown = of_agreement(park, agreement)
    on = today(found)
    head = queries.head(shown.id, max(on, shown.proposed_on))
    [doing] = how_they_do(found, max(on, shown.proposed_on), [shown.id])
    above = queries.by_id(shown.under_id)
    before = queries.by_id(shown.follows_id)
    reads = {row.id for row in queries.readable_in(found.id, me(), "cooperation.agreement")}
    return page(
        "cooperation/agreement.html",
        park=found,
        shown=shown,
        head=head,
        parties=queries.parties([shown.id])[shown.id],
        texts=queries.texts(shown.id),
        history=queries.history(shown.id),
        to_come=queries.to_come(shown.id, on),
        doing=doing,
        kinds=kinds_of_activities(),
        activities=queries.activities(shown.id),
        tasks=queries.tasks(shown.id),
        delegations=delegation_queries.of_agreement(shown.id),
        events=project_queries.events_of_agreement(shown.id),
        projects=project_queries.of_agreement(shown.id),
        above=above if above is not None and above.id in reads else None,
        before=before if before is not None and before.id in reads else None,
        after=[row for row in queries.followers(shown.id) if row.id in reads],
        today=on,
        steps=sorted(rules.STEPS.get(head.state, ())),
        S=rules.S,
        in_force=rules.IN_FORCE,
        before_signing=rules.BEFORE_SIGNING,
    )


@bp.get("/parks/<park>/agreements/<agreement>/texts/<int:text_id>")
def text(park: str, agreement: str, text_id: int) -> ResponseReturnValue:
    """Give a scanned text."""
    here(park)
    shown = of_agreement(park, agreement)
    row = queries.text(shown.id, text_id, with_content=True)
    if row.content is None:
        raise Missing
    return send_file(BytesIO(row.content), mimetype=row.media_type, as_attachment=True, download_name=row.filename, max_age=0)


# Deeds


@bp.route("/parks/<park>/agreements/new", methods=["GET", "POST"])
def propose(park: str) -> ResponseReturnValue:
    """Propose an agreement."""
    found = here(park)
    form = ProposeForm(data={"on": today(found), "key": ProposeForm.new_key()})
    form.under.choices = agreement_choices(found)

    def deed() -> str:
        row = here(park)
        listed = codes(form.parties.data)
        parties = [organisation_of(code, "parties") for code in listed]
        own(row, listed, "parties")
        under = chosen_agreement(row, form.under.data)
        made = actions.propose(row, form.asked(), parties, under=under, key=form.key.data or None, actor=me(), now=clock.now())
        flash(_("%(number)s is proposed.", number=made.number))
        return _to(park, made.number)

    return sent(form, deed) or page("cooperation/propose.html", park=found, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/change", methods=["GET", "POST"])
def change_agreement(park: str, agreement: str) -> ResponseReturnValue:
    """Change what an agreement is called and what it is about."""
    found = here(park)
    shown = of_agreement(park, agreement)
    above = queries.by_id(shown.under_id)
    names = {"name_en": shown.name_en, "name_ru": shown.name_ru, "name_zh": shown.name_zh}
    form = AgreementForm(data=names | {"subject": shown.subject, "under": above.number if above else "", "version": shown.version})
    form.under.choices = agreement_choices(found, above)

    def deed() -> str:
        row = of_agreement(park, agreement)
        same = queries.by_id(row.under_id)
        keeps = same is not None and same.number == form.under.data
        under = same if keeps else chosen_agreement(here(park), form.under.data)
        actions.change_agreement(
            row, form.names(), form.subject.data or "", under=under, version=form.at_version, actor=me(), now=clock.now()
        )
        flash(_("Saved."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/change_agreement.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/advance", methods=["GET", "POST"])
def advance(park: str, agreement: str) -> ResponseReturnValue:
    """Move an agreement a step."""
    found = here(park)
    shown = of_agreement(park, agreement)
    form = AdvanceForm(data={"on": today(found)})
    state = queries.head(shown.id, max(today(found), shown.proposed_on)).state
    steps = sorted(rules.STEPS.get(state, ())) or [AgreementState.DRAFTING]
    form.to.choices = [SelectChoice(step.value, word("agreement_state", step.value)) for step in steps]

    def deed() -> str:
        row = of_agreement(park, agreement)
        actions.advance(row, AgreementState(form.to.data), on=given(form.on.data), actor=me(), now=clock.now())
        flash(_("%(number)s is now: %(state)s.", number=row.number, state=word("agreement_state", form.to.data)))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/advance.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/parties", methods=["GET", "POST"])
def set_party(park: str, agreement: str) -> ResponseReturnValue:
    """Add a party, or say who coordinates there."""
    found = here(park)
    shown = of_agreement(park, agreement)
    code = request.args.get("organisation", "")
    row = next((one for one in queries.parties([shown.id])[shown.id] if one.organisation.code == code), None)
    begins = {"organisation": code} | ({"coordinator": row.coordinator, "email": row.coordinator_email} if row else {})
    form = PartyForm(data=begins)

    def deed() -> str:
        kept = of_agreement(park, agreement)
        organisation = organisation_of(form.organisation.data, "organisation")
        actions.set_party(
            kept, organisation, coordinator=form.coordinator.data or "", email=form.email.data or "", actor=me(), now=clock.now()
        )
        flash(_("Saved."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/set_party.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/parties/<organisation>/remove", methods=["GET", "POST"])
def remove_party(park: str, agreement: str, organisation: str) -> ResponseReturnValue:
    """Remove a party before the agreement is signed."""
    found = here(park)
    shown = of_agreement(park, agreement)
    party = next((one.organisation for one in queries.parties([shown.id])[shown.id] if one.organisation.code == organisation), None)
    if party is None:
        raise Missing
    form = RemovePartyForm()

    def deed() -> str:
        actions.remove_party(of_agreement(park, agreement), party, actor=me(), now=clock.now())
        flash(_("Saved."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/remove_party.html", park=found, shown=shown, form=form, party=party)


@bp.route("/parks/<park>/agreements/<agreement>/sign", methods=["GET", "POST"])
def sign(park: str, agreement: str) -> ResponseReturnValue:
    """Note a party's signature."""
    found = here(park)
    shown = of_agreement(park, agreement)
    form = SignForm(data={"on": today(found), "organisation": request.args.get("organisation", "")})
    form.organisation.choices = [
        SelectChoice(one.organisation.code, formats.names(one.organisation.names))
        for one in queries.parties([shown.id])[shown.id]
        if one.signed_on is None
    ]

    def deed() -> str:
        row = of_agreement(park, agreement)
        organisation = organisation_of(form.organisation.data, "organisation")
        actions.sign(row, organisation, on=given(form.on.data), signatory=form.signatory.data or "", actor=me(), now=clock.now())
        flash(_("%(party)s has signed.", party=formats.names(organisation.names)))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/sign.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/start", methods=["GET", "POST"])
def start(park: str, agreement: str) -> ResponseReturnValue:
    """Bring a signed agreement into force."""
    found = here(park)
    shown = of_agreement(park, agreement)
    form = StartForm(data={"starts_on": today(found), "notice_days": 90})

    def deed() -> str:
        actions.start(of_agreement(park, agreement), form.term(), actor=me(), now=clock.now())
        flash(_("%(number)s is in force.", number=agreement))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/start.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/renew", methods=["GET", "POST"])
def renew(park: str, agreement: str) -> ResponseReturnValue:
    """Renew an agreement by another that follows it."""
    found = here(park)
    shown = of_agreement(park, agreement)
    term = queries.head(shown.id, max(today(found), shown.proposed_on)).term
    form = RenewForm(data={"signed_on": today(found), "places": start_of(term).get("places")})

    def deed() -> str:
        made = actions.renew(
            of_agreement(park, agreement),
            signed_on=given(form.signed_on.data),
            ends_on=form.ends_on.data,
            places_a_year=form.places.data,
            actor=me(),
            now=clock.now(),
        )
        flash(_("%(number)s follows.", number=made.number))
        return _to(park, made.number)

    return sent(form, deed) or page("cooperation/renew.html", park=found, shown=shown, form=form, term=term)


@bp.route("/parks/<park>/agreements/<agreement>/terminate", methods=["GET", "POST"])
def terminate(park: str, agreement: str) -> ResponseReturnValue:
    """Give notice of an agreement."""
    found = here(park)
    shown = of_agreement(park, agreement)
    form = TerminateForm(data={"given_on": today(found)})

    def deed() -> str:
        actions.terminate(
            of_agreement(park, agreement),
            given_on=given(form.given_on.data),
            ends_on=given(form.ends_on.data),
            reason=form.reason.data or "",
            waiver=form.waiver.data or "",
            actor=me(),
            now=clock.now(),
        )
        flash(_("Notice of %(number)s is given.", number=agreement))
        return _to(park, agreement)

    waives = Role.ADMINISTRATOR in me().roles(found.id)
    return sent(form, deed) or page("cooperation/terminate.html", park=found, shown=shown, form=form, waives=waives)


@bp.route("/parks/<park>/agreements/<agreement>/drop", methods=["GET", "POST"])
def drop(park: str, agreement: str) -> ResponseReturnValue:
    """Give up an agreement before it is signed."""
    found = here(park)
    shown = of_agreement(park, agreement)
    form = ReasonForm()

    def deed() -> str:
        actions.drop(of_agreement(park, agreement), reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("%(number)s is given up.", number=agreement))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/drop.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/texts/new", methods=["GET", "POST"])
def add_text(park: str, agreement: str) -> ResponseReturnValue:
    """Add a text."""
    found = here(park)
    shown = of_agreement(park, agreement)
    form = TextForm()

    def deed() -> str:
        row = of_agreement(park, agreement)
        file = form.file.data if form.file.data and form.file.data.filename else None
        filename = (file.filename if file else "").replace("\\", "/").rpartition("/")[2]
        filename = "".join(letter for letter in filename if letter.isprintable())
        actions.add_text(
            row,
            form.language.data,
            authentic=bool(form.authentic.data),
            filename=filename[:200],
            content=file.read() if file else None,
            actor=me(),
            now=clock.now(),
        )
        flash(_("The text is kept."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/add_text.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/texts/<int:text_id>/remove", methods=["GET", "POST"])
def remove_text(park: str, agreement: str, text_id: int) -> ResponseReturnValue:
    """Show a text no more."""
    found = here(park)
    shown = of_agreement(park, agreement)
    row = queries.text(shown.id, text_id)
    form = RemovePartyForm()

    def deed() -> str:
        kept = of_agreement(park, agreement)
        actions.remove_text(kept, queries.text(kept.id, text_id), actor=me(), now=clock.now())
        flash(_("The text is removed."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/remove_text.html", park=found, shown=shown, form=form, text=row)


@bp.route("/parks/<park>/agreements/<agreement>/plan", methods=["GET", "POST"])
def set_plan(park: str, agreement: str) -> ResponseReturnValue:
    """Say what is planned for a year."""
    found = here(park)
    shown = of_agreement(park, agreement)
    year = request.args.get("year", today(found).year, type=int)
    form = PlanForm(data={"year": year} | queries.plans([shown.id], year).get(shown.id, {}))

    def deed() -> str:
        actions.set_plan(of_agreement(park, agreement), given(form.year.data), form.planned(), actor=me(), now=clock.now())
        flash(_("Saved."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/set_plan.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/activities/new", methods=["GET", "POST"])
def add_activity(park: str, agreement: str) -> ResponseReturnValue:
    """Note something that was done."""
    found = here(park)
    shown = of_agreement(park, agreement)
    form = ActivityForm(data={"on": today(found)})

    def deed() -> str:
        actions.add_activity(
            of_agreement(park, agreement),
            ActivityKind(form.what.data),
            form.title.data or "",
            on=given(form.on.data),
            people=form.people.data or 0,
            actor=me(),
            now=clock.now(),
        )
        flash(_("Noted."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/add_activity.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/activities/<int:activity_id>/withdraw", methods=["GET", "POST"])
def withdraw_activity(park: str, agreement: str, activity_id: int) -> ResponseReturnValue:
    """Withdraw something that was noted by mistake."""
    found = here(park)
    shown = of_agreement(park, agreement)
    row = queries.activity(shown.id, activity_id)
    form = RemovePartyForm()

    def deed() -> str:
        kept = of_agreement(park, agreement)
        actions.withdraw_activity(kept, queries.activity(kept.id, activity_id), actor=me(), now=clock.now())
        flash(_("Withdrawn; what was recorded stays readable as known before."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/withdraw_activity.html", park=found, shown=shown, form=form, activity=row)


@bp.route("/parks/<park>/agreements/<agreement>/tasks/new", methods=["GET", "POST"])
def add_task(park: str, agreement: str) -> ResponseReturnValue:
    """Say what is to be done."""
    found = here(park)
    shown = of_agreement(park, agreement)
    form = TaskForm(data={"due_on": today(found) + timedelta(days=30)})

    def deed() -> str:
        row = of_agreement(park, agreement)
        by = organisation_of(form.by.data, "by") if form.by.data else None
        actions.add_task(row, form.what.data or "", due_on=given(form.due_on.data), by=by, actor=me(), now=clock.now())
        flash(_("Noted."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/add_task.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/agreements/<agreement>/tasks/<int:task_id>/done", methods=["GET", "POST"])
def do_task(park: str, agreement: str, task_id: int) -> ResponseReturnValue:
    """Say that something is done."""
    found = here(park)
    shown = of_agreement(park, agreement)
    task = queries.task(shown.id, task_id)
    form = DoTaskForm()

    def deed() -> str:
        row = of_agreement(park, agreement)
        actions.do_task(row, queries.task(row.id, task_id), outcome=form.outcome.data or "", actor=me(), now=clock.now())
        flash(_("Done."))
        return _to(park, agreement)

    return sent(form, deed) or page("cooperation/do_task.html", park=found, shown=shown, form=form, task=task)
