"""The deeds by which homes are asked for, drawn by lot, offered, accepted and declined. None commits.

An offer is a residency that holds its home until the offer ends. A deed about an offer leaves two entries: one about the residency,
one about the application.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

from parkmgr.accounts.models import User
from parkmgr.audit.actions import record
from parkmgr.db import db, take_number
from parkmgr.errors import Missing, Objection, refuse
from parkmgr.housing import actions
from parkmgr.housing import allocating_queries as queries
from parkmgr.housing import allocating_rules as rules
from parkmgr.housing.allocating_rules import Applicant, Giving, Wish
from parkmgr.housing.models import Application, Lottery, Paper, Residency
from parkmgr.housing.rules import Agreed, Asking, Place, State, agreed_against, settling_against
from parkmgr.notices import actions as notices
from parkmgr.occupancy import actions as ledger
from parkmgr.occupancy import queries as ledger_queries
from parkmgr.people.models import Person
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor
from parkmgr.values import Span, Term, day_of, last_day

# Applications


def apply(park: Park, person: Person, wish: Wish, *, key: str | None = None, actor: Actor, now: datetime) -> Application:
    """A home is asked for; the housing desk examines it. Sent again with the same key it changes nothing.

    person: with the organisation that stands for them.
    Raises:
        Refused: with every objection: who asks, in which class, what, from when, for which points.
    """
    made = queries.application_of_key(key) if key else None
    if made is not None:
        return made
    giving = queries.giving(park.id)
    today = day_of(now, park.zone)
    applicant = Applicant(
        person.number,
        queries.employer(park, person.organisation, now),
        queries.open_application(person.id),
        person.erased_at is not None,
    )
    refuse(rules.wish_against(giving, applicant, wish, today))
    application = Application(
        park_id=park.id,
        number=take_number("H", today.year),
        person_id=person.id,
        organisation_id=person.organisation_id,
        class_code=wish.class_code,
        kind=wish.kind,
        people=wish.people,
        least_dm2=wish.least.dm2 if wish.least else None,
        from_on=wish.from_on,
        until_on=wish.until_on,
        claims=_kept(wish.claims),
        points=rules.points(giving, wish.claims),
        state=Asking.SUBMITTED.value,
        submitted_at=now,
        key=key,
    )
    application.person, application.organisation = person, person.organisation
    db.session.add(application)
    db.session.flush()
    record("housing.apply", application, actor=actor, now=now)
    _tell_desk(application, "housing_asked", park, actor=actor, now=now)
    return application


def _kept(claims: Mapping[str, int]) -> dict[str, int]:
    return {code: count for code, count in claims.items() if count}


def add_paper(application: Application, title: str, filename: str, content: bytes, *, actor: Actor, now: datetime) -> Paper:
    """The document is with the application.

    Raises:
        Refused: when it is empty, too large, or neither PDF, JPEG nor PNG by its content; when the application is closed.
    """
    there = len(queries.papers(application.id))
    closed = [] if application.state in rules.OPEN else [rules.NOT_OPEN_ANY_MORE.about(number=application.number)]
    refuse([*closed, *rules.paper_against(title, content, there)])
    paper = Paper(
        application_id=application.id,
        application_number=application.number,
        title=title.strip(),
        filename=filename[-200:],
        media_type=rules.media_type(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        added_at=now,
    )
    db.session.add(paper)
    db.session.flush()
    record("housing.add_paper", application, actor=actor, now=now, reason=title.strip())
    return paper


def note_paper(application: Application, paper: Paper, *, actor: Actor, now: datetime) -> None:
    """Somebody read a document."""
    record("housing.paper", application, actor=actor, now=now, reason=paper.title)


def admit(
    application: Application,
    *,
    claims: Mapping[str, int] | None = None,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """The application waits in its class from now on. claims: as the desk confirms them; as they were claimed when left out.

    Raises:
        Refused: it was examined already, or a claim cannot be.
    """
    application.expect(version)
    giving = queries.giving(application.park_id)
    confirmed = dict(application.claims) if claims is None else _kept(claims)
    refuse([*rules.move_against("admit", application.state, application.number), *rules.claims_against(giving, confirmed)])
    record("housing.admit", application, actor=actor, now=now)
    application.claims, application.points = confirmed, rules.points(giving, confirmed)
    application.state, application.waiting_at = Asking.WAITING.value, now
    db.session.flush()
    _tell_applicant(application, "housing_admitted", _park(application), actor=actor, now=now)


def refuse_application(application: Application, reason: str, *, actor: Actor, now: datetime, version: int | None = None) -> None:
    """The application is refused, and who asked reads why.

    Raises:
        Refused: without a reason; when it is closed already, or a home is offered.
    """
    application.expect(version)
    unsaid = [] if reason.strip() else [rules.REASON_NEEDED]
    refuse([*unsaid, *rules.move_against("refuse", application.state, application.number)])
    record("housing.refuse", application, actor=actor, now=now, reason=reason)
    _close(application, Asking.REFUSED, reason, now)
    _tell_applicant(application, "housing_refused", _park(application), actor=actor, now=now)


def withdraw(application: Application, *, reason: str = "", actor: Actor, now: datetime, version: int | None = None) -> None:
    """Nobody asks any more.

    Raises:
        Refused: when it is closed already, or a home is offered.
    """
    application.expect(version)
    refuse(rules.move_against("withdraw", application.state, application.number))
    record("housing.withdraw", application, actor=actor, now=now, reason=reason)
    _close(application, Asking.WITHDRAWN, reason, now)


def _close(application: Application, state: Asking, reason: str, now: datetime) -> None:
    application.state, application.reason, application.closed_at = state.value, reason, now
    db.session.flush()


def _park(application: Application) -> Park:
    return db.session.get_one(Park, application.park_id)


# Lotteries


def publish_lottery(park: Park, class_code: str, closes_at: datetime, *, seed: str = "", actor: Actor, now: datetime) -> Lottery:
    """A lottery of the class is announced: the SHA-256 of its seed is published, the seed is kept secret until it is drawn.

    seed: for parks that are made up; a random one when left out.
    Raises:
        Refused: when the class is not ordered by lottery, one of its lotteries is not drawn yet, or it closes in the past.
    """
    found = queries.giving(park.id).class_of(class_code)
    against: list[Objection] = []
    if found is None or found.order != "lottery":
        against.append(rules.CLASS_NOT_DRAWN.about(code=class_code))
    running = queries.undrawn(park.id, class_code)
    if running:
        against.append(rules.LOTTERY_RUNS.about(number=running))
    if closes_at <= now:
        against.append(rules.CLOSES_PAST)
    refuse(against)
    seed = seed or secrets.token_hex(32)
    lottery = Lottery(
        park_id=park.id,
        number=take_number("LOT", day_of(now, park.zone).year),
        class_code=class_code,
        seed=seed,
        seed_sha256=rules.sha256(seed),
        published_at=now,
        closes_at=closes_at,
        order=[],
    )
    db.session.add(lottery)
    db.session.flush()
    record("housing.publish_lottery", lottery, actor=actor, now=now)
    return lottery


def draw(lottery: Lottery, *, seed: str = "", actor: Actor, now: datetime, version: int | None = None) -> None:
    """The lottery is drawn, once: its order stands, its seed is published, and each application that took part has its lot.

    seed: what somebody holds to be the seed; the one that was kept when left out.
    Raises:
        Refused: before it closes, when it was drawn, or with another seed than the one whose hash was published.
    """
    against = rules.seed_against(seed or lottery.seed, lottery.seed_sha256)
    if lottery.drawn_at is not None:
        against.insert(0, rules.DRAWN.about(number=lottery.number, drawn_at=lottery.drawn_at))
    elif now < lottery.closes_at:
        against.append(rules.DRAW_EARLY.about(closes_at=lottery.closes_at))
    refuse(against)
    lottery.expect(version)
    taking_part = {row.number: row for row in queries.taking_part(lottery)}
    order = rules.drawn(lottery.seed, taking_part.keys())
    record("housing.draw", lottery, actor=actor, now=now)
    lottery.drawn_at = now
    lottery.order = [{"application": number, "lot": lot} for number, lot in order]
    for number, lot in order:
        row = taking_part[number]
        record("housing.draw", row, actor=actor, now=now, reason=lottery.number)
        row.drawn_at, row.lot = now, lot
    db.session.flush()


def published(lottery: Lottery, park: Park) -> dict[str, object]:
    """Return what is published of a lottery: before it is drawn its hash, after that all that anybody needs to draw it again."""
    whole: dict[str, object] = {
        "lottery": lottery.number,
        "park": park.code,
        "class": lottery.class_code,
        "rule": "by SHA-256(seed, then application number, both as ASCII), as hexadecimal digits; the smallest first",
        "seed_sha256": lottery.seed_sha256,
        "published_at": lottery.published_at.isoformat(),
        "closes_at": lottery.closes_at.isoformat(),
        "drawn_at": lottery.drawn_at.isoformat() if lottery.drawn_at else None,
        "seed": lottery.seed if lottery.drawn_at else None,
        "applications": sorted(line["application"] for line in lottery.order),
        "order": lottery.order,
    }
    return whole


# Offers


def home_against(
    park: Park, space: Space, term: Term, actor: Actor, now: datetime, giving: Giving, *, to: Application | None = None
) -> list[Objection]:
    """Return every reason why the home cannot be offered for the term: what it is, who has it now or then, works, nobody called it ready.

    to: then also what is against its person having it.
    """
    if space.divided:
        return [rules.BY_THE_BED.about(home=space.code)]
    unseen = queries.unseen_since(space.id)
    against = [rules.NOT_READY.about(home=space.code, on=unseen)] if unseen else []
    span = term.span(park.zone)
    asked = Span(min(now, span.starts_at), span.ends_at)
    held = ledger_queries.overlapping([space.id], asked)
    offers = queries.offers_until({one.held.document for one in held})
    against += [rules.OFFERED_NOW.about(home=space.code, document=number, until=until) for number, until in sorted(offers.items())]
    place = Place(
        space.code,
        queries.kind_then(space.id, term.starts_on),
        queries.there_as_home(space.id),
        flat=queries.code_of(space.parent_id),
        limit=giving.people_per_flat,
        in_the_way=actions.blocking(park, (one for one in held if one.held.document not in offers), actor),
        elsewhere=actions.elsewhere(to.person, term) if to is not None else (),
    )
    return against + settling_against(term, to.people if to is not None else 1, place, to.person.number if to is not None else "")


def next_in_line(space: Space, term: Term) -> list[tuple[Application, list[Objection]]]:
    """Return who waits, in the order in which homes are offered, each with what of the home is not what they ask for."""
    giving = queries.giving(space.park_id)
    home = queries.home(space, term.starts_on, giving)
    if home is None:
        return []
    return [(row, rules.fit_against(row.number, queries.wish_of(row), home)) for row in queries.in_line(space.park_id, giving)]


def offer(
    application: Application, space: Space, agreed: Agreed, *, reason: str = "", actor: Actor, now: datetime, version: int | None = None
) -> Residency:
    """The home is offered to the application and held for it until the offer ends. reason: why somebody who comes before is passed over.

    Raises:
        Refused: with every objection: the application does not wait, the home is not ready, not what is asked for, or is another's turn.
    """
    application.expect(version)
    park = _park(application)
    giving = queries.giving(park.id)
    against = rules.move_against("offer", application.state, application.number)
    if agreed.term.starts_on < day_of(now, park.zone):
        against.append(rules.OFFER_PAST)
    if agreed.rent.currency != park.currency or (agreed.deposit is not None and agreed.deposit.currency != park.currency):
        against.append(rules.OTHER_CURRENCY.about(currency=park.currency))
    against += agreed_against(agreed)
    against += home_against(park, space, agreed.term, actor, now, giving, to=application)
    against += _turn_against(application, space, agreed, reason)
    refuse(against)
    residency = actions.residency_of(park, space, application.person, application.organisation, agreed, State.OFFERED, now)
    residency.offered_at, residency.offer_until = now, rules.offer_until(now, giving.offer_days)
    residency.application = application
    actions.take(residency, park, agreed, "housing.offer", actor=actor, now=now, reason=reason)
    application.state = Asking.OFFERED.value
    record("housing.offer", application, actor=actor, now=now, reason=residency.number)
    _tell_applicant(application, "housing_offered", park, actor=actor, now=now, residency=residency, agreed=agreed)
    return residency


def _turn_against(application: Application, space: Space, agreed: Agreed, reason: str) -> list[Objection]:
    """Return what of the home is not as asked, and who comes before where nobody said why they are passed over."""
    before = ""
    for row, unfit in next_in_line(space, agreed.term):
        if row.id == application.id:
            passed = [] if not before or reason.strip() else [rules.NOT_NEXT.about(before=before, number=application.number)]
            return unfit + passed
        if not unfit and not before:
            before = row.number
    return []


def accept(residency: Residency, *, actor: Actor, now: datetime) -> None:
    """The offer is accepted: the home is agreed, and the application has what it asked for.

    Raises:
        Refused: when nothing is offered, the offer is over, or the person has another home in that time.
    """
    application = _asked(residency)
    park = _park(application)
    against = rules.move_against("accept", application.state, application.number)
    against += _over_against(residency, now)
    holds = ledger_queries.of_document(residency.number)
    if holds:
        span = Span(min(one.starts_at for one in holds), max(one.ends_at for one in holds))
        term = Term(day_of(span.starts_at, park.zone), last_day(span, park.zone))
        elsewhere = actions.elsewhere(residency.person, term, but=[residency.id])
        place = Place(residency.space.code, "flat", (term,), limit=residency.people, elsewhere=elsewhere)
        against += settling_against(term, residency.people, place, residency.person.number)
    refuse(against)
    residency.expect(None)
    application.expect(None)
    record("housing.accept", residency, actor=actor, now=now)
    record("housing.accept", application, actor=actor, now=now, reason=residency.number)
    residency.state, residency.agreed_at = State.ACCEPTED.value, now
    _close(application, Asking.HOUSED, "", now)
    _tell_desk(application, "housing_accepted", park, actor=actor, now=now, residency=residency)


def _over_against(residency: Residency, now: datetime) -> list[Objection]:
    until = residency.offer_until
    return [rules.OFFER_OVER.about(home=residency.space.code, until=until)] if until is not None and until <= now else []


def _asked(residency: Residency) -> Application:
    if residency.application is None:
        raise Missing
    return residency.application


def decline(residency: Residency, reason: str = "", *, actor: Actor, now: datetime) -> None:
    """The offer is declined and the home free; the application waits on, or goes to the end of its class after so many.

    Raises:
        Refused: when nothing is offered.
    """
    application = _asked(residency)
    refuse([*rules.move_against("decline", application.state, application.number), *_over_against(residency, now)])
    _wait_on(residency, application, State.DECLINED, "housing.decline", reason, actor=actor, now=now)
    _tell_desk(application, "housing_declined", _park(application), actor=actor, now=now, residency=residency, reason=reason)


def end_offer(residency: Residency, *, now: datetime) -> int:
    """An offer that nobody answered in time is over; it counts as declined, and the desk is told. Return how many offers ended."""
    if residency.state != State.OFFERED or residency.offer_until is None or residency.offer_until > now:
        return 0
    application = _asked(residency)
    _wait_on(residency, application, State.EXPIRED, "housing.expire", "", actor=SYSTEM, now=now)
    park = _park(application)
    _tell_applicant(application, "housing_expired", park, actor=SYSTEM, now=now, residency=residency)
    _tell_desk(application, "housing_unanswered", park, actor=SYSTEM, now=now, residency=residency)
    return 1


def _wait_on(residency: Residency, application: Application, state: State, deed: str, reason: str, *, actor: Actor, now: datetime) -> None:
    giving = queries.giving(application.park_id)
    residency.expect(None)
    application.expect(None)
    record(deed, residency, actor=actor, now=now, reason=reason)
    record(deed, application, actor=actor, now=now, reason=residency.number)
    residency.state, residency.reason = state.value, reason
    application.state = Asking.WAITING.value
    application.declined += 1
    if rules.to_the_end(application.declined, giving.declines):
        application.last_at = now
    ledger.withdraw(residency.number, now=now)


def forget_paper(paper: Paper, application: Application, *, now: datetime) -> None:
    """The content of a document of somebody who was erased is gone; its title and its SHA-256 stay."""
    record("housing.forget_paper", application, actor=SYSTEM, now=now, reason=paper.title)
    paper.content, paper.filename = None, ""
    db.session.flush()


# Who is told


def _tell(
    receivers: Iterable[User], application: Application, template: str, park: Park, *, actor: Actor, now: datetime, **more: object
) -> None:
    for receiver in {one.id: one for one in receivers if one.active and one.id != actor.user_id}.values():
        notices.post(
            receiver,
            template,
            key=f"{template} {application.number} {application.version}",
            park_id=park.id,
            about=application.number,
            now=now,
            zone=park.zone,
            application=application,
            park=park,
            **more,
        )


def _tell_desk(application: Application, template: str, park: Park, *, actor: Actor, now: datetime, **more: object) -> None:
    desk = queries.desk(park.id, day_of(now, park.zone))
    _tell(desk, application, template, park, actor=actor, now=now, **more)


def _tell_applicant(application: Application, template: str, park: Park, *, actor: Actor, now: datetime, **more: object) -> None:
    """The person is told where they have an account, and the liaisons of who stands for them."""
    own = [application.person.user] if application.person.user is not None else []
    liaisons = queries.liaisons(park.id, application.organisation_id, day_of(now, park.zone))
    _tell([*own, *liaisons], application, template, park, actor=actor, now=now, **more)
