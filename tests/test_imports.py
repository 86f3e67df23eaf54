"""The rank of the house, held over the syntax tree: a module imports lower ranks only, siblings never."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parkmgr.config import ROOT

PACKAGE = ROOT / "parkmgr"
RANKS = (
    {"values", "errors"},
    {"clock", "policy", "searching", "config"},
    {"calendars"},
    {"mail", "signing"},
    {"db"},
    {"guards", "rounds"},
    {"web"},
    {"audit"},
    {"places"},
    {"organisations"},
    {"accounts"},
    {"people"},
    {"notices"},
    {"occupancy"},
    {"labs"},
    {"leases", "bookings", "housing", "funds"},
    {"amenities"},
    {"utilisation"},
    {"charges"},
    {"cooperation"},
    {"imports"},
    {"reports"},
    {"relations", "assurance"},
    {"demo"},
    {"app"},
    {"cli"},
)
"""Low to high; names on one line are siblings."""
SLICES = (
    "calendars",
    "audit",
    "places",
    "organisations",
    "accounts",
    "notices",
    "occupancy",
    "people",
    "labs",
    "leases",
    "bookings",
    "housing",
    "amenities",
    "utilisation",
    "charges",
    "funds",
    "cooperation",
    "relations",
    "imports",
    "reports",
    "assurance",
)
ROOMS = ("rules", "models", "queries", "actions", "forms", "views")
RULES_MAY = {"values", "errors", "policy"}
PURE_RULES = {"parkmgr.calendars.rules", "parkmgr.labs.rules", "parkmgr.funds.rates"}
"""Pure modules that rules may stand on."""
EVERYWHERE = {"parkmgr"}
"""`import parkmgr` itself: its version."""


def _rank(name: str) -> int:
    found = [rank for rank, names in enumerate(RANKS) if name in names]
    assert found, f"{name} has no rank: put it into RANKS of tests/test_imports.py, where it belongs"
    return found[0]


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "static" not in path.parts)


def _part(path: Path) -> str:
    """Return the slice, or the module, that a file is of."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every module that a file imports, also inside functions, and the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield str(node.module), node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names if node.module == "parkmgr")


def _of_package(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the parts of the package that a file imports."""
    for name, line in _imported(path):
        pieces = name.split(".")
        if pieces[0] == "parkmgr" and len(pieces) > 1 and ((PACKAGE / pieces[1]).is_dir() or (PACKAGE / f"{pieces[1]}.py").exists()):
            yield pieces[1], line


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_lower_ranks_only(path: Path) -> None:
    part = _part(path)
    if part == "__init__":
        return
    wrong = [f"{path}:{line} imports {name}" for name, line in _of_package(path) if name != part and _rank(name) >= _rank(part)]
    assert not wrong


def test_nothing_is_without_a_rank() -> None:
    assert {_part(path) for path in modules()} - {"__init__"} <= set().union(*RANKS)


@pytest.mark.parametrize("path", [path for path in modules() if path.name == "rules.py"], ids=name_of)
def test_rules_import_the_standard_library_values_and_errors_only(path: Path) -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for name, line in _imported(path)
        if name != "parkmgr"
        and name not in PURE_RULES
        and not (name.split(".")[1] in RULES_MAY if name.startswith("parkmgr.") else name.split(".")[0] in sys.stdlib_module_names)
    ]
    assert not wrong


@pytest.mark.parametrize("path", [path for path in modules() if _part(path) in SLICES and path.stem in ROOMS], ids=name_of)
def test_a_room_imports_lower_rooms_of_its_slice_only(path: Path) -> None:
    """Low to high: rules models queries actions forms views."""
    here = ROOMS.index(path.stem)
    wrong = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"parkmgr.{_part(path)}"):
            pieces = str(node.module).split(".")
            rooms = [pieces[2]] if len(pieces) > 2 else [alias.name for alias in node.names]
            wrong += [f"{path}:{node.lineno} imports {room}" for room in rooms if room in ROOMS and ROOMS.index(room) >= here]
    assert not wrong


READS_THE_CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}


@pytest.mark.parametrize("path", [path for path in modules() if path.name != "clock.py"], ids=name_of)
def test_only_the_clock_reads_the_clock(path: Path) -> None:
    wrong = [
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in READS_THE_CLOCK
    ]
    assert not wrong


VAGUE = {"utils", "util", "helpers", "helper", "manager", "service", "services", "data", "info", "process", "misc", "common"}


def test_no_module_has_a_vague_name() -> None:
    assert not [path for path in modules() if path.stem in VAGUE or path.parent.name in VAGUE]


@pytest.mark.parametrize("slice_", SLICES)
def test_a_slice_says_what_it_is_for(slice_: str) -> None:
    assert ast.get_docstring(ast.parse((PACKAGE / slice_ / "__init__.py").read_text(encoding="utf-8")))
