"""What the demo park's deeds have made so far, under the names that the story knows it by."""

from __future__ import annotations

from typing import Any

from parkmgr.demo.people import ADMINISTRATORS
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor


class Stage:
    """What was made, by kind and name. ids: of what deeds on homes, laboratories and amenities made, by (kind, name)."""

    def __init__(self) -> None:
        self.actors: dict[str, Actor] = {}
        self.parks: dict[str, Park] = {}
        self.spaces: dict[tuple[str, str], Space] = {}
        self.organisations: dict[str, Organisation] = {}
        self.bookings: dict[str, list[int]] = {}
        self.made: dict[tuple[str, str], Any] = {}

    def by(self, number: int = 0) -> Actor:
        """Return one of the administrators."""
        return self.actors[ADMINISTRATORS[number % len(ADMINISTRATORS)]]

    def desk(self, name: str) -> Actor:
        """Return who sits at a desk: housing, labs, hospital, sports."""
        return self.actors[f"{name}@parkmgr.example"]
