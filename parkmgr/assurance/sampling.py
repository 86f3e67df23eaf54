"""Samples that can be drawn again: by the seed and the population alone, on any machine, in any year. Pure.

Order and start come from SHA-256 and not from a library's random numbers, which may change with its version. Monetary unit sampling is
fixed interval selection: every coin of the population has the same chance, so what costs more than the interval is always drawn.
Source of the methods: AICPA, Audit Guide Audit Sampling; ISA 530, appendix 4.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from parkmgr.errors import N_, Objection

METHODS = {
    "simple": N_("Simple: each with the same chance"),
    "stratified": N_("Stratified: of each group in proportion"),
    "monetary": N_("Monetary unit: each coin with the same chance"),
}
LARGEST = 2000

EMPTY = Objection("assurance.empty", N_("There is nothing to draw from on these days."), "population")
TOO_FEW = Objection("assurance.too_few", N_("There are only %(count)s to draw from."), "size")
BAD_SIZE = Objection("assurance.bad_size", N_("A sample has 1 to %(most)s items."), "size")
NO_AMOUNT = Objection(
    "assurance.no_amount", N_("These have no amounts in this currency: choose another method or another currency."), "method"
)
NO_METHOD = Objection("assurance.no_method", N_("There is no such way of drawing."), "method")


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be drawn. stratum: its group. amount: in the smallest unit; 0 has no chance by amount. hits: how often it was."""

    key: str
    stratum: str
    amount: int = 0
    hits: int = 1


def fingerprint(items: Iterable[Item]) -> str:
    """Return the SHA-256 (hex) of a population, whatever its order."""
    plain = sorted([item.key, item.stratum, item.amount] for item in items)
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def objections(items: Sequence[Item], method: str, size: int) -> list[Objection]:
    """Return every reason against a sample."""
    if method not in METHODS:
        return [NO_METHOD]
    if not 1 <= size <= LARGEST:
        return [BAD_SIZE.about(most=LARGEST)]
    if not items:
        return [EMPTY]
    if method == "monetary":
        return [] if any(item.amount > 0 for item in items) else [NO_AMOUNT]
    return [TOO_FEW.about(count=len(items))] if size > len(items) else []


def drawn(items: Iterable[Item], method: str, size: int, seed: str) -> list[Item]:
    """Return the sample, in order of key."""
    listed = list(items)
    by_method = {"simple": _simple, "stratified": _stratified, "monetary": _monetary}
    return sorted(by_method[method](listed, size, seed), key=lambda item: item.key)


def _number(seed: str, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\n{key}".encode()).digest(), "big")


def _simple(items: Sequence[Item], size: int, seed: str) -> list[Item]:
    return sorted(items, key=lambda item: (_number(seed, item.key), item.key))[:size]


def shares(counts: dict[str, int], size: int) -> dict[str, int]:
    """Return how many are drawn of each group: in proportion; the largest remainders get what is left, and no group more than it has."""
    whole = sum(counts.values())
    exact = {name: Fraction(size * count, whole) for name, count in counts.items()}
    found = {name: int(part) for name, part in exact.items()}
    left = size - sum(found.values())
    for name in sorted(exact, key=lambda name: (found[name] - exact[name], name))[:left]:
        found[name] += 1
    return found


def _stratified(items: Sequence[Item], size: int, seed: str) -> list[Item]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.stratum].append(item)
    parts = shares({name: len(group) for name, group in groups.items()}, size)
    return [item for name, group in groups.items() for item in _simple(group, parts[name], seed)]


def _monetary(items: Sequence[Item], size: int, seed: str) -> list[Item]:
    ordered = sorted((item for item in items if item.amount > 0), key=lambda item: item.key)
    interval = Fraction(sum(item.amount for item in ordered), size)
    point = Fraction(_number(seed, ""), 2**256) * interval
    found, end = [], 0
    for item in ordered:
        end += item.amount
        hits = 0
        while point < end:
            hits += 1
            point += interval
        if hits:
            found.append(replace(item, hits=hits))
    return found
