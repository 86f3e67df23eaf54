"""Rules of booking in sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from babel.dates import get_day_names
from flask_babel import gettext as _
from flask_babel import ngettext

from parkmgr.bookings.rules import Access, Conditions, Quota
from parkmgr.calendars.rules import Week
from parkmgr.web.formats import language, money
from parkmgr.web.words import word

Facts = list[tuple[str, str]]


def length(value: timedelta) -> str:
    """Return a length as people say it: 15 minutes, 2 hours, 1 hour 30 minutes, 3 days."""
    minutes = int(value // timedelta(minutes=1))
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    said = [
        ngettext("%(num)s day", "%(num)s days", days) if days else "",
        ngettext("%(num)s hour", "%(num)s hours", hours) if hours else "",
        ngettext("%(num)s minute", "%(num)s minutes", minutes) if minutes or not (days or hours) else "",
    ]
    return " ".join(text for text in said if text)


def week(value: Week) -> list[str]:
    """Return the hours of a week, a line for each kind of day."""
    names = get_day_names("abbreviated", locale=language())
    lines = []
    for hours in value:
        runs: list[list[int]] = []
        for day in sorted(hours.days):
            if runs and runs[-1][-1] == day - 1:
                runs[-1].append(day)
            else:
                runs.append([day])
        days = ", ".join(names[run[0] - 1] + ("" if len(run) == 1 else f"–{names[run[-1] - 1]}") for run in runs)
        closes = f"{hours.closes:%H:%M}" if hours.minutes[1] < 24 * 60 else "24:00"
        lines.append(f"{days} {hours.opens:%H:%M}–{closes}")
    return lines


def who(line: Access) -> str:
    """Return whom a line names."""
    family = {"class": "price_class", "kind": "organisation_kind", "role": "role"}.get(line.who)
    return word(family, line.name) if family else line.name


_LIMITS: dict[tuple[str, str], Callable[[int], str]] = {
    ("hours", "day"): lambda most: ngettext("at most %(num)s hour a day", "at most %(num)s hours a day", most),
    ("hours", "week"): lambda most: ngettext("at most %(num)s hour a week", "at most %(num)s hours a week", most),
    ("hours", "month"): lambda most: ngettext("at most %(num)s hour a month", "at most %(num)s hours a month", most),
    ("hours", "open"): lambda most: ngettext("at most %(num)s hour still to come", "at most %(num)s hours still to come", most),
    ("count", "day"): lambda most: ngettext("at most %(num)s booking a day", "at most %(num)s bookings a day", most),
    ("count", "week"): lambda most: ngettext("at most %(num)s booking a week", "at most %(num)s bookings a week", most),
    ("count", "month"): lambda most: ngettext("at most %(num)s booking a month", "at most %(num)s bookings a month", most),
    ("count", "open"): lambda most: ngettext("at most %(num)s booking still to come", "at most %(num)s bookings still to come", most),
}


def quota(value: Quota) -> str:
    """Return one limit: for whom, and how much."""
    whom = _("each organisation") if value.whom == "organisation" else _("each person")
    return f"{whom}: {_LIMITS[value.measure, value.per](value.most)}"


def facts(rules: Conditions, *, shows: Callable[[Access], bool]) -> Facts:
    """Return terms and sentences. shows: which lines of access the reader may see; other organisations are not hers to know."""
    lines = [f"{who(line)}: {word('rules_answer', line.answer.value)}" for line in rules.access if shows(line)]
    everybody = word("rules_answer", rules.answer.value)
    found = [
        (_("Bookable hours"), "; ".join([*week(rules.week), _("also on holidays") if rules.open_on_holidays else _("not on holidays")])),
        (_("Who may book"), "; ".join([*lines, _("everybody else: %(answer)s", answer=everybody) if lines else everybody])),
        (
            _("How long"),
            _(
                "from %(least)s to %(most)s, in steps of %(step)s",
                least=length(rules.least),
                most=length(rules.most),
                step=length(rules.step),
            ),
        ),
        (_("How early"), _ahead(rules)),
    ]
    if rules.turnaround:
        found.append((_("Turnaround"), _("%(length)s after each booking", length=length(rules.turnaround))))
    if rules.quotas:
        found.append((_("Limits"), "; ".join(quota(value) for value in rules.quotas)))
    found.append((_("Price of an hour"), _prices(rules)))
    found.append((_("Requests"), _requests(rules)))
    free = (
        _("nobody need check in")
        if rules.release is None
        else _("without check-in free again after %(length)s", length=length(rules.release))
    )
    found.append((_("Check-in"), free))
    if rules.alone is not None:
        found.append((_("Working alone"), _("only %(hours)s; at other times with a second person", hours="; ".join(week(rules.alone)))))
    return [*found, (_("Cancelling and moving"), _cancelling(rules))]


def _ahead(rules: Conditions) -> str:
    far = ngettext("at most %(num)s day ahead", "at most %(num)s days ahead", rules.ahead.days)
    return f"{_('at least %(length)s before', length=length(rules.lead))}; {far}" if rules.lead else far


def _prices(rules: Conditions) -> str:
    prices = dict(rules.prices or {})
    if not prices:
        return str(_("free of charge"))
    others = prices.pop("", None)
    said = [f"{word('price_class', name)}: {money(price)}" for name, price in prices.items()]
    return "; ".join([*said, _("everybody else: %(answer)s", answer=money(others) if others else _("free of charge"))])


def _requests(rules: Conditions) -> str:
    keeps = _("keep the time") if rules.request_holds else _("do not keep the time")
    expire = _("expire undecided after %(length)s", length=length(rules.decide_within))
    eyes = f"; {_('whoever asked cannot approve')}" if rules.four_eyes else ""
    return f"{keeps}; {expire}{eyes}"


def _cancelling(rules: Conditions) -> str:
    if rules.cancel_before:
        return str(_("until %(length)s before the start", length=length(rules.cancel_before)))
    return str(_("until the start"))
