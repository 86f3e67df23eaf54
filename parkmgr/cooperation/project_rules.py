"""What the park's rules say to deeds of projects and events: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from parkmgr.cooperation.rules import EventKind, EventState, ProjectKind, ProjectState
from parkmgr.errors import N_, Objection
from parkmgr.values import Names

P = ProjectState
STEPS: Mapping[ProjectState, frozenset[ProjectState]] = {
    P.PLANNED: frozenset({P.PLANNED, P.RUNNING, P.STOPPED}),
    P.RUNNING: frozenset({P.RUNNING, P.FINISHED, P.STOPPED}),
    P.FINISHED: frozenset({P.FINISHED}),
    P.STOPPED: frozenset({P.STOPPED, P.RUNNING}),
}

ENDS_FIRST = Objection("cooperation.ends_first", N_("It ends before it begins."), "ends_on")
BEFORE_AGREEMENT = Objection(
    "cooperation.before_agreement",
    N_("The agreement %(number)s is in force from %(starts_on)s on; nothing under it begins earlier."),
    "starts_on",
)
AGREEMENT_NEVER = Objection("cooperation.agreement_never", N_("The agreement %(number)s is not in force yet."), "agreement")
NO_PROGRAMME = Objection("cooperation.no_programme", N_("%(number)s is no programme."), "programme")
OF_ITSELF = Objection("cooperation.of_itself", N_("A programme is not under another programme."), "programme")
STEP = Objection("cooperation.step", N_("%(number)s cannot come to this step now."), "state")
NO_OUTCOME = Objection("cooperation.no_result", N_("Say what came of it."), "outcome")
ONE_USE = Objection("cooperation.one_use", N_("Give one of them: a space, a person, a fund, or an organisation."), "space")
USED_ALREADY = Objection("cooperation.used_already", N_("This takes part in the project already."), "space")
USE_BEFORE = Objection("cooperation.use_before", N_("The project begins on %(starts_on)s."), "starts_on")
USE_ENDED = Objection("cooperation.use_ended", N_("This takes part no longer."))
USE_BACKWARDS = Objection("cooperation.use_backwards", N_("It began to take part on %(starts_on)s."), "ends_on")
NOBODY = Objection("cooperation.no_people", N_("Say how many people come."), "people")
NO_ROOMS = Objection("cooperation.no_rooms", N_("Choose at least one room."), "rooms")
UNTIL_FIRST = Objection("cooperation.event_until", N_("It must end after it starts."), "ends_at")
ROOM = Objection("cooperation.room", N_("%(space)s: %(objection)s"), "rooms")
IS_OVER = Objection("cooperation.event_over", N_("%(number)s is %(state)s; this cannot be done with it now."))
NOT_HELD_YET = Objection("cooperation.not_held_yet", N_("%(number)s begins on %(starts_at)s; who came is noted afterwards."), "came")
NEEDS_REASON = Objection("cooperation.needs_reason", N_("Say why; the other side reads it."), "reason")
EVENT_STATES: Mapping[EventState, Objection] = {
    EventState.PLANNED: Objection("cooperation.event_state", N_("planned")),
    EventState.HELD: Objection("cooperation.event_state", N_("held")),
    EventState.CANCELLED: Objection("cooperation.event_state", N_("cancelled")),
}


@dataclass(frozen=True, slots=True)
class ProjectAsked:
    """A project or programme as it is asked for."""

    kind: ProjectKind
    names: Names
    field: str
    starts_on: date
    ends_on: date | None = None
    state: ProjectState = ProjectState.PLANNED
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Under:
    """What a project is under. in_force_from: of the agreement; None when it never was in force. programme_kind: of the other project."""

    agreement: str = ""
    in_force_from: date | None = None
    programme: str = ""
    programme_kind: ProjectKind | None = None


def project_against(asked: ProjectAsked, under: Under) -> list[Objection]:
    """Return what is against a project as it is asked for."""
    against = [ENDS_FIRST] if asked.ends_on is not None and asked.ends_on < asked.starts_on else []
    if under.agreement and under.in_force_from is None:
        against.append(AGREEMENT_NEVER.about(number=under.agreement))
    elif under.agreement and under.in_force_from is not None and asked.starts_on < under.in_force_from:
        against.append(BEFORE_AGREEMENT.about(number=under.agreement, starts_on=under.in_force_from))
    if under.programme and asked.kind is ProjectKind.PROGRAMME:
        against.append(OF_ITSELF)
    elif under.programme and under.programme_kind is not ProjectKind.PROGRAMME:
        against.append(NO_PROGRAMME.about(number=under.programme))
    if asked.state in (P.FINISHED, P.STOPPED) and not asked.outcome:
        against.append(NO_OUTCOME)
    return against


@dataclass(frozen=True, slots=True)
class EventAsked:
    """An event as it is asked for."""

    kind: EventKind
    names: Names
    starts_at: datetime
    ends_at: datetime
    people: int
    programme: str = ""


def event_against(asked: EventAsked, rooms: int) -> list[Objection]:
    """Return what is against an event as it is asked for, before its rooms are looked at."""
    against = [UNTIL_FIRST] if asked.ends_at <= asked.starts_at else []
    if asked.people < 1:
        against.append(NOBODY)
    return against if rooms else [*against, NO_ROOMS]
