"""The parkmgr command: set-up, serving, accounts, imports, reports and checks, from a terminal."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkmgr import clock, signing
from parkmgr import config as settings
from parkmgr.errors import Missing, Refused
from parkmgr.policy import SYSTEM, Actor, Role

if TYPE_CHECKING:
    from flask import Flask

    from parkmgr.audit.checkpoints import Checkpoint
    from parkmgr.places.models import Park

ACTOR = Actor(None, "command line", SYSTEM.grants)


class Failure(click.ClickException):
    """One clear sentence on stderr, and exit 1."""

    def show(self, file: Any = None) -> None:
        """Say it without click's prefix."""
        click.echo(f"parkmgr: {self.message}", err=True)


class Misuse(Failure):
    """One clear sentence on stderr, and exit 2: it was asked for what cannot be."""

    exit_code = 2


class Day(click.ParamType[date]):
    """A civil day, as 2026-06-30."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2026-06-30.", param, ctx)


class Instant(click.ParamType[datetime]):
    """An instant with its zone, as 2026-07-01T00:00:00+08:00 or ...Z."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the instant."""
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant; write it as 2026-07-01T00:00:00+08:00.", param, ctx)
        if found.tzinfo is None:
            self.fail(f"{value!r} has no zone; write it as 2026-07-01T00:00:00+08:00 or end it with Z.", param, ctx)
        return found


def _config() -> settings.Config:
    try:
        return settings.read(os.environ)
    except settings.BadSetting as error:
        raise Failure(str(error)) from None


@contextmanager
def _park_open(*, checked: bool = True) -> Iterator[Flask]:
    """The application, with a database that is ready; refusals become sentences."""
    from sqlalchemy.exc import SQLAlchemyError

    from parkmgr.app import create_app, ready
    from parkmgr.db import db

    try:
        app = create_app(_config())
        if checked:
            wrong = ready(app)
            if wrong:
                raise Failure(" ".join(wrong))
        with app.app_context():
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()  # the server forks after this, and an open SQLite file does not survive a fork
    except settings.BadSetting as error:
        raise Failure(str(error)) from None
    except Refused as refused:
        raise Failure(" ".join(str(objection) for objection in refused.objections)) from None
    except SQLAlchemyError as error:
        raise Failure(f"The database refused: {getattr(error, 'orig', error)}") from None


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr when it is a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def report(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield report


def _find_park(code: str) -> Park:
    from parkmgr.places import queries

    try:
        return queries.park(code, ACTOR)
    except Missing:
        raise Failure(f"There is no park {code}; `parkmgr park list` shows those that there are.") from None


@click.group()
@click.version_option(package_name="parkmgr", message="%(package)s %(version)s")
def main() -> None:
    """Manage a science park: who has which space, from when to when, why, and for how much."""


@main.command()
def init() -> None:
    """Make the instance folder, its secret and its database, or bring the database up to date."""
    from flask_migrate import upgrade

    config = _config()
    try:
        settings.prepare_instance(config)
        signing.prepare(config, now=clock.now())
    except settings.BadSetting as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"The instance folder {config.instance} cannot be used: {error.strerror}.") from None
    with _park_open(checked=False):
        upgrade()
    with _park_open():
        pass
    click.echo(f"Ready: {config.instance}")


