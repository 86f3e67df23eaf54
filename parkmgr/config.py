"""Settings: from PARKMGR_* variables and the instance folder, read once. An unknown variable is an error; no secret has a default."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class BadSetting(Exception):
    """A setting cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Config:
    """What can be set. Each field is the variable PARKMGR_<NAME>, or PARKMGR_<NAME>_FILE for a file that holds it."""

    instance: Path
    database_url: str = ""
    """Empty: SQLite, parkmgr.sqlite in the instance folder."""
    secret_key: str = ""
    """Empty: the instance folder's `secret`, made by `parkmgr init`."""
    public_url: str = "http://127.0.0.1:8000"
    """How people reach it: in links of mails and on paper."""
    trusted_hosts: str = ""
    """Host names answered to, by commas; empty: that of public_url, localhost and 127.0.0.1."""
    proxies: int = 0
    """How many proxies in front set X-Forwarded-*."""
    workers: int = 2
    """Processes that answer requests."""
    jobs: str = "in-process"
    """`in-process`: the server starts a worker; `none`: `parkmgr work` runs elsewhere."""
    smtp_url: str = ""
    """smtp://user:password@host:port or smtps://…; empty: mails are written to the log."""
    mail_from: str = "parkmgr@localhost"
    upload_limit_mb: int = 25
    checkpoints: str = ""
    """A file outside the database to which checkpoints of the audit log are appended; empty: none are kept."""

    signing_key: str = ""
    """The RSA key (PEM) with which papers are signed; empty: the instance folder's, made by `parkmgr init`."""
    signing_certificate: str = ""
    """Its certificate (PEM)."""

    @property
    def url(self) -> str:
        """The database, as SQLAlchemy wants it."""
        return self.database_url or f"sqlite:///{self.instance / 'parkmgr.sqlite'}"

    @property
    def hosts(self) -> list[str]:
        """The host names answered to."""
        if self.trusted_hosts:
            return [host.strip() for host in self.trusted_hosts.split(",") if host.strip()]
        public = self.public_url.split("//", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
        return list(dict.fromkeys([public, "localhost", "127.0.0.1", "[::1]"]))

    @property
    def secure(self) -> bool:
        """Whether cookies travel by https only."""
        return self.public_url.startswith("https://")


def read(environ: Mapping[str, str]) -> Config:
    """Return the settings in *environ*.

    Raises:
        BadSetting: for an unknown variable, a wrong type, an unreadable file.
    """
    known = {field.name: field for field in fields(Config)}
    values: dict[str, object] = {}
    for variable, text in environ.items():
        if not variable.startswith("PARKMGR_"):
            continue
        name = variable.removeprefix("PARKMGR_").lower()
        given = text
        if name not in known and name.endswith("_file") and name.removesuffix("_file") in known:
            name = name.removesuffix("_file")
            try:
                given = Path(text).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise BadSetting(f"{variable}: {error.strerror}: {text}") from error
        if name not in known:
            raise BadSetting(f"{variable} is not a setting; docs/operations.md lists them.")
        values[name] = _typed(variable, str(known[name].type), given)
    values.setdefault("instance", ROOT / "instance")
    return Config(**values)  # type: ignore[arg-type]


def _typed(variable: str, type_: str, text: str) -> object:
    if type_ == "int":
        if not text.isdecimal():
            raise BadSetting(f"{variable} must be a whole number, not {text!r}.")
        return int(text)
    return Path(text).resolve() if type_ == "Path" else text


def secret(config: Config) -> str:
    """Return the key that signs cookies and links.

    Raises:
        BadSetting: when there is none yet.
    """
    if config.secret_key:
        if len(config.secret_key) < 32:
            raise BadSetting("PARKMGR_SECRET_KEY must have at least 32 characters.")
        return config.secret_key
    try:
        return (config.instance / "secret").read_text(encoding="ascii").strip()
    except OSError:
        raise BadSetting(f"There is no secret in {config.instance}: run `parkmgr init` first.") from None


def prepare_instance(config: Config) -> None:
    """The instance folder exists and holds a secret, readable by its owner only."""
    config.instance.mkdir(parents=True, exist_ok=True)
    path = config.instance / "secret"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
