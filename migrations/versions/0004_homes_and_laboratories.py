"""People, laboratories, homes, hospital and sports centre; charges of sessions."""

import sqlalchemy as sa
from alembic import op

from parkmgr.db import Instant, Key

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "housing_lotteries",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("class_code", sa.String(length=20), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("seed_sha256", sa.String(length=64), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("drawn_at", Instant(), nullable=True),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_housing_lotteries_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housing_lotteries")),
        sa.UniqueConstraint("number", name=op.f("uq_housing_lotteries_number")),
    )
    op.create_index(op.f("ix_housing_lotteries_park_id"), "housing_lotteries", ["park_id"], unique=False)
    op.create_table(
        "housing_rules",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("housing_office_id", Key, nullable=True),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("eligible", sa.JSON(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("offer_days", sa.Integer(), nullable=False),
        sa.Column("declines", sa.Integer(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("people_per_flat", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("meters", sa.JSON(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["housing_office_id"], ["organisations.id"], name=op.f("fk_housing_rules_housing_office_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_housing_rules_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housing_rules")),
        sa.UniqueConstraint("park_id", name=op.f("uq_housing_rules_park_id")),
    )
    op.create_table(
        "people",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_people_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_people_park_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_people_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("number", name=op.f("uq_people_number")),
        sa.UniqueConstraint("user_id", name=op.f("uq_people_user_id")),
    )
    op.create_index(op.f("ix_people_organisation_id"), "people", ["organisation_id"], unique=False)
    op.create_index("ix_people_park_id_organisation_id", "people", ["park_id", "organisation_id"], unique=False)
    op.create_table(
        "permit_kinds",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("unused_days", sa.Integer(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_permit_kinds_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_kinds")),
        sa.UniqueConstraint("park_id", "code", name=op.f("uq_permit_kinds_park_id_code")),
    )
    op.create_table(
        "seasons",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ask_until", sa.Date(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("seed_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("allocated_at", Instant(), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_seasons_not_empty")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_seasons_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasons")),
        sa.UniqueConstraint("park_id", "code", name=op.f("uq_seasons_park_id_code")),
    )
    op.create_table(
        "services",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("desk", sa.String(length=8), nullable=False),
        sa.Column("operator_id", Key, nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("open_on_holidays", sa.Boolean(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["organisations.id"], name=op.f("fk_services_operator_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_services_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("park_id", "code", name=op.f("uq_services_park_id_code")),
    )
    op.create_table(
        "statements",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_statements_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_statements_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("number", name=op.f("uq_statements_number")),
        sa.UniqueConstraint(
            "park_id", "organisation_id", "month", "currency", name=op.f("uq_statements_park_id_organisation_id_month_currency")
        ),
    )
    op.create_index(op.f("ix_statements_organisation_id"), "statements", ["organisation_id"], unique=False)
    op.create_index("ix_statements_park_id_month", "statements", ["park_id", "month"], unique=False)
    op.create_table(
        "household_members",
        sa.Column("person_id", Key, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("relation", sa.String(length=12), nullable=False),
        sa.Column("born", sa.Integer(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_household_members_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_members")),
    )
    op.create_index("ix_household_members_person_id", "household_members", ["person_id"], unique=False)
    op.create_table(
        "housing_applications",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("class_code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("least_dm2", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=False),
        sa.Column("waiting_at", Instant(), nullable=True),
        sa.Column("last_at", Instant(), nullable=True),
        sa.Column("drawn_at", Instant(), nullable=True),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("declined", sa.Integer(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_housing_applications_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_housing_applications_park_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_housing_applications_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housing_applications")),
        sa.UniqueConstraint("key", name=op.f("uq_housing_applications_key")),
        sa.UniqueConstraint("number", name=op.f("uq_housing_applications_number")),
    )
    op.create_index("ix_housing_applications_park_id_state", "housing_applications", ["park_id", "state", "class_code"], unique=False)
    op.create_index(op.f("ix_housing_applications_person_id"), "housing_applications", ["person_id"], unique=False)
    op.create_table(
        "sports_memberships",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=True),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_sports_memberships_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_sports_memberships_park_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sports_memberships_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sports_memberships")),
        sa.UniqueConstraint("number", name=op.f("uq_sports_memberships_number")),
    )
    op.create_index(op.f("ix_sports_memberships_organisation_id"), "sports_memberships", ["organisation_id"], unique=False)
    op.create_index("ix_sports_memberships_park_id_ends_on", "sports_memberships", ["park_id", "ends_on"], unique=False)
    op.create_table(
        "housing_papers",
        sa.Column("application_id", Key, nullable=False),
        sa.Column("application_number", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["housing_applications.id"], name=op.f("fk_housing_papers_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housing_papers")),
    )
    op.create_index("ix_housing_papers_application_id", "housing_papers", ["application_id"], unique=False)
    op.create_table(
        "visits",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("service_id", Key, nullable=False),
        sa.Column("membership_id", Key, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("made_by_id", Key, nullable=True),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_visits_somebody")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_visits_made_by_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["sports_memberships.id"], name=op.f("fk_visits_membership_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_visits_park_id")),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_visits_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("key", name=op.f("uq_visits_key")),
    )
    op.create_index("ix_visits_membership_id", "visits", ["membership_id"], unique=False)
    op.create_index("ix_visits_service_id_at", "visits", ["service_id", "at"], unique=False)
    op.create_table(
        "labs",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("manager_id", Key, nullable=True),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["manager_id"], ["users.id"], name=op.f("fk_labs_manager_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_labs_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_labs_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labs")),
        sa.UniqueConstraint("space_id", name=op.f("uq_labs_space_id")),
    )
    op.create_index(op.f("ix_labs_park_id"), "labs", ["park_id"], unique=False)
    op.create_table(
        "permit_requirements",
        sa.Column("space_id", Key, nullable=False),
        sa.Column("kind_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["kind_id"], ["permit_kinds.id"], name=op.f("fk_permit_requirements_kind_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_permit_requirements_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_requirements")),
        sa.UniqueConstraint("space_id", "kind_id", name=op.f("uq_permit_requirements_space_id_kind_id")),
    )
    op.create_index("ix_permit_requirements_kind_id", "permit_requirements", ["kind_id"], unique=False)
    op.create_table(
        "permits",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("kind_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=True),
        sa.Column("granted_by_id", Key, nullable=True),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["granted_by_id"], ["users.id"], name=op.f("fk_permits_granted_by_id")),
        sa.ForeignKeyConstraint(["kind_id"], ["permit_kinds.id"], name=op.f("fk_permits_kind_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_permits_park_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_permits_person_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_permits_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permits")),
        sa.UniqueConstraint("number", name=op.f("uq_permits_number")),
    )
    op.create_index("ix_permits_park_id_until_on", "permits", ["park_id", "until_on"], unique=False)
    op.create_index("ix_permits_person_id_kind_id", "permits", ["person_id", "kind_id"], unique=False)
    op.create_table(
        "residencies",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("application_id", Key, nullable=True),
        sa.Column("follows_id", Key, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("offered_at", Instant(), nullable=True),
        sa.Column("offer_until", Instant(), nullable=True),
        sa.Column("agreed_at", Instant(), nullable=True),
        sa.Column("moved_on", sa.Date(), nullable=True),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("deposit_minor", sa.BigInteger(), nullable=True),
        sa.Column("deposit_currency", sa.String(length=3), nullable=False),
        sa.Column("deposit_paid_on", sa.Date(), nullable=True),
        sa.Column("deposit_returned_on", sa.Date(), nullable=True),
        sa.Column("external", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["housing_applications.id"], name=op.f("fk_residencies_application_id")),
        sa.ForeignKeyConstraint(["follows_id"], ["residencies.id"], name=op.f("fk_residencies_follows_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_residencies_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_residencies_park_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_residencies_person_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_residencies_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residencies")),
        sa.UniqueConstraint("key", name=op.f("uq_residencies_key")),
        sa.UniqueConstraint("number", name=op.f("uq_residencies_number")),
    )
    op.create_index(op.f("ix_residencies_application_id"), "residencies", ["application_id"], unique=False)
    op.create_index(op.f("ix_residencies_follows_id"), "residencies", ["follows_id"], unique=False)
    op.create_index(
        "ix_residencies_living",
        "residencies",
        ["person_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('accepted', 'notice', 'offered', 'resident')"),
        sqlite_where=sa.text("state IN ('accepted', 'notice', 'offered', 'resident')"),
    )
    op.create_index("ix_residencies_organisation_id", "residencies", ["organisation_id"], unique=False)
    op.create_index("ix_residencies_park_id_state", "residencies", ["park_id", "state"], unique=False)
    op.create_index("ix_residencies_space_id", "residencies", ["space_id"], unique=False)
    op.create_table(
        "season_spaces",
        sa.Column("season_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["season_id"], ["seasons.id"], name=op.f("fk_season_spaces_season_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_season_spaces_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_season_spaces")),
        sa.UniqueConstraint("season_id", "space_id", name=op.f("uq_season_spaces_season_id_space_id")),
    )
    op.create_table(
        "season_wishes",
        sa.Column("season_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("space_id", Key, nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_space_id", Key, nullable=True),
        sa.Column("set_id", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["given_space_id"], ["spaces.id"], name=op.f("fk_season_wishes_given_space_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_season_wishes_organisation_id")),
        sa.ForeignKeyConstraint(["season_id"], ["seasons.id"], name=op.f("fk_season_wishes_season_id")),
        sa.ForeignKeyConstraint(["set_id"], ["booking_sets.id"], name=op.f("fk_season_wishes_set_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_season_wishes_space_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_season_wishes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_season_wishes")),
        sa.UniqueConstraint("season_id", "organisation_id", "rank", name=op.f("uq_season_wishes_season_id_organisation_id_rank")),
    )
    op.create_index(op.f("ix_season_wishes_organisation_id"), "season_wishes", ["organisation_id"], unique=False)
    op.create_table(
        "service_rooms",
        sa.Column("service_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_service_rooms_service_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_service_rooms_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_rooms")),
        sa.UniqueConstraint("service_id", "space_id", name=op.f("uq_service_rooms_service_id_space_id")),
    )
    op.create_index("ix_service_rooms_space_id", "service_rooms", ["space_id"], unique=False)
    op.create_table(
        "space_needs",
        sa.Column("space_id", Key, nullable=False),
        sa.Column("needs_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["needs_id"], ["spaces.id"], name=op.f("fk_space_needs_needs_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_space_needs_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space_needs")),
        sa.UniqueConstraint("space_id", "needs_id", name=op.f("uq_space_needs_space_id_needs_id")),
    )
    op.create_index("ix_space_needs_needs_id", "space_needs", ["needs_id"], unique=False)
    op.create_table(
        "tariffs",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("minimum_minutes", sa.Integer(), nullable=False),
        sa.Column("block_minutes", sa.Integer(), nullable=False),
        sa.Column("peak_week", sa.Text(), nullable=False),
        sa.Column("peak_percent", sa.Integer(), nullable=False),
        sa.Column("no_show_percent", sa.Integer(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("operator", sa.JSON(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_tariffs_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_tariffs_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariffs")),
    )
    op.create_index(
        "ix_tariffs_now",
        "tariffs",
        ["park_id", "space_id", "kind", "from_on"],
        unique=False,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "appointments",
        sa.Column("booking_id", Key, nullable=False),
        sa.Column("service_id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_appointments_booking_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_appointments_person_id")),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_appointments_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_appointments_booking_id")),
    )
    op.create_index("ix_appointments_service_id", "appointments", ["service_id"], unique=False)
    op.create_table(
        "equipment",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("lab_id", Key, nullable=True),
        sa.Column("space_id", Key, nullable=True),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("make", sa.String(length=120), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("serial", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("warranty_until", sa.Date(), nullable=True),
        sa.Column("calibrated_on", sa.Date(), nullable=True),
        sa.Column("calibration_due", sa.Date(), nullable=True),
        sa.Column("reminded_for", sa.Date(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lab_id"], ["labs.id"], name=op.f("fk_equipment_lab_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_equipment_owner_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_equipment_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_equipment_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
        sa.UniqueConstraint("park_id", "number", name=op.f("uq_equipment_park_id_number")),
        sa.UniqueConstraint("space_id", name=op.f("uq_equipment_space_id")),
    )
    op.create_index("ix_equipment_lab_id", "equipment", ["lab_id"], unique=False)
    op.create_index(op.f("ix_equipment_owner_id"), "equipment", ["owner_id"], unique=False)
    op.create_table(
        "hazards",
        sa.Column("lab_id", Key, nullable=False),
        sa.Column("scheme", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["lab_id"], ["labs.id"], name=op.f("fk_hazards_lab_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazards")),
        sa.UniqueConstraint("lab_id", "scheme", "value", name=op.f("uq_hazards_lab_id_scheme_value")),
    )
    op.create_table(
        "housing_checks",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("residency_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=3), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("keys", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by_id", Key, nullable=True),
        sa.Column("desk_at", Instant(), nullable=True),
        sa.Column("desk_by_id", Key, nullable=True),
        sa.Column("resident_at", Instant(), nullable=True),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["desk_by_id"], ["users.id"], name=op.f("fk_housing_checks_desk_by_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_housing_checks_made_by_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_housing_checks_park_id")),
        sa.ForeignKeyConstraint(["residency_id"], ["residencies.id"], name=op.f("fk_housing_checks_residency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housing_checks")),
        sa.UniqueConstraint("residency_id", "kind", name=op.f("uq_housing_checks_residency_id_kind")),
        sa.UniqueConstraint("token", name=op.f("uq_housing_checks_token")),
    )
    op.create_table(
        "housing_vacancies",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("residency_id", Key, nullable=True),
        sa.Column("vacated_on", sa.Date(), nullable=False),
        sa.Column("ready_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_housing_vacancies_park_id")),
        sa.ForeignKeyConstraint(["residency_id"], ["residencies.id"], name=op.f("fk_housing_vacancies_residency_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_housing_vacancies_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housing_vacancies")),
    )
    op.create_index("ix_housing_vacancies_park_id", "housing_vacancies", ["park_id", "vacated_on"], unique=False)
    op.create_index("ix_housing_vacancies_space_id", "housing_vacancies", ["space_id", "vacated_on"], unique=False)
    op.create_table(
        "residency_terms",
        sa.Column("residency_id", Key, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("staff", sa.Boolean(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["residency_id"], ["residencies.id"], name=op.f("fk_residency_terms_residency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residency_terms")),
    )
    op.create_index("ix_residency_terms_residency_id_from_on", "residency_terms", ["residency_id", "from_on"], unique=False)
    op.create_table(
        "session_extras",
        sa.Column("booking_id", Key, nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_session_extras_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_extras")),
    )
    op.create_index("ix_session_extras_booking_id", "session_extras", ["booking_id"], unique=False)
    op.create_table(
        "statement_lines",
        sa.Column("statement_id", Key, nullable=False),
        sa.Column("booking_id", Key, nullable=True),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("peak_minutes", sa.Integer(), nullable=True),
        sa.Column("hour_minor", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("extra_id", Key, nullable=True),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_statement_lines_booking_id")),
        sa.ForeignKeyConstraint(["extra_id"], ["session_extras.id"], name=op.f("fk_statement_lines_extra_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_statement_lines_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_lines")),
        sa.UniqueConstraint("extra_id", name=op.f("uq_statement_lines_extra_id")),
    )
    for_use = sa.text("what IN ('use', 'no_show')")
    op.create_index(
        "uq_statement_lines_booking_id", "statement_lines", ["booking_id"], unique=True, sqlite_where=for_use, postgresql_where=for_use
    )
    op.create_index("ix_statement_lines_statement_id", "statement_lines", ["statement_id"], unique=False)
    op.create_table(
        "equipment_states",
        sa.Column("equipment_id", Key, nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["equipment_id"], ["equipment.id"], name=op.f("fk_equipment_states_equipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment_states")),
    )
    op.create_index("ix_equipment_states_equipment_id_at", "equipment_states", ["equipment_id", "at"], unique=False)
    op.create_table(
        "housing_check_lines",
        sa.Column("check_id", Key, nullable=False),
        sa.Column("residency_id", Key, nullable=False),
        sa.Column("room", sa.String(length=60), nullable=False),
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("photo", sa.LargeBinary(), nullable=True),
        sa.Column("photo_sha256", sa.String(length=64), nullable=False),
        sa.Column("photo_type", sa.String(length=20), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["housing_checks.id"], name=op.f("fk_housing_check_lines_check_id")),
        sa.ForeignKeyConstraint(["residency_id"], ["residencies.id"], name=op.f("fk_housing_check_lines_residency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housing_check_lines")),
        sa.UniqueConstraint("check_id", "room", "item", name=op.f("uq_housing_check_lines_check_id_room_item")),
    )
    op.create_table(
        "lab_documents",
        sa.Column("lab_id", Key, nullable=False),
        sa.Column("equipment_id", Key, nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["equipment_id"], ["equipment.id"], name=op.f("fk_lab_documents_equipment_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["labs.id"], name=op.f("fk_lab_documents_lab_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab_documents")),
    )
    op.create_index("ix_lab_documents_lab_id", "lab_documents", ["lab_id"], unique=False)
    op.create_table(
        "meter_readings",
        sa.Column("space_id", Key, nullable=False),
        sa.Column("meter", sa.String(length=20), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("check_id", Key, nullable=True),
        sa.Column("residency_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_meter_readings_not_negative")),
        sa.ForeignKeyConstraint(["check_id"], ["housing_checks.id"], name=op.f("fk_meter_readings_check_id")),
        sa.ForeignKeyConstraint(["residency_id"], ["residencies.id"], name=op.f("fk_meter_readings_residency_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_meter_readings_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_readings")),
    )
    op.create_index("ix_meter_readings_space_id_meter_on", "meter_readings", ["space_id", "meter", "on"], unique=False)
    op.create_table(
        "housing_deductions",
        sa.Column("residency_id", Key, nullable=False),
        sa.Column("line_id", Key, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["housing_check_lines.id"], name=op.f("fk_housing_deductions_line_id")),
        sa.ForeignKeyConstraint(["residency_id"], ["residencies.id"], name=op.f("fk_housing_deductions_residency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housing_deductions")),
    )
    op.create_index("ix_housing_deductions_residency_id", "housing_deductions", ["residency_id"], unique=False)
    op.add_column("booking_rules", sa.Column("alone_week", sa.Text(), nullable=False, server_default=""))
    op.add_column("bookings", sa.Column("desk", sa.String(length=8), nullable=False, server_default=""))
    op.add_column("bookings", sa.Column("booked_until", Instant(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # SQLite does not look at lengths
        op.alter_column("closures", "kind", type_=sa.String(length=12))
    key = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    for name in ("person_id", "buddy_id"):  # SQLite adds a foreign key only together with its column
        op.execute(f"ALTER TABLE bookings ADD COLUMN {name} {key} CONSTRAINT fk_bookings_{name} REFERENCES people (id)")
    op.create_index(op.f("ix_bookings_person_id"), "bookings", ["person_id"], unique=False)
    of_kind = "SELECT space_id FROM particulars WHERE kind = '{kind}' AND withdrawn_at IS NULL"
    for desk, kind in (("sports", "sports"), ("hospital", "clinic"), ("lab", "laboratory")):
        op.execute(f"UPDATE bookings SET desk = '{desk}' WHERE space_id IN ({of_kind.format(kind=kind)})")  # noqa: S608 - no input


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: the ledger is never migrated backwards.")
