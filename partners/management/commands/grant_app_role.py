"""`manage.py grant_app_role ROLE`: the rights of the role the portal runs as.

Run it as the owner of the tables, after each `migrate` (docs/permissions.md).
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg import sql

from partners.append_only import AppendOnlyModel

LEDGER = "SELECT, INSERT"
ORDINARY = "SELECT, INSERT, UPDATE, DELETE"
RIGHTS = {"django_migrations": "SELECT"}
"""Tables with rights of their own; migrations are the owner's business."""


class Command(BaseCommand):
    help = (
        "Give a PostgreSQL role exactly what the portal needs: read and add on ledgers, "
        "read and write on everything else, no change of the schema. Run it as the "
        "owner of the tables, after each migrate; repeating it changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="an existing role that may log in")

    def handle(self, *args: Any, role: str, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError(
                "This database knows no roles. On SQLite the triggers guard the ledgers, "
                "and the permissions of the file guard the triggers."
            )
        with transaction.atomic(), connection.cursor() as cursor:
            _refuse_unfit(cursor, role)
            tables = _tables(cursor)
            for statement in _statements(role, tables):
                cursor.execute(statement)
        ledgers = sum(rights == LEDGER for rights in tables.values())
        self.stdout.write(
            f"{role}: {len(tables)} tables, {ledgers} of them append-only. "
            f"New tables can be read and added to; run this again after a migrate."
        )


def _refuse_unfit(cursor: Any, role: str) -> None:
    """Refuse roles whose rights would walk past what is granted here."""
    cursor.execute(
        "SELECT rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls, "
        "pg_has_role(oid, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s",
        [role],
    )
    found = cursor.fetchone()
    if found is None:
        raise CommandError(
            f"There is no role {role}. Create it first: "
            f"CREATE ROLE {role} LOGIN PASSWORD '…';"
        )
    powerful, owns = found
    if powerful or owns:
        raise CommandError(
            f"{role} is a superuser, may change roles, or is (a member of) the owner of "
            "the tables: no right can be taken from it. The portal needs a role that is "
            "none of this."
        )


def _tables(cursor: Any) -> dict[str, str]:
    """Return table → rights, for every table of the schema."""
    cursor.execute(
        "SELECT relname FROM pg_class "
        "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') "
        "ORDER BY relname"
    )
    ledgers = {
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, AppendOnlyModel)
    }
    return {
        table: LEDGER if table in ledgers else RIGHTS.get(table, ORDINARY)
        for (table,) in cursor.fetchall()
    }


def _statements(role: str, tables: dict[str, str]) -> Iterator[sql.Composed]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), current_database()")
        schema, database = cursor.fetchone()
    names = {
        "role": sql.Identifier(role),
        "schema": sql.Identifier(schema),
        "database": sql.Identifier(database),
    }
    for text in (
        "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}",
        "REVOKE TEMPORARY, CREATE ON DATABASE {database} FROM PUBLIC, {role}",
        "GRANT CONNECT ON DATABASE {database} TO {role}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {role}",
        "REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM PUBLIC, {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        # A table that a later migration adds may be a ledger: no more than adding.
        (
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}"
            " GRANT SELECT, INSERT ON TABLES TO {role}"
        ),
        (
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}"
            " GRANT USAGE, SELECT ON SEQUENCES TO {role}"
        ),
    ):
        yield sql.SQL(text).format(**names)
    for table, rights in tables.items():
        yield sql.SQL("GRANT {rights} ON {table} TO {role}").format(
            rights=sql.SQL(rights),  # constants of this module
            table=sql.Identifier(schema, table),
            role=names["role"],
        )
