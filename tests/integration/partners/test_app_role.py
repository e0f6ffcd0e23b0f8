"""The SQL role the portal runs as: it works, and it cannot touch what was written.

`grant_app_role` is run on a migrated database of its own; then the portal itself and raw
SQL are tried as that role.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import dedent

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from partners.append_only import AppendOnlyModel
from tests.live import (  # noqa: F401 (fixtures)
    LiveDatabase,
    live_database,
    live_settings,
    live_stack,
)
from tests.postgresql import on_server

pytestmark = pytest.mark.postgres

LEDGERS = sorted(
    (model._meta.db_table, str(model._meta.pk_fields[-1].column))
    for model in apps.get_models()
    if issubclass(model, AppendOnlyModel)
)

WIN_A_DEAL = dedent("""
    from datetime import UTC, date, datetime
    from clients.models import Client
    from deals.models import Deal, DealLine
    from deals.services import cancel_deal, win_deal
    from partners.models import Partner, PointsEntry
    from partners.services import open_standings

    at, today = datetime(2026, 1, 10, tzinfo=UTC), date(2026, 1, 10)
    partner = Partner.objects.create(
        ref="P", name="P", membership="partner", country="US", joined_on=today
    )
    open_standings(partner_ids=[partner.pk], on=today)
    client = Client.objects.create(ref="C", name="C", country="US")
    deal = Deal.objects.create(
        ref="D", name="D", partner=partner, client=client, motion="sourced",
        registered_on=today,
    )
    DealLine.objects.create(
        deal=deal, product_line="sales_hub", edition="starter", mrr_minor=100_000,
        currency="USD",
    )
    win_deal(
        deal_id=deal.pk, closed_on=today, poi_on=today, actor=None, at=at, today=today
    )
    cancel_deal(deal_id=deal.pk, on=date(2026, 3, 1), note="", actor=None, at=at)
    Client.objects.create(ref="C2", name="C2", country="US").delete()
    print("entries:", PointsEntry.objects.count())
""")


@dataclass(frozen=True)
class Role:
    """A role of the application, and the database it was given rights in."""

    name: str
    owner: LiveDatabase
    database: LiveDatabase
    """The same database, opened as this role."""

    def run(self, statement: str) -> None:
        with psycopg.connect(self.database.url) as connection:
            connection.execute(statement.encode())

    def is_refused(self, statement: str) -> None:
        """Fail the test, naming the statement, unless the server refuses the right."""
        try:
            self.run(statement)
        except InsufficientPrivilege:
            return
        pytest.fail(f"not refused: {statement}")

    def run_as_owner(self, statement: str) -> None:
        with psycopg.connect(self.owner.url) as connection:
            connection.execute(statement.encode())


@pytest.fixture
def role(live_database: LiveDatabase) -> Iterator[Role]:  # noqa: F811 (the fixture)
    name = f"portal_app_{secrets.token_hex(4)}"
    password = secrets.token_hex(16)
    identifier = sql.Identifier(name)
    on_server(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
            identifier, sql.Literal(password)
        )
    )
    host, _, database = live_database.url.rpartition("@")[2].partition("/")
    try:
        live_database.manage("grant_app_role", name)
        url = f"postgresql://{name}:{password}@{host}/{database}"
        yield Role(name, live_database, replace(live_database, url=url))
    finally:
        with psycopg.connect(live_database.url) as connection:
            connection.execute(sql.SQL("DROP OWNED BY {}").format(identifier))
        on_server(sql.SQL("DROP ROLE {}").format(identifier))


def test_the_portal_works_as_the_role_and_the_ledger_is_closed_to_it(role: Role) -> None:
    # One test: the database and its role take longer to make than all of this to try.
    printed = role.database.manage("shell", "--verbosity", "0", "-c", WIN_A_DEAL)
    assert "entries: 2" in printed
    role.database.manage("drain")
    role.database.manage("evaluate_tiers", "--on", "2026-01-15")
    assert role.owner.rows("SELECT count(*) FROM partners_snapshot") == [(6,)]
    before = role.owner.rows("SELECT * FROM partners_pointsentry ORDER BY id")

    for table, key in LEDGERS:
        role.run(f"GRANT ALL ON {table} TO {role.name}")  # a warning, and no right
        for statement in (
            f"UPDATE {table} SET {key} = {key}",  # noqa: S608
            f"DELETE FROM {table}",  # noqa: S608
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only",
            f"DROP TRIGGER {table}_append_only ON {table}",
            f"DROP TABLE {table} CASCADE",
            f"ALTER TABLE {table} OWNER TO {role.name}",
            f"SELECT * FROM {table} FOR UPDATE",  # noqa: S608
        ):
            role.is_refused(statement)
    for statement in (
        "SET session_replication_role = replica",
        (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RETURN NEW; END $$"
        ),
        "DROP FUNCTION refuse_change() CASCADE",
        "CREATE TABLE public.mine (id int)",
        "CREATE TEMPORARY TABLE partners_pointsentry (id int)",
        "CREATE SCHEMA mine",
        "DELETE FROM django_migrations",
        "TRUNCATE partners_partner CASCADE",
        "TRUNCATE outbox_job",
        f"SET ROLE {_owner(role)}",
    ):
        role.is_refused(statement)

    assert role.owner.rows("SELECT * FROM partners_pointsentry ORDER BY id") == before


def test_a_new_table_can_be_added_to_until_the_command_is_run_again(role: Role) -> None:
    role.run_as_owner("CREATE TABLE later (id bigserial PRIMARY KEY, word text)")

    role.run("INSERT INTO later (word) VALUES ('one')")
    role.is_refused("UPDATE later SET word = 'two'")

    role.owner.manage("grant_app_role", role.name)
    role.run("UPDATE later SET word = 'two'")


def _owner(role: Role) -> str:
    [(name,)] = role.owner.rows("SELECT current_user")
    return str(name)


@pytest.mark.django_db
def test_roles_that_no_right_can_be_taken_from_are_refused() -> None:
    for name, words in (
        ("nobody_of_this_name", "no role"),
        (settings.DATABASES["default"]["USER"] or "postgres", "superuser"),
        ("pg_monitor; DROP TABLE x", "no role"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("grant_app_role", name)
