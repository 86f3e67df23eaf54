"""Agreements, projects, events, delegations; market rents."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from parkmgr.db import Instant, Key

revision = "0006"
down_revision = "0005"

ONCE = {
    "agreement_terms": (
        "agreement_id",
        "since",
        "state",
        "starts_on",
        "ends_on",
        "places_a_year",
        "renew_months",
        "notice_days",
        "notice_by",
        "reason",
        "recorded_at",
    ),
    "agreement_parties": (
        "agreement_id",
        "organisation_id",
        "signed_on",
        "signatory",
        "coordinator",
        "coordinator_email",
        "recorded_at",
    ),
    "agreement_activities": (
        "agreement_id",
        "on",
        "what",
        "title",
        "people",
        "recorded_at",
    ),
    "project_uses": (
        "project_id",
        "space_id",
        "person_id",
        "fund_id",
        "organisation_id",
        "starts_on",
        "ends_on",
        "recorded_at",
    ),
    "delegation_outcomes": (
        "delegation_id",
        "kind",
        "agreement_id",
        "project_id",
        "text",
        "recorded_at",
    ),
    "market_rents": (
        "park_id",
        "space_id",
        "from_on",
        "minor",
        "currency",
        "source",
        "recorded_at",
    ),
}
"""What is written once, and at most withdrawn."""


def _guards(postgresql: bool) -> Iterator[str]:
    each, sqlite_end, postgresql_end = "FOR EACH ROW", "BEGIN SELECT RAISE(ABORT, '{name}'); END", "EXECUTE FUNCTION parkmgr_refuse()"

    def guard(name: str, when: str, table: str, condition: str = "") -> str:
        if postgresql:
            return f"CREATE TRIGGER {name} BEFORE {when} ON {table} {each} {condition} {postgresql_end}"
        return f"CREATE TRIGGER {name} BEFORE {when} ON {table} {condition} {sqlite_end.format(name=name)}"

    differ = "IS DISTINCT FROM" if postgresql else "IS NOT"
    for table, columns in ONCE.items():
        changed = " OR ".join(f'NEW."{column}" {differ} OLD."{column}"' for column in ("id", *columns))
        yield guard(
            f"{table}_written_once", "UPDATE", table, f"WHEN (OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR {changed})"
        )
        yield guard(f"{table}_kept", "DELETE", table)


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("under_id", Key, nullable=True),
        sa.Column("follows_id", Key, nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["follows_id"], ["agreements.id"], name=op.f("fk_agreements_follows_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_agreements_park_id")),
        sa.ForeignKeyConstraint(["under_id"], ["agreements.id"], name=op.f("fk_agreements_under_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("follows_id", name=op.f("uq_agreements_follows_id")),
        sa.UniqueConstraint("key", name=op.f("uq_agreements_key")),
        sa.UniqueConstraint("number", name=op.f("uq_agreements_number")),
    )
    op.create_index("ix_agreements_park_id_kind", "agreements", ["park_id", "kind"], unique=False)
    op.create_index(op.f("ix_agreements_under_id"), "agreements", ["under_id"], unique=False)
    op.create_table(
        "agreement_activities",
        sa.Column("agreement_id", Key, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_activities_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_activities")),
    )
    op.create_index("ix_agreement_activities_agreement_id_on", "agreement_activities", ["agreement_id", "on"], unique=False)
    op.create_table(
        "agreement_parties",
        sa.Column("agreement_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signatory", sa.String(length=200), nullable=False),
        sa.Column("coordinator", sa.String(length=200), nullable=False),
        sa.Column("coordinator_email", sa.String(length=254), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_parties_agreement_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_agreement_parties_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_parties")),
    )
    op.create_index("ix_agreement_parties_agreement_id", "agreement_parties", ["agreement_id"], unique=False)
    op.create_index("ix_agreement_parties_organisation_id", "agreement_parties", ["organisation_id"], unique=False)
    op.create_table(
        "agreement_plans",
        sa.Column("agreement_id", Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_plans_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_plans")),
        sa.UniqueConstraint("agreement_id", "year", "what", name=op.f("uq_agreement_plans_agreement_id_year_what")),
    )
    op.create_table(
        "agreement_tasks",
        sa.Column("agreement_id", Key, nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("organisation_id", Key, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_tasks_agreement_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_agreement_tasks_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_tasks")),
    )
    op.create_index("ix_agreement_tasks_agreement_id", "agreement_tasks", ["agreement_id"], unique=False)
    op.create_table(
        "agreement_terms",
        sa.Column("agreement_id", Key, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("places_a_year", sa.Integer(), nullable=False),
        sa.Column("renew_months", sa.Integer(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("notice_by", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_terms_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_terms")),
    )
    op.create_index("ix_agreement_terms_agreement_id_since", "agreement_terms", ["agreement_id", "since"], unique=False)
    op.create_table(
        "agreement_texts",
        sa.Column("agreement_id", Key, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("authentic", sa.Boolean(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_texts_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_texts")),
    )
    op.create_index("ix_agreement_texts_agreement_id", "agreement_texts", ["agreement_id"], unique=False)
    op.create_table(
        "delegations",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("guest_id", Key, nullable=False),
        sa.Column("host_id", Key, nullable=False),
        sa.Column("agreement_id", Key, nullable=True),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("leaves_on", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("host_language", sa.String(length=2), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", Key, nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("invited_on", sa.Date(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("erase_days", sa.Integer(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("arrives_on <= leaves_on", name=op.f("ck_delegations_forwards")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_delegations_agreement_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_delegations_asked_by_id")),
        sa.ForeignKeyConstraint(["guest_id"], ["organisations.id"], name=op.f("fk_delegations_guest_id")),
        sa.ForeignKeyConstraint(["host_id"], ["organisations.id"], name=op.f("fk_delegations_host_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_delegations_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        sa.UniqueConstraint("key", name=op.f("uq_delegations_key")),
        sa.UniqueConstraint("number", name=op.f("uq_delegations_number")),
    )
    op.create_index(op.f("ix_delegations_agreement_id"), "delegations", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_delegations_guest_id"), "delegations", ["guest_id"], unique=False)
    op.create_index(op.f("ix_delegations_host_id"), "delegations", ["host_id"], unique=False)
    op.create_index("ix_delegations_park_id_arrives_on", "delegations", ["park_id", "arrives_on"], unique=False)
    op.create_table(
        "projects",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("agreement_id", Key, nullable=True),
        sa.Column("programme_id", Key, nullable=True),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_projects_agreement_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["organisations.id"], name=op.f("fk_projects_lead_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_projects_park_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["projects.id"], name=op.f("fk_projects_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("key", name=op.f("uq_projects_key")),
        sa.UniqueConstraint("number", name=op.f("uq_projects_number")),
    )
    op.create_index(op.f("ix_projects_agreement_id"), "projects", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_projects_lead_id"), "projects", ["lead_id"], unique=False)
    op.create_index("ix_projects_park_id_state", "projects", ["park_id", "state"], unique=False)
    op.create_index(op.f("ix_projects_programme_id"), "projects", ["programme_id"], unique=False)
    op.create_table(
        "delegation_members",
        sa.Column("delegation_id", Key, nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.Column("citizenship", sa.String(length=2), nullable=False),
        sa.Column("passport", sa.String(length=40), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("person_id", Key, nullable=True),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegations.id"], name=op.f("fk_delegation_members_delegation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_delegation_members_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation_members")),
    )
    op.create_index("ix_delegation_members_delegation_id", "delegation_members", ["delegation_id"], unique=False)
    op.create_table(
        "delegation_outcomes",
        sa.Column("delegation_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("agreement_id", Key, nullable=True),
        sa.Column("project_id", Key, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_delegation_outcomes_agreement_id")),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegations.id"], name=op.f("fk_delegation_outcomes_delegation_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_delegation_outcomes_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation_outcomes")),
    )
    op.create_index("ix_delegation_outcomes_delegation_id", "delegation_outcomes", ["delegation_id"], unique=False)
    op.create_table(
        "events",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("host_id", Key, nullable=False),
        sa.Column("agreement_id", Key, nullable=True),
        sa.Column("project_id", Key, nullable=True),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("came", sa.Integer(), nullable=True),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_events_agreement_id")),
        sa.ForeignKeyConstraint(["host_id"], ["organisations.id"], name=op.f("fk_events_host_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_events_park_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_events_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("key", name=op.f("uq_events_key")),
        sa.UniqueConstraint("number", name=op.f("uq_events_number")),
    )
    op.create_index(op.f("ix_events_agreement_id"), "events", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_events_host_id"), "events", ["host_id"], unique=False)
    op.create_index("ix_events_park_id_starts_at", "events", ["park_id", "starts_at"], unique=False)
    op.create_index(op.f("ix_events_project_id"), "events", ["project_id"], unique=False)
    op.create_table(
        "market_rents",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.CheckConstraint("minor > 0", name=op.f("ck_market_rents_positive")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_market_rents_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_market_rents_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_market_rents")),
    )
    op.create_index(op.f("ix_market_rents_park_id"), "market_rents", ["park_id"], unique=False)
    op.create_index("ix_market_rents_space_id_from_on", "market_rents", ["space_id", "from_on"], unique=False)
    op.create_table(
        "project_uses",
        sa.Column("project_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=True),
        sa.Column("person_id", Key, nullable=True),
        sa.Column("fund_id", Key, nullable=True),
        sa.Column("organisation_id", Key, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_project_uses_fund_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_project_uses_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_project_uses_person_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_uses_project_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_project_uses_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_uses")),
    )
    op.create_index("ix_project_uses_organisation_id", "project_uses", ["organisation_id"], unique=False)
    op.create_index("ix_project_uses_project_id", "project_uses", ["project_id"], unique=False)
    op.create_table(
        "delegation_items",
        sa.Column("delegation_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("space_id", Key, nullable=True),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("booking_id", Key, nullable=True),
        sa.Column("residency_id", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_delegation_items_booking_id")),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegations.id"], name=op.f("fk_delegation_items_delegation_id")),
        sa.ForeignKeyConstraint(["residency_id"], ["residencies.id"], name=op.f("fk_delegation_items_residency_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_delegation_items_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation_items")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_delegation_items_booking_id")),
        sa.UniqueConstraint("residency_id", name=op.f("uq_delegation_items_residency_id")),
    )
    op.create_index("ix_delegation_items_delegation_id_starts_at", "delegation_items", ["delegation_id", "starts_at"], unique=False)
    op.create_table(
        "event_rooms",
        sa.Column("event_id", Key, nullable=False),
        sa.Column("booking_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_event_rooms_booking_id")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_rooms_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_rooms")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_event_rooms_booking_id")),
    )
    op.create_index("ix_event_rooms_event_id", "event_rooms", ["event_id"], unique=False)
    # ### end Alembic commands ###
    for guard in _guards(op.get_bind().dialect.name == "postgresql"):
        op.execute(guard)


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: the ledger is never migrated backwards.")
