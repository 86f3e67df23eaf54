"""The ways the park says no. They know no HTTP; the web turns them into answers in one place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


def N_(sentence: str) -> str:  # noqa: N802 - the name that message extractors know
    """Return *sentence* unchanged: it marks the sentence for the catalogues and is translated where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason against a deed.

    code: `slice.reason`, for programs. sentence: for people, marked by N_, with %(name)s for its facts.
    field: the form's field that it is about; empty when it is about the deed itself.
    facts: what the sentence needs (names, days, money), and what would make it pass.
    waiver: the role (of policy.Role) that may waive it with a reason; empty when nobody may.
    """

    code: str
    sentence: str
    field: str = ""
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict, compare=False)
    waiver: str = ""

    def about(self, **facts: object) -> Objection:
        """Return the same objection with *facts* for its sentence."""
        return replace(self, facts={**self.facts, **facts})

    def at(self, name: str) -> Objection:
        """Return the same objection about the field *name*."""
        return replace(self, field=name)

    def __str__(self) -> str:
        return self.sentence % self.facts


class Refused(Exception):
    """The park's rules are against the deed; every objection is in it."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__("; ".join(str(objection) for objection in objections))
        self.objections = tuple(objections)


class Missing(Exception):
    """There is no such thing, or the reader may not know of it; the two are never told apart."""


class Stale(Exception):
    """Somebody else changed it after the form was opened."""


class Unaudited(Exception):
    """A row was changed by a transaction that has no audit entry for it: a mistake in the program, never in the input."""


def refuse(objections: Sequence[Objection]) -> None:
    """Raise Refused when there is any objection."""
    if objections:
        raise Refused(objections)
