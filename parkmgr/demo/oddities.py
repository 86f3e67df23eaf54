"""The odd cases of the demo park, about one lease in a hundred, on purpose: what every real register has and every report must bear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from parkmgr.demo.contracts import break_on
from parkmgr.demo.days import COUNTED_ON, DAY, TOLD_UNTIL, months_on, working_day
from parkmgr.demo.letting import Letting, Story


@dataclass(slots=True)
class Oddities:
    """What happens to some lettings beside beginning and ending: lettings -> days."""

    breaks_given: dict[Letting, date] = field(default_factory=dict)
    notices_given: dict[Letting, date] = field(default_factory=dict)
    amended: dict[Letting, tuple[date, date]] = field(default_factory=dict)
    """The day of the deed, and the day from which it counts."""


def _quiet(story: Story) -> list[Letting]:
    """Return signed working lettings that nothing else happens to."""
    followed = {letting.follows for letting in story.lettings}
    return [
        letting
        for letting in story.lettings
        if letting.kind != "flat"
        and letting.fate == "term"
        and not letting.odd
        and letting.under is None
        and letting not in followed
        and letting.signed_on <= TOLD_UNTIL
        and letting.ends_on is not None
        and letting.tenant.kind != "public_body"
    ]


def _pick(story: Story, count: int, suits: Callable[[Letting], bool]) -> list[Letting]:
    found = [letting for letting in _quiet(story) if suits(letting)]
    return story.rng.sample(found, min(count, len(found)))


def happen(story: Story) -> Oddities:
    """The odd cases are in the story."""
    made = Oddities()
    _join_two(story)
    _breaks(story, made)
    _sublet(story)
    _assign(story)
    _free_of_rent(story)
    for letting in _pick(story, 3, lambda each: each.takes(COUNTED_ON) and each.starts_on < date(2025, 9, 1)):
        letting.odd = "backdated"
        made.amended[letting] = (date(2026, 2, 17) + story.rng.randint(0, 2) * DAY, date(2026, 1, 1))
    for letting in _pick(story, 12, lambda each: each.starts_on < date(2025, 1, 1) and (each.ends_on or COUNTED_ON) > date(2026, 3, 1)):
        effective_on = months_on(letting.starts_on.replace(day=1), 12)
        made.amended[letting] = (working_day(effective_on - story.rng.randint(15, 40) * DAY), effective_on)
    _notices(story, made)
    return made


def _join_two(story: Story) -> None:
    """Two neighbours' leases of one term, in different buildings, were one lease of two spaces from the start."""
    single = [
        each
        for each in _quiet(story)
        if each.takes(COUNTED_ON) and each.follows is None and each.kind == "office" and len(each.spaces) == 1
    ]
    joined = 0
    for first in single:
        for second in single:
            same_term = (first.park, first.starts_on, first.ends_on) == (second.park, second.starts_on, second.ends_on)
            apart = first.spaces[0].split("-")[0] < second.spaces[0].split("-")[0]
            if same_term and apart and not first.odd and not second.odd and joined < 3:
                first.spaces += second.spaces
                first.odd = second.odd = "two spaces"
                story.lettings.remove(second)
                joined += 1


def _breaks(story: Story, made: Oddities) -> None:
    past = _pick(
        story, 3, lambda each: each.follows is None and each.ends_on is not None and date(2017, 1, 1) < each.ends_on < date(2026, 1, 1)
    )
    soon = _pick(story, 1, lambda each: each.takes(COUNTED_ON) and date(2026, 12, 10) < break_on(each) < date(2027, 3, 31))
    for letting in past + soon:
        letting.fate = letting.odd = "break"
        letting.left_on = break_on(letting)
        made.breaks_given[letting] = working_day(months_on(letting.left_on, -6) - story.rng.randint(3, 25) * DAY)


def _sublet(story: Story) -> None:
    """Tenants of several spaces sublet the last of them."""
    heads = _pick(story, 3, lambda each: each.takes(COUNTED_ON) and len(each.spaces) >= 2 and each.starts_on < date(2026, 1, 1))
    for head in heads:
        head.odd = "sublet"
        others = [
            each.tenant for each in story.lettings if each.park == head.park and each.kind == head.kind and each.tenant != head.tenant
        ]
        starts_on = months_on(head.starts_on, 3)
        letting = story.let(head.park, story.rng.choice(others), head.spaces[-1:], head.kind, starts_on, head.ends_on, lead=(5, 20))
        letting.under, letting.odd = head, "sublet"


def _assign(story: Story) -> None:
    """Tenants hand their leases to others."""
    heads = _pick(
        story, 3, lambda each: each.takes(COUNTED_ON) and each.starts_on < date(2025, 3, 1) and (each.ends_on or COUNTED_ON) > TOLD_UNTIL
    )
    for letting, on in zip(heads, (date(2025, 5, 1), date(2025, 10, 1), date(2026, 4, 1)), strict=False):
        others = [
            each.tenant
            for each in story.lettings
            if each.park == letting.park and each.kind == letting.kind and each.tenant != letting.tenant
        ]
        letting.fate = letting.odd = "assigned"
        letting.left_on = on - DAY
        heir = story.let(letting.park, story.rng.choice(others), letting.spaces, letting.kind, on, letting.ends_on)
        heir.heir_of, heir.odd = letting, "assigned"
        heir.signed_on = working_day(on - 9 * DAY)


def _free_of_rent(story: Story) -> None:
    for letting in story.lettings:
        if letting.tenant.kind == "public_body" and letting.kind == "office" and letting.takes(COUNTED_ON) and letting.fate == "term":
            letting.odd = "zero rent"
            return


def _notices(story: Story, made: Oddities) -> None:
    """Some of those who will not stay said so some months before."""

    def leaves(letting: Letting) -> bool:
        return letting.takes(COUNTED_ON) and letting.ends_on is not None and letting.ends_on < date(2027, 4, 1)

    leaving = _pick(story, 9, leaves)
    for letting in leaving:
        if letting.ends_on is None or letting in made.amended:
            continue
        given_on = working_day(months_on(letting.ends_on, -3) - story.rng.randint(1, 40) * DAY)
        if given_on <= TOLD_UNTIL and given_on > letting.starts_on:
            letting.fate = "notice"
            letting.left_on = letting.ends_on
            made.notices_given[letting] = given_on
