"""Loading what the demo park's auditor asks: each deed by the action that people use."""

from __future__ import annotations

from datetime import datetime

from parkmgr.assurance import actions as assurance
from parkmgr.demo import deeds
from parkmgr.demo.allying import do
from parkmgr.demo.stage import Stage

__all__ = ["do"]

AUDITOR = "auditor@parkmgr.example"


@do.register
def _(deed: deeds.RaisePoint, stage: Stage, now: datetime) -> None:
    stage.made["point", deed.name] = (
        assurance.raise_point(
            stage.parks[deed.park],
            deed.kind,
            deed.subject,
            deed.text,
            about=deed.about,
            owner_id=stage.by().user_id or 0,
            due_on=deed.due_on,
            actor=stage.actors[AUDITOR],
            now=now,
        ),
        stage.parks[deed.park],
    )


@do.register
def _(deed: deeds.AnswerPoint, stage: Stage, now: datetime) -> None:
    point, park = stage.made["point", deed.name]
    assurance.say(point, park, deed.text, actor=stage.actors[AUDITOR] if deed.by_auditor else stage.by(), now=now)


@do.register
def _(deed: deeds.ClosePoint, stage: Stage, now: datetime) -> None:
    point, _park = stage.made["point", deed.name]
    assurance.close(point, deed.text, actor=stage.actors[AUDITOR], now=now)


@do.register
def _(deed: deeds.DrawSample, stage: Stage, now: datetime) -> None:
    assurance.draw(
        stage.parks[deed.park],
        deed.population,
        deed.method,
        deed.size,
        on=deed.on,
        seed=deed.seed,
        actor=stage.actors[AUDITOR],
        now=now,
    )
