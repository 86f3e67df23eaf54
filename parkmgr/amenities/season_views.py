"""The pages of seasons: clubs ask for weekly hours, all of them are given out together, and everybody can read and repeat how."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.amenities import queries, rules, season_actions
from parkmgr.amenities.forms import AllocateForm, SeasonForm, SmallForm, WishForm, codes_of
from parkmgr.amenities.models import Season, Wish
from parkmgr.amenities.rules import WHY
from parkmgr.amenities.views import bp, named_spaces
from parkmgr.errors import Missing
from parkmgr.places.models import Park
from parkmgr.places.views import given, here, sent, today
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.page import page
from parkmgr.web.sheets import attachment
from parkmgr.web.words import word


@bp.get("/parks/<park>/seasons")
def seasons(park: str) -> ResponseReturnValue:
    """List the seasons for which clubs ask, or asked."""
    found = here(park)
    return page("amenities/seasons.html", park=found, seasons=queries.seasons(found.id), today=today(found))


@bp.route("/parks/<park>/seasons/new", methods=["GET", "POST"])
def open_season(park: str) -> ResponseReturnValue:
    """Open a season: say which courts are given out, and until when clubs ask."""
    found = here(park)
    form = SeasonForm()

    def deed() -> str:
        row = here(park)
        courts = named_spaces(row, codes_of(form.courts.data), "courts")
        made = season_actions.open_season(
            row,
            given(form.code.data),
            form.names(),
            courts,
            starts_on=given(form.starts_on.data),
            ends_on=given(form.ends_on.data),
            ask_until=given(form.ask_until.data),
            actor=me(),
            now=clock.now(),
        )
        flash(_("Clubs can ask for hours of %(code)s.", code=made.code))
        return url_for("amenities.season", park=park, season=made.code)

    return sent(form, deed) or page("amenities/open_season.html", form=form, park=found)


@dataclass(frozen=True, slots=True)
class Told:
    """One step of an allocation in words. court: empty where the wish was refused."""

    organisation: str
    rank: int
    when: str
    court: str
    share: str
    ties: int
    reasons: tuple[str, ...]
    near: str


def hour_words(weekday: int, first: int, minutes: int) -> str:
    """Return a weekly hour in words."""
    return f"{word('weekday', str(weekday))}, {rules.clock_time(first)}–{rules.clock_time(first + minutes)}"


def told(document: Mapping[str, Any]) -> list[Told]:
    """Return an allocation's steps in the reader's language."""
    wishes = {(wish["organisation"], wish["rank"]): wish for wish in document["wishes"]}
    steps = []
    for step in document["steps"]:
        wish = wishes[step["organisation"], step["rank"]]
        near = step["near"]
        steps.append(
            Told(
                step["organisation"],
                step["rank"],
                hour_words(wish["weekday"], wish["first"], wish["minutes"]),
                step["court"],
                _("%(given)s of %(asked)s minutes", given=step["given"], asked=step["asked"]),
                step["ties"],
                tuple(_reason(reason) for reason in step["reasons"]),
                f"{near[0]}, {hour_words(wish['weekday'], near[1], wish['minutes'])}" if near else "",
            )
        )
    return steps


def _reason(reason: Mapping[str, str]) -> str:
    on = formats.day(date.fromisoformat(reason["on"])) if reason["on"] else ""
    return formats.sentence(WHY[reason["why"]].about(court=reason["court"], on=on, to=reason["to"]))


@dataclass(frozen=True, slots=True)
class Club:
    """What a club asked for and got, in minutes a week."""

    code: str
    asked: int
    given: int
    wishes: int
    granted: int


def clubs(document: Mapping[str, Any]) -> list[Club]:
    """Return what each club asked for and got."""
    found: dict[str, Club] = {}
    got = {(step["organisation"], step["rank"]) for step in document["steps"] if step["court"]}
    for wish in document["wishes"]:
        code, minutes = wish["organisation"], wish["minutes"]
        before = found.get(code, Club(code, 0, 0, 0, 0))
        has = (code, wish["rank"]) in got
        found[code] = Club(code, before.asked + minutes, before.given + minutes * has, before.wishes + 1, before.granted + has)
    return sorted(found.values(), key=lambda club: club.code)


@dataclass(frozen=True, slots=True)
class Timetable:
    """Who has a court on which day of the week: for each court seven lists of (hours, club)."""

    court: str
    days: tuple[tuple[tuple[str, str], ...], ...]


def timetable(document: Mapping[str, Any]) -> list[Timetable]:
    """Return the week that came out, court by court."""
    wishes = {(wish["organisation"], wish["rank"]): wish for wish in document["wishes"]}
    given_: dict[str, list[list[tuple[int, str, str]]]] = {court["code"]: [[] for _day in range(7)] for court in document["courts"]}
    for step in document["steps"]:
        if step["court"]:
            wish = wishes[step["organisation"], step["rank"]]
            hours = f"{rules.clock_time(wish['first'])}–{rules.clock_time(wish['first'] + wish['minutes'])}"
            given_[step["court"]][wish["weekday"] - 1].append((wish["first"], hours, step["organisation"]))
    return [
        Timetable(code, tuple(tuple((hours, club) for _first, hours, club in sorted(day)) for day in days)) for code, days in given_.items()
    ]


def _published(season: Season) -> dict[str, Any]:
    """Return all that somebody needs to run the allocation again. What an hour is for, and who asked, is not in it."""
    return {
        "season": season.code,
        "from": season.starts_on.isoformat(),
        "until": season.ends_on.isoformat(),
        "seed": season.seed,
        "seed_sha256": season.seed_sha256,
        **season.steps[0],
    }


@bp.get("/parks/<park>/seasons/<season>")
def season(park: str, season: str) -> ResponseReturnValue:
    """Show a season: who asked for what, and once the hours are given out who got which, step by step."""
    found = here(park)
    row = queries.season(found.id, season)
    if "format" in request.args:
        return _download(row)
    return _season_page(found, row, None)


def _download(season: Season) -> Response:
    if request.args["format"] != "json" or not season.steps:
        abort(404)
    content = json.dumps(_published(season), ensure_ascii=False, indent=1, sort_keys=True).encode()
    return attachment(content, f"{season.code}-allocation.json", "application/json")


def _may_ask(park: Park, season: Season) -> bool:
    return season.state == "open" and today(park) <= season.ask_until and me().may("amenities.wish", park.id)


def _season_page(park: Park, season: Season, form: WishForm | None) -> ResponseReturnValue:
    actor = me()
    wishes = queries.wishes(season, actor)
    courts = queries.season_spaces(season.id)
    if form is None and _may_ask(park, season):
        form = _wish_form(park, season, WishForm(formdata=None, data={"minutes": 90, "people": 10, "weekday": "1"}))
    document = season.steps[0] if season.steps else None
    own = actor.organisations(park.id)
    return page(
        "amenities/season.html",
        park=park,
        season=season,
        courts=courts,
        wishes=wishes,
        hour_words=hour_words,
        form=form,
        own=own,
        purposes=lambda one: not document or one.organisation_id in own or actor.may("amenities.allocate", park.id),
        withdrawable=_may_ask(park, season),
        ready=season.state == "open" and today(park) > season.ask_until,
        document=document,
        steps=told(document) if document else [],
        clubs=clubs(document) if document else [],
        timetable=timetable(document) if document else [],
        same=rules.run_again(document, season.seed) if document else None,
        closed=[date.fromisoformat(day) for day in document["closed_days"]] if document else [],
    )


def _wish_form(park: Park, season: Season, form: WishForm) -> WishForm:
    listed = queries.clubs(park.id, me())
    form.organisation.choices = [SelectChoice(one.code, f"{one.code} · {formats.names(one.names)}") for one in listed]
    form.court.choices = [
        SelectChoice("", _("any with room for us")),
        *(SelectChoice(court.code, court.code) for court in queries.season_spaces(season.id)),
    ]
    return form


@bp.post("/parks/<park>/seasons/<season>/wish")
def wish(park: str, season: str) -> ResponseReturnValue:
    """Ask for an hour of every week of a season."""
    found = here(park)
    form = _wish_form(found, queries.season(found.id, season), WishForm())

    def deed() -> str:
        row = here(park)
        of = next((one for one in queries.clubs(row.id, me()) if one.code == form.organisation.data), None)
        if of is None:
            raise Missing
        made = season_actions.wish(
            queries.season(row.id, season),
            row,
            of,
            weekday=int(form.weekday.data),
            at=given(form.at.data),
            minutes=given(form.minutes.data),
            court=form.court.data or "",
            people=given(form.people.data),
            purpose=form.purpose.data or "",
            rank=form.rank.data,
            actor=me(),
            now=clock.now(),
        )
        flash(_("Asked for, as wish %(rank)s of %(club)s.", rank=made.rank, club=of.code))
        return url_for("amenities.season", park=park, season=season)

    done = sent(form, deed)
    if done is not None:
        return done
    found = here(park)
    return _season_page(found, queries.season(found.id, season), form)


@bp.post("/parks/<park>/seasons/<season>/wishes/<int:wish_id>/withdraw")
def withdraw_wish(park: str, season: str, wish_id: int) -> ResponseReturnValue:
    """Withdraw a wish."""

    def one(row: Park) -> Wish:
        return queries.wish(queries.season(row.id, season), wish_id, me())

    one(here(park))

    def deed() -> str:
        row = here(park)
        season_actions.withdraw_wish(one(row), row, actor=me(), now=clock.now())
        flash(_("The wish is withdrawn."))
        return url_for("amenities.season", park=park, season=season)

    return _by_button(park, season, deed)


def _by_button(park: str, season: str, deed: Any) -> ResponseReturnValue:
    """Do a deed that has a button; what is against it stands above the season's page."""
    form = SmallForm()
    done = sent(form, deed)
    if done is not None:
        return done
    for _field, text in form.said:
        flash(text, "error")
    found = here(park)
    return _season_page(found, queries.season(found.id, season), None)