@main.command()
def demo() -> None:
    """Load the demo park (HIT and RCIP) once, and print its sign-ins."""
    from parkmgr.demo import loading

    with _park_open(), _progress("demo park") as report:
        sign_ins = loading.load(report)
    if not sign_ins:
        click.echo("The demo park is there. `parkmgr user password EMAIL` gives a new password.")
        return
    click.echo("The demo park is ready. Its sign-ins, shown once:")
    for one in sign_ins:
        click.echo(f"  {one.role:<14} {one.email:<32} {one.password}")


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(port: int, host: str) -> None:
    """Serve the park with granian, with a worker for its jobs beside it."""
    import socket

    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    if not os.environ.keys() & {"PARKMGR_PUBLIC_URL", "PARKMGR_PUBLIC_URL_FILE"}:
        os.environ["PARKMGR_PUBLIC_URL"] = f"http://{host}:{port}"  # links and papers name the port that is served
    config = _config()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failure(f"Port {port} of {host} cannot be used: {error.strerror}. Choose another with PORT= or --port.") from None
    with _park_open() as app:
        if config.jobs == "in-process":
            from parkmgr.reports import jobs

            jobs.start(app)
    os.environ["PARKMGR_INSTANCE"] = str(config.instance)
    click.echo(f"parkmgr serves http://{host}:{port} (stop with Ctrl-C)", err=True)
    Granian(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=config.workers,
        blocking_threads=1,
        respawn_failed_workers=True,
        working_dir=settings.ROOT,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


@main.command()
def work() -> None:
    """Do the park's jobs (reports) in this process, for settings where the web does not."""
    with _park_open() as app:
        from parkmgr.reports import jobs

        jobs.work(app)


@main.group()
def user() -> None:
    """Accounts."""


@user.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", default="", help="How the register calls the person; the address when left out.")
@click.option("--organisation", "organisation_code", help="The liaison's own, by code.")
@click.option("--park", "park_code", help="One park, by code; all parks when left out.")
def user_add(email: str, role: str, name: str, organisation_code: str | None, park_code: str | None) -> None:
    """Add an account with a role; its random password is shown once."""
    from parkmgr.accounts import actions
    from parkmgr.db import transaction
    from parkmgr.organisations import queries as organisations

    if (role == Role.LIAISON) != (organisation_code is not None):
        raise Failure("A liaison needs --organisation CODE; the other roles have none.")
    password = secrets.token_urlsafe(15)
    now = clock.now()
    with _park_open():
        park_id = _find_park(park_code).id if park_code else None
        organisation_id = None
        if organisation_code:
            try:
                organisation_id = organisations.organisation(organisation_code).id
            except Missing:
                raise Failure(f"There is no organisation {organisation_code}.") from None
        with transaction():
            added = actions.add_user(email, name or email, password=password, actor=ACTOR, now=now)
            actions.grant(added, Role(role), park_id=park_id, organisation_id=organisation_id, starts_on=now.date(), actor=ACTOR, now=now)
    click.echo(f"{email} {password}")


@user.command("password")
@click.argument("email")
def user_password(email: str) -> None:
    """Give an account a new random password, shown once; its sign-ins end."""
    from parkmgr.accounts import actions, queries
    from parkmgr.db import transaction

    password = secrets.token_urlsafe(15)
    with _park_open(), transaction():
        found = queries.user_by_email(email)
        if found is None:
            raise Failure(f"There is no account {email}.")
        actions.set_password(found, password, actor=ACTOR, now=clock.now())
    click.echo(f"{email} {password}")


@main.group()
def park() -> None:
    """Parks."""


@park.command("add")
@click.argument("code")
@click.option("--name", required=True)
@click.option("--name-ru", default="")
@click.option("--name-zh", default="")
@click.option("--timezone", required=True, help="As Asia/Shanghai.")
@click.option("--currency", required=True, help="As CNY.")
@click.option("--country", default="", help="As CN.")
@click.option("--drafter-may-sign", is_flag=True, help="Whoever drafted a lease may sign it alone.")
def park_add(code: str, name: str, name_ru: str, name_zh: str, timezone: str, currency: str, country: str, drafter_may_sign: bool) -> None:
    """Add a park."""
    from parkmgr.db import transaction
    from parkmgr.places import actions
    from parkmgr.values import Names

    with _park_open(), transaction():
        actions.add_park(
            code,
            Names(name, name_ru, name_zh),
            time_zone=timezone,
            currency=currency,
            country=country,
            drafter_may_sign=drafter_may_sign,
            actor=ACTOR,
            now=clock.now(),
        )
    click.echo(f"Added the park {code}.")


@park.command("list")
def park_list() -> None:
    """List the parks: code, zone, currency, name."""
    from parkmgr.places import queries

    with _park_open():
        for found in queries.parks_of(ACTOR):
            click.echo(f"{found.code}\t{found.time_zone}\t{found.currency}\t{found.names}")


@main.command("import")
@click.argument(
    "what",
    type=click.Choice(
        ["buildings", "spaces", "organisations", "leases", "bookings", "residencies", "equipment", "commitments", "fund-flows"]
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--park", "park_code", default="", help="Not needed with --fund.")
@click.option("--fund", "fund_code", default="", help="Of commitments and fund-flows: the fund of all rows.")
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="A TOML file that says which column is what; proposed from the names when left out."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--json", "as_json", is_flag=True)
def import_(what: str, file: Path, park_code: str, fund_code: str, mapping: Path | None, dry_run: bool, as_json: bool) -> None:
    """Import a table of buildings, spaces, organisations, leases, bookings (or a calendar), residencies, … : all rows or none."""
    from parkmgr.imports import actions

    for path in filter(None, (file, mapping)):
        if not path.is_file():
            raise Failure(f"There is no file {path}.")
    with _park_open(), _progress(f"importing {what}") as report:
        found = _park_of_fund(fund_code) if fund_code and what in ("commitments", "fund-flows") else _find_park(park_code)
        outcome = actions.run(
            what, file, found, mapping=mapping, dry_run=dry_run, actor=ACTOR, now=clock.now(), progress=report, fund=fund_code
        )
    if as_json:
        click.echo(json.dumps(outcome.to_json(), ensure_ascii=False, indent=1))
    else:
        click.echo(str(outcome))
    if outcome.problems:
        sys.exit(1)


def _park_of_fund(code: str) -> Park:
    """Return the park of a fund.

    Raises:
        Failure: there is no such fund.
    """
    from parkmgr.db import db
    from parkmgr.funds import queries
    from parkmgr.places.models import Park

    fund = queries.of_code(code)
    if fund is None:
        raise Failure(f"There is no fund {code}.")
    return db.session.get_one(Park, fund.park_id)


class WallTime(click.ParamType[datetime]):
    """A wall time of the park, as 2026-09-01 09:00."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the wall time, without a zone."""
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day and a time; write it as 2026-09-01 09:00.", param, ctx)
        if found.tzinfo is not None:
            self.fail(f"{value!r} has a zone; write the time as the park's clock shows it.", param, ctx)
        return found


@main.command()
@click.option("--park", "park_code", required=True)
@click.option("--kind", default="", help="Of space: office, meeting_room, …; any when left out.")
@click.option("--people", type=click.IntRange(1, 100_000))
@click.option("--area", help="Square metres at least.")
@click.option("--from", "starts_local", type=WallTime(), required=True, help="As the park's clock shows it: 2026-09-01 09:00.")
@click.option("--to", "ends_local", type=WallTime(), required=True)
@click.option("--second", is_flag=True, help="Of an hour that exists twice, the second is meant.")
@click.option("--organisation", "organisation_code", default="", help="For whom, by code: answers and prices differ.")
@click.option("--json", "as_json", is_flag=True)
def free(
    park_code: str,
    kind: str,
    people: int | None,
    area: str | None,
    starts_local: datetime,
    ends_local: datetime,
    second: bool,
    organisation_code: str,
    as_json: bool,
) -> None:
    """List the spaces that can be booked then: code, building, seats, area, answer and price."""
    from parkmgr.bookings import finding
    from parkmgr.bookings.rules import BACKWARDS, IN_PAST
    from parkmgr.calendars.rules import instant_of
    from parkmgr.organisations import queries as organisations
    from parkmgr.places.models import SpaceKind
    from parkmgr.values import Area, Span

    if kind and kind not in list(SpaceKind):
        raise Misuse(f"There is no kind {kind}; there are {', '.join(SpaceKind)}.")
    now = clock.now()
    with _park_open():
        found = _find_park(park_code)
        try:
            first, last = (instant_of(local, found.zone, second=second or None) for local in (starts_local, ends_local))
        except Refused as refused:
            hint = " Add --second for the second." if refused.objections[0].code == "calendars.twice" else ""
            raise Misuse(" ".join(str(objection) for objection in refused.objections) + hint) from None
        if last <= first:
            raise Misuse(str(BACKWARDS))
        if first < now:
            raise Misuse(str(IN_PAST.about(starts_at=f"{starts_local:%Y-%m-%d %H:%M}")))
        try:
            organisation = organisations.organisation(organisation_code) if organisation_code else None
        except Missing:
            raise Misuse(f"There is no organisation {organisation_code}.") from None
        try:
            at_least = Area.of(area) if area is not None else None
        except ValueError:
            raise Misuse(f"{area!r} is not an area in square metres.") from None
        need = finding.Need((Span(first, last),), kind, people, at_least)
        exact, _near, _asking = finding.search(found, need, organisation, actor=Actor(None, "command line"), now=now)
        rows = [fit.to_json() for fit in exact]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        seats = "—" if row["capacity"] is None else str(row["capacity"])
        click.echo("\t".join([row["code"], row["building"], seats, row["area_m2"] or "—", row["answer"], row["price"] or "—"]))
    if not rows:
        click.echo("No space is free then that fits.")


@main.group(invoke_without_command=True)
@click.option("--list", "listed", is_flag=True, help="Name the kinds of reports.")
@click.pass_context
def report(context: click.Context, listed: bool) -> None:
    """Issue reports."""
    if context.invoked_subcommand is not None:
        return
    if not listed:
        click.echo(context.get_help())
        return
    from parkmgr.reports.kinds import KINDS

    for kind in KINDS.values():
        about = "of a time" if kind.period else "of a fund" if kind.of_fund else "of a statement" if kind.of_statement else "of a day"
        click.echo(f"{kind.code}\t{kind.prefix}\t{about}\t{kind.title}: {kind.about}")


_REPORT_OPTIONS = (
    click.option("--known", type=Instant(), help="What the park knew at an instant; now when left out."),
    click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True),
    click.option("--format", "format_", type=click.Choice(["pdf", "xlsx", "csv", "json"]), required=True),
    click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True),
)
_OF_PARK = (
    click.option("--park", "park_code", required=True),
    click.option("--buildings", default="", help="Codes of buildings, as B1,B2; the whole park when left out."),
)
_ON = click.option("--on", type=Day(), required=True)


def _report_command(kind: str, help_: str, *days: Callable[[Any], Any]) -> None:
    """`parkmgr report` has a command that issues a report of a kind, about a day or about a time."""

    def issue(**asked: Any) -> None:
        _issue_report(kind, **asked)

    for option in reversed((*days, *_REPORT_OPTIONS)):
        issue = option(issue)
    report.command(kind, help=help_)(issue)


def _issue_report(
    kind: str,
    *,
    park_code: str = "",
    fund_code: str = "",
    statement: str = "",
    on: date | None = None,
    since: date | None = None,
    known: datetime | None,
    buildings: str = "",
    language: str,
    format_: str,
    output: Path,
) -> None:
    from parkmgr.reports import actions
    from parkmgr.reports.rules import Wanted

    codes = tuple(code.strip() for code in buildings.split(",") if code.strip())
    wanted = Wanted(on or clock.now().date(), known, language, codes, kind, since, fund_code, statement)
    with _park_open(), _progress(f"{kind} report") as tell:
        found = _park_of_fund(fund_code) if fund_code else _find_park(park_code)
        number, content = actions.produce(found, wanted, format_, actor=ACTOR, now=clock.now(), progress=tell)
    partial = output.with_name(f".{output.name}.part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Failure(f"{output} cannot be written: {error.strerror}.") from None
    click.echo(f"{number} {output}")


_report_command("occupancy", "Issue the occupancy report of a park on a day, and write it to a file.", *_OF_PARK, _ON)
_report_command("rentroll", "Issue the rent roll of a park on a day, and write it to a file.", *_OF_PARK, _ON)
_report_command("expiry", "Issue the report of when leases expire, seen on a day, and write it to a file.", *_OF_PARK, _ON)
_report_command("housing", "Issue the housing report of a park on a day, and write it to a file.", *_OF_PARK, _ON)
_OF_TIME = (
    click.option("--from", "since", type=Day(), required=True, help="The first day."),
    click.option("--to", "on", type=Day(), required=True, help="The last day."),
)
_report_command("period", "Issue the report of what was let over some days, and write it to a file.", *_OF_PARK, *_OF_TIME)
_report_command(
    "labs",
    "Issue the report of a park's laboratories about some days, and write it to a file.",
    *_OF_PARK,
    *_OF_TIME,
)
_report_command(
    "statement",
    "Issue a statement of laboratory sessions, and write it to a file.",
    *_OF_PARK[:1],
    click.option("--statement", required=True, help="Its number."),
)
_report_command(
    "fund",
    "Issue the report of a fund on a day, and write it to a file.",
    click.option("--fund", "fund_code", required=True),
    _ON,
)
_report_command("cooperation", "Issue the report on a park's agreements on a day, and write it to a file.", *_OF_PARK[:1], _ON)


@main.group()
def housing() -> None:
    """Homes."""


def _published(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise Failure(f"{path} is no JSON; download the lottery's file again.") from None
    if not isinstance(found, dict):
        raise Failure(f"{path} is no lottery's file; download it again.")
    return found


@housing.command("lottery")
@click.option("--verify", "file", type=click.Path(path_type=Path), required=True, help="The file that was published when it was drawn.")
@click.option(
    "--before", type=click.Path(path_type=Path), help="The file published before, where you kept it: nothing of it may have changed."
)
def housing_lottery(file: Path, before: Path | None) -> None:
    """Draw a published lottery again, without a database, and name all that differs; exit 1 when anything does."""
    from parkmgr.housing.allocating_rules import verify

    drawn = _published(file)
    wrong = verify(drawn, _published(before) if before is not None else None)
    for objection in wrong:
        click.echo(f"parkmgr: {objection}", err=True)
    if wrong:
        sys.exit(1)
    click.echo(f"{drawn['lottery']} is right: its seed has the published hash, and by it the {len(drawn['order'])} applications stand so.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--offline", is_flag=True, help="By the file alone: without the register, only with this program and its fonts.")
@click.option("--signature", type=click.Path(path_type=Path), help="Of the file; FILE.p7s when left out, where it is there.")
@click.option("--certificate", type=click.Path(path_type=Path), help="The park's (PEM); that of this instance when left out.")
def verify(file: Path, offline: bool, signature: Path | None, certificate: Path | None) -> None:
    """Say whether a PDF is a genuine report, and what of it is not; exit 1 when something is not."""
    from parkmgr.reports import checking, verifier

    try:
        content = file.read_bytes()
        beside = signature or Path(f"{file}.p7s")
        p7s = beside.read_bytes() if signature or beside.exists() else None
        ours = signing.signer(_config()) if certificate is None else None
        pem = certificate.read_bytes() if certificate is not None else ours.pem if ours is not None else b""
        der = verifier.from_pem(pem) if pem else None
    except OSError as error:
        raise Misuse(f"{error.filename} cannot be read: {error.strerror}.") from None
    except (verifier.Unreadable, settings.BadSetting) as error:
        raise Misuse(f"The certificate cannot be used: {error}.") from None
    with _park_open(checked=not offline) as app, _progress("drawing it again") as tell, app.test_request_context():
        checked = checking.offline(content, p7s, der, lambda percent: tell(percent, 100))
        findings = checked.findings
        if not offline:
            findings = (*findings, *(one for one in checking.of_file(content).findings if one.code not in {f.code for f in findings}))
    if checked.paper is not None:
        click.echo(f"{checked.paper.number}, issued {checked.paper.proof.get('issued_at')}")
    for one in findings:
        mark = {True: "yes", False: "NO", None: "?"}[one.ok]
        click.echo(f"{mark:<4}{one.what}" + (f" ({one.why})" if one.why and not one.ok else ""))
    if any(one.ok is False for one in findings):
        sys.exit(1)


@main.group()
def audit() -> None:
    """The audit log."""


@audit.command("verify")
@click.option("--checkpoints", "file", type=click.Path(path_type=Path), help="Their file, where it is not that of PARKMGR_CHECKPOINTS.")
@click.option("--paper", "papers", type=click.Path(path_type=Path), multiple=True, help="An issued PDF that bears witness; several may.")
def audit_verify(file: Path | None, papers: tuple[Path, ...]) -> None:
    """Recompute the chain of audit entries, compare issued reports and checkpoints with it; exit 1 and name the first that does not fit."""
    from parkmgr.audit import checkpoints as kept
    from parkmgr.audit import queries
    from parkmgr.reports.queries import checkpoints as witnesses

    config = _config()
    path = file or (Path(config.checkpoints) if config.checkpoints else None)
    try:
        signer = signing.signer(config)
        found = kept.read(path, signer) if path is not None else []
    except OSError as error:
        raise Failure(f"The checkpoints at {path} cannot be read: {error.strerror}.") from None
    except settings.BadSetting as error:
        raise Failure(str(error)) from None
    except kept.BadCheckpoints as error:
        raise Failure(f"The checkpoints at {path} were changed: {error}.") from None
    borne = [_witness(paper) for paper in papers]
    with _park_open(), _progress("verifying") as tell:
        result = queries.verify(tell, witnesses(), [*found, *borne])
    if not result.ok:
        raise Failure(f"The audit log was changed: {result}")
    signed = sum(signer is not None and one.signed_by == signer.fingerprint for one in found)
    click.echo(
        f"{result}, the Merkle root {result.root}; {len(found)} checkpoints agree, {signed} of them signed by the park"
        + (f"; {len(papers)} papers agree" if papers else "")
    )


def _witness(path: Path) -> Checkpoint:
    """Return the checkpoint that an issued PDF bears.

    Raises:
        Failure: it bears none.
    """
    from parkmgr.audit.checkpoints import Checkpoint
    from parkmgr.reports import checking, verifier

    try:
        borne = checking.witness(path.read_bytes())
        return Checkpoint(borne["size"], str(borne.get("root")), str(borne.get("head")), clock.now())
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.") from None
    except verifier.Unreadable as error:
        raise Failure(f"{path} bears no witness: {error}.") from None


@audit.command("checkpoint")
@click.option("--file", type=click.Path(path_type=Path), help="Where it is appended, where that is not PARKMGR_CHECKPOINTS.")
def audit_checkpoint(file: Path | None) -> None:
    """Verify the audit log, and append how long it is and its Merkle root to a file outside the database."""
    from parkmgr.audit import checkpointing
    from parkmgr.audit.checkpoints import BadCheckpoints

    path = file or (Path(_config().checkpoints) if _config().checkpoints else None)
    if path is None:
        raise Failure("Say where with --file, or set PARKMGR_CHECKPOINTS.")
    with _park_open():
        try:
            made, new = checkpointing.make(path, now=clock.now())
        except OSError as error:
            raise Failure(f"{path} cannot be written: {error.strerror}.") from None
        except (checkpointing.Broken, BadCheckpoints) as error:
            raise Failure(f"No checkpoint is written: {error}.") from None
    click.echo(f"{made.size} entries, root {made.root}: {'written' if new else 'stood there already'} in {path}")


@main.command()
def check() -> None:
    """Check that the guards exist, the settings are safe and the migrations current."""
    from parkmgr.app import create_app, ready

    config = _config()
    try:
        wrong = ready(create_app(config))
    except settings.BadSetting as error:
        raise Failure(str(error)) from None
    path = config.instance / "secret"
    if path.exists() and path.stat().st_mode & 0o077:
        wrong.append(f"{path} can be read by others: chmod 600 it.")
    if not config.secure and not config.public_url.startswith(("http://127.0.0.1", "http://localhost")):
        wrong.append("PARKMGR_PUBLIC_URL is not https: cookies would travel in the open.")
    for sentence in wrong:
        click.echo(f"parkmgr: {sentence}", err=True)
    if wrong:
        sys.exit(1)
    click.echo("The guards exist, the settings are safe, the migrations are current.")


if __name__ == "__main__":
    main()
