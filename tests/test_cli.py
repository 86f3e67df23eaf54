"""The command, as it is typed: one clear sentence and a non-zero exit where it says no."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from parkmgr.config import ROOT


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new instance with one park."""
    folder = tmp_path_factory.mktemp("instance")
    assert run(folder, "init").returncode == 0
    added = run(folder, "park", "add", "P", "--name", "Park", "--timezone", "Asia/Shanghai", "--currency", "CNY")
    assert (added.returncode, added.stderr) == (0, "")
    return folder


def run(instance: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARKMGR_")}
    return subprocess.run(
        [sys.executable, "-m", "parkmgr.cli", *arguments],
        cwd=ROOT,
        env=kept | {"PARKMGR_INSTANCE": str(instance)} | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_instance_is_in_order(instance: Path) -> None:
    assert run(instance, "check").stdout == "The guards exist, the settings are safe, the migrations are current.\n"
    assert run(instance, "park", "list").stdout == "P\tAsia/Shanghai\tCNY\tPark\n"
    assert run(instance, "audit", "verify").returncode == 0
    assert run(instance, "init").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["park", "add", "P", "--name", "Again", "--timezone", "Asia/Shanghai", "--currency", "CNY"], "of this code already"),
        (["park", "add", "Q", "--name", "Q", "--timezone", "Harbin", "--currency", "CNY"], "time zone"),
        (["user", "add", "a@parkmgr.example", "--role", "liaison"], "needs --organisation"),
        (["user", "add", "a@parkmgr.example", "--role", "auditor", "--park", "Q"], "There is no park Q"),
        (["user", "password", "nobody@parkmgr.example"], "There is no account"),
        (["import", "buildings", "nowhere.csv", "--park", "P"], "There is no file nowhere.csv"),
        (["report", "occupancy", "--park", "Q", "--on", "2026-06-30", "--format", "json", "-o", "x.json"], "There is no park Q"),
        (
            ["report", "labs", "--park", "P", "--from", "2026-02-02", "--to", "2026-02-01", "--format", "csv", "-o", "x.csv"],
            "first day must not",
        ),
    ],
)
def test_a_refusal_is_one_sentence(instance: Path, arguments: list[str], said: str) -> None:
    done = run(instance, *arguments)
    assert done.returncode != 0
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "occupancy", "--park", "P", "--on", "30.06.2026", "--format", "json", "-o", "x"],
        ["report", "occupancy", "--park", "P", "--on", "2026-06-30", "--known", "2026-07-01T00:00", "--format", "json", "-o", "x"],
    ],
)
def test_days_and_instants_are_asked_for_exactly(instance: Path, arguments: list[str]) -> None:
    done = run(instance, *arguments)
    assert done.returncode == 2
    assert "write it as" in done.stderr or "has no zone" in done.stderr


def test_an_unknown_setting_stops_everything(tmp_path: Path) -> None:
    done = run(tmp_path, "init", PARKMGR_DATABSE_URL="x")
    assert done.returncode == 1
    assert "PARKMGR_DATABSE_URL is not a setting" in done.stderr


def test_without_init_it_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "park", "list")
    assert done.returncode == 1
    assert "parkmgr init" in done.stderr


def test_an_account_is_added_with_a_password_shown_once(instance: Path) -> None:
    email, password = run(instance, "user", "add", "a@parkmgr.example", "--role", "administrator").stdout.split()
    assert (email, len(password) >= 12) == ("a@parkmgr.example", True)
    again, other = run(instance, "user", "password", "A@parkmgr.example").stdout.split()
    assert (again.casefold(), other != password) == (email, True)


def test_a_register_is_imported_whole_and_reported(instance: Path, tmp_path: Path) -> None:
    (tmp_path / "buildings.csv").write_text("code,name\nA,Main\n", encoding="utf-8")
    (tmp_path / "spaces.csv").write_text(
        "building,floor,code,kind,area,basis,starts_on\nA,1,A-1,office,40.5,IPMS3,2020-01-01\nA,1,A-2,office,,,2020-01-01\n",
        encoding="utf-8",
    )
    for what in ("buildings", "spaces"):
        dry = run(instance, "import", what, str(tmp_path / f"{what}.csv"), "--park", "P", "--dry-run", "--json")
        assert dry.returncode == 0, dry.stdout + dry.stderr
        done = run(instance, "import", what, str(tmp_path / f"{what}.csv"), "--park", "P", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
    target = tmp_path / "occupancy.json"
    issued = run(instance, "report", "occupancy", "--park", "P", "--on", "2026-06-30", "--format", "json", "-o", str(target))
    assert issued.returncode == 0, issued.stderr
    report = json.loads(target.read_text(encoding="utf-8"))
    assert (report["park"], report["on"], report["number"]) == ("P", "2026-06-30", issued.stdout.split()[0])
    assert report["totals"] | {"known": None} == {
        "spaces": 2,
        "units": 2,
        "let_units": 0,
        "lettable_m2": "40.50",
        "let_m2": "0.00",
        "unknown_area_spaces": 1,
        "occupancy_by_area": report["totals"]["occupancy_by_area"],
        "occupancy_by_units": report["totals"]["occupancy_by_units"],
        "rent_per_month": {},
        "known": None,
    }
    assert [(row["space"], row["area_m2"], row["status"], row["holder"]) for row in report["rows"]] == [
        ("A-1", "40.50", "vacant", None),
        ("A-2", None, "vacant", None),
    ]


def test_free_spaces_are_listed_for_a_time_of_the_parks_clock(instance: Path) -> None:
    asked = ("free", "--park", "P", "--from", "2099-09-01 09:00")
    none = run(instance, *asked, "--to", "2099-09-01 12:00")
    assert (none.returncode, none.stdout) == (0, "No space is free then that fits.\n")
    assert json.loads(run(instance, *asked, "--to", "2099-09-01 12:00", "--json").stdout) == []
    backwards = run(instance, *asked, "--to", "2099-09-01 08:00")
    assert (backwards.returncode, backwards.stderr) == (2, "parkmgr: It must end after it starts.\n")
    past = run(instance, "free", "--park", "P", "--from", "2019-09-01 09:00", "--to", "2019-09-01 10:00")
    assert (past.returncode, past.stderr) == (2, "parkmgr: 2019-09-01 09:00 is past.\n")


def test_an_hour_that_does_not_exist_or_exists_twice_is_no_time_for_the_command(instance: Path) -> None:
    added = run(instance, "park", "add", "B", "--name", "Berlin", "--timezone", "Europe/Berlin", "--currency", "EUR")
    assert added.returncode == 0
    skipped = run(instance, "free", "--park", "B", "--from", "2027-03-28 02:30", "--to", "2027-03-28 04:00")
    assert skipped.returncode == 2
    assert "does not exist" in skipped.stderr
    twice = ("free", "--park", "B", "--from", "2027-10-31 02:30", "--to", "2027-10-31 04:00")
    asked = run(instance, *twice)
    assert asked.returncode == 2
    assert "Add --second" in asked.stderr
    assert run(instance, *twice, "--second").returncode == 0