@bp.post("/parks/<park>/seasons/<season>/cancel")
def cancel_season(park: str, season: str) -> ResponseReturnValue:
    """Cancel a season before its hours are given out."""
    queries.season(here(park).id, season)

    def deed() -> str:
        season_actions.cancel_season(queries.season(here(park).id, season), actor=me(), now=clock.now())
        flash(_("The season is cancelled."))
        return url_for("amenities.season", park=park, season=season)

    return _by_button(park, season, deed)


@bp.route("/parks/<park>/seasons/<season>/allocate", methods=["GET", "POST"])
def allocate(park: str, season: str) -> ResponseReturnValue:
    """Look at who would get which hours, and why; then give them out, all of them or none."""
    found = here(park)
    queries.season(found.id, season)
    form = AllocateForm()

    def deed() -> str:
        row = here(park)
        season_actions.allocate(
            queries.season(row.id, season), row, seen=form.seen.data or "", version=form.at_version, actor=me(), now=clock.now()
        )
        flash(_("The hours are given out, and every club can read how."))
        return url_for("amenities.season", park=park, season=season)

    done = sent(form, deed)
    if done is not None:
        return done
    found = here(park)
    row = queries.season(found.id, season)
    outcome = season_actions.preview(row, found)
    form.seen.data, form.version.data = outcome.seen, str(row.version)
    against = _not_now(found, row)
    return page(
        "amenities/allocate.html",
        park=found,
        season=row,
        form=form,
        against=against,
        steps=told(outcome.document),
        clubs=clubs(outcome.document),
        timetable=timetable(outcome.document),
        closed=sorted(outcome.board.closed),
    )


def _not_now(park: Park, season: Season) -> Sequence[str]:
    """Return why the hours cannot be given out now."""
    if season.state != "open":
        return [formats.sentence(rules.SEASON_CLOSED.about(season=season.names))]
    if today(park) <= season.ask_until:
        return [formats.sentence(rules.STILL_ASKED.about(until=season.ask_until))]
    return []
