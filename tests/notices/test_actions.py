"""A notice is written with its deed and sent once, whatever happens to the server, the mail server and the worker."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from parkmgr import clock
from parkmgr.db import db, transaction
from parkmgr.notices import actions, queries
from parkmgr.notices.models import Notice
from parkmgr.reports import jobs
from parkmgr.reports.jobs import Chore
from tests.conftest import NOW

SENDER = "Park <park@park.example>"
MINUTE = timedelta(minutes=1)


def deliver(office, now=NOW, **more) -> int:
    return actions.deliver(now, smtp_url=office.url, sender=SENDER, **more)


def read(notice_id: int) -> Notice:
    db.session.rollback()
    return db.session.get_one(Notice, notice_id)


def count() -> int:
    db.session.rollback()
    return db.session.execute(db.select(db.func.count()).select_from(Notice)).scalar_one()


# Writing


def test_a_notice_is_in_the_language_of_its_receiver_and_the_time_of_the_park(app, make, tell):
    boris, wang = make.user("boris@parkmgr.example", language="ru"), make.user("wang@parkmgr.example", language="zh")
    harbin = {"at": NOW, "zone": ZoneInfo("Asia/Shanghai")}
    russian, chinese = read(tell(boris, **harbin)), read(tell(wang, **harbin))
    assert (russian.subject, russian.language) == ("Администратор: the hall", "ru")
    assert russian.text.splitlines() == ["boris", "2 мар. 2026 12:00 +08:00", "http://127.0.0.1:8000/parks/HIT/leases/L-1"]
    assert chinese.subject == "管理员: the hall" and "2026年3月2日 12:00 +08:00" in chinese.text


def test_a_request_keeps_its_own_language_and_zone(app, ann, tell):
    from flask import g
    from flask_babel import get_locale

    with app.test_request_context(headers={"Accept-Language": "ru"}):
        g.zone = ZoneInfo("Europe/Moscow")
        text = read(tell(ann, at=NOW)).text
        assert "2 Mar 2026 04:00 Z" in text
        assert (g.zone.key, str(get_locale())) == ("Europe/Moscow", "ru")


def test_one_event_is_told_once_to_each_receiver(make, ann, tell, statements):
    tell(ann, "first")
    with statements() as seen:
        tell(ann, "again")
    assert sum("key" in statement for statement in seen) == 1
    tell(make.user("bob@parkmgr.example"))
    tell(ann, "another", key="another event")
    with transaction():
        for what in ("one", "two"):  # in one transaction
            actions.post(db.session.merge(ann), "told", key="both", now=NOW, what=what)
    assert sorted(db.session.scalars(db.select(Notice.subject))) == [
        f"Administrator: {what}" for what in ("another", "first", "one", "the hall")
    ]


def test_a_deed_that_fails_tells_nobody(ann, tell):
    with pytest.raises(RuntimeError), transaction():
        actions.post(db.session.merge(ann), "told", key="k", now=NOW, what="x")
        raise RuntimeError
    assert count() == 0


def test_a_mail_without_a_subject_is_not_written(ann):
    with pytest.raises(ValueError, match="Subject"), transaction():
        actions.post(db.session.merge(ann), "without_subject", key="k", now=NOW)


# Sending


def test_what_is_due_is_sent_once(ann, tell, office):
    notice_id = tell(ann)
    assert (deliver(office), deliver(office, NOW + timedelta(days=1))) == (1, 0)
    letter = office.read()[0]
    assert (letter["To"], letter["Subject"], letter["From"]) == ("ann@parkmgr.example", "Administrator: the hall", SENDER)
    assert letter["Message-ID"].startswith(f"<notice.{notice_id}.") and letter["Message-ID"].endswith("@park.example>")
    assert (read(notice_id).sent_at, read(notice_id).attempts, read(notice_id).failure) == (NOW, 1, "")


def test_without_a_mail_server_nothing_happens(ann, tell, statements):
    notice_id = tell(ann)
    with statements() as seen:
        assert actions.deliver(NOW, smtp_url="", sender=SENDER) == 0
    assert seen == [] and read(notice_id).attempts == 0


def test_an_empty_outbox_is_one_question(app, office, statements):
    with statements() as seen:
        assert deliver(office) == 0
    assert len(seen) == 1


def test_no_head_is_smuggled_into_a_mail(ann, tell, office):
    tell(ann, "the hall\r\nBcc: evil@evil.example\u2028X-Evil: 1")
    assert deliver(office) == 1
    letter = office.read()[0]
    assert letter["Subject"] == "Administrator: the hall Bcc: evil@evil.example X-Evil: 1"
    assert "Bcc" not in letter and "X-Evil" not in letter


def test_a_server_that_is_down_is_tried_again_later_and_at_last_no_more(ann, tell, office):
    notice_id = tell(ann)
    now, pauses = NOW, []
    while read(notice_id).due_at < NOW + timedelta(days=7):
        now = read(notice_id).due_at
        assert actions.deliver(now, smtp_url="smtp://127.0.0.1:1", sender=SENDER) == 0
        assert "refused" in read(notice_id).failure
        pauses.append(read(notice_id).due_at - now)
        assert deliver(office, read(notice_id).due_at - MINUTE / 60) == 0  # not before
    assert pauses == [MINUTE, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE, *[timedelta(days=1)] * 7]
    assert deliver(office, NOW + timedelta(days=30)) == 0
    assert (read(notice_id).attempts, read(notice_id).sent_at) == (11, None)


def test_a_server_that_comes_back_takes_what_waited(ann, tell, office):
    ids = [tell(ann, key=str(number)) for number in range(3)]
    assert actions.deliver(NOW, smtp_url="smtp://127.0.0.1:1", sender=SENDER) == 0
    assert [read(one).attempts for one in ids] == [1, 0, 0]  # the others would meet the same
    assert deliver(office, NOW + MINUTE) == 3
    assert [read(one).failure for one in ids] == [""] * 3


def test_one_address_that_is_refused_keeps_no_other_waiting(make, ann, tell, office):
    office.unknown.add(b"gone@")
    gone, known = tell(make.user("gone@parkmgr.example")), tell(ann)
    assert deliver(office) == 1
    assert (read(gone).failure, read(gone).sent_at) == ("550 nobody of this name", None)
    assert read(known).sent_at == NOW


def test_a_round_sends_so_many_at_most(ann, tell, office):
    for number in range(3):
        tell(ann, key=str(number))
    assert [deliver(office, most=2), deliver(office, most=2)] == [2, 1]


def test_two_workers_send_no_notice_twice(app, ann, tell, office):
    ids = [tell(ann, key=str(number)) for number in range(12)]
    sent, start = [], threading.Barrier(3)

    def work() -> None:
        with app.app_context():
            start.wait()
            sent.append(deliver(office))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 12 == len(office.letters) == len({letter["Message-ID"] for letter in office.read()})
    assert [read(one).attempts for one in ids] == [1] * 12


def test_a_claim_that_ran_out_does_not_overwrite_what_came_after(ann, tell, office):
    notice_id = tell(ann)
    dead = actions._claim(NOW)
    assert deliver(office, NOW + 9 * MINUTE) == 0
    assert deliver(office, NOW + 10 * MINUTE) == 1
    actions._note_failure(dead, "late", NOW + 11 * MINUTE)
    actions._note_sent(dead, NOW + 11 * MINUTE)
    assert (read(notice_id).sent_at, read(notice_id).failure) == (NOW + 10 * MINUTE, "")


# A real worker


def started(app, **more) -> subprocess.Popen:
    config = app.config["PARKMGR"]
    environment = {**os.environ, "PARKMGR_INSTANCE": str(config.instance), "PARKMGR_MAIL_FROM": SENDER, **more}
    if config.database_url:
        environment["PARKMGR_DATABASE_URL"] = config.database_url
    return subprocess.Popen([sys.executable, "-c", "from parkmgr.cli import main; main()", "work"], env=environment)


def ended(worker: subprocess.Popen) -> None:
    worker.kill()
    worker.wait()


@pytest.mark.parametrize(("killed", "letters"), [("before", 1), ("after", 2)])
def test_a_worker_killed_while_it_sends_loses_nothing(app, ann, tell, office, killed, letters):
    """Killed before the server took the letter, it is sent once; killed after, twice, and both are one to a mail program."""
    now = clock.now()
    notice_id, other = tell(ann, now=now), tell(ann, now=now, key="other")
    office.hangs = killed
    worker = started(app, PARKMGR_SMTP_URL=office.url)
    try:
        assert office.reached.wait(60)
    finally:
        ended(worker)
    claimed = read(notice_id)
    assert (claimed.attempts, claimed.sent_at) == (1, None) and claimed.trying_at is not None
    office.hangs = ""
    assert deliver(office, claimed.trying_at + MINUTE) == 1  # the other one; this may still be on its way
    assert deliver(office, claimed.due_at) == 1
    assert deliver(office, claimed.due_at + timedelta(days=1)) == 0
    names = [letter["Message-ID"] for letter in office.read()]
    assert sorted(names.count(name) for name in set(names)) == sorted([letters, 1])
    assert read(notice_id).sent_at and read(other).sent_at


def test_the_worker_delivers(app, ann, tell, office):
    notice_id = tell(ann, now=clock.now())
    worker = started(app, PARKMGR_SMTP_URL=office.url)
    try:
        assert waited(lambda: read(notice_id).sent_at is not None)
    finally:
        ended(worker)
    assert len(office.letters) == 1


def test_a_chore_that_fails_stops_no_other_and_is_done_again(app):
    done = {"fails": 0, "works": 0}

    def fails(now) -> None:
        done["fails"] += 1
        raise RuntimeError("a chore that fails")

    def works(now) -> None:
        done["works"] += 1
        db.session.execute(db.select(Notice.id))

    app.extensions["chores"] = [Chore("fails", 0.05, fails), Chore("works", 0.05, works)]
    stop = threading.Event()
    worker = threading.Thread(target=jobs.work, args=(app, stop))
    worker.start()
    try:
        assert waited(lambda: min(done.values()) >= 3)
    finally:
        stop.set()
        worker.join(30)
    assert not worker.is_alive()
    last = dict(done)
    time.sleep(0.2)
    assert done == last


def test_the_park_delivers_among_its_chores(app):
    assert "notices.deliver" in [chore.name for chore in app.extensions["chores"]]
    assert queries.next_due(NOW) is None


def waited(done, seconds: float = 60) -> bool:
    """Tell whether *done* came true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done():
            return True
        time.sleep(0.1)
    return False
