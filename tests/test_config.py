"""Settings are read once, whole, and without guesses."""

from __future__ import annotations

from pathlib import Path

import pytest

from parkmgr.config import BadSetting, Config, prepare_instance, read, secret


def test_a_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql+psycopg://h/n\n", encoding="utf-8")
    assert read({"PARKMGR_DATABASE_URL_FILE": str(tmp_path / "url"), "HOME": "/"}).url == "postgresql+psycopg://h/n"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PARKMGR_DATBASE_URL": "x"}, "PARKMGR_DATBASE_URL is not a setting"),
        ({"PARKMGR_WORKERS": "two"}, "must be a whole number"),
        ({"PARKMGR_SECRET_KEY_FILE": "/nowhere"}, "No such file"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        read(environ)


def test_there_is_no_default_secret(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="parkmgr init"):
        secret(Config(instance=tmp_path))
    with pytest.raises(BadSetting, match="32"):
        secret(Config(instance=tmp_path, secret_key="short"))


def test_init_makes_a_secret_that_only_its_owner_reads(tmp_path: Path) -> None:
    config = Config(instance=tmp_path / "new")
    prepare_instance(config)
    first = secret(config)
    prepare_instance(config)
    assert secret(config) == first
    assert len(first) >= 32
    assert (tmp_path / "new" / "secret").stat().st_mode & 0o077 == 0
