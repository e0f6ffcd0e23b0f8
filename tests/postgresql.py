"""Databases on the PostgreSQL server of the tests: made from one another, and dropped."""

from __future__ import annotations

import os
import secrets
from urllib.parse import quote

import psycopg
from django.conf import settings
from psycopg import sql


def server() -> str:
    """Return the URL of the PostgreSQL server, without a database's name."""
    ours = settings.DATABASES["default"]
    if "postgresql" not in ours["ENGINE"]:
        named = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432")
        return named.replace("postgres://", "postgresql://", 1).rstrip("/")
    user, password = quote(ours["USER"]), quote(ours["PASSWORD"])
    who = f"{user}:{password}" if password else user
    host = quote(ours["HOST"], safe="")
    return f"postgresql://{who}@{host}:{ours['PORT'] or 5432}"


def on_server(*commands: sql.Composed) -> None:
    """Run commands that belong to no database; without a server: OperationalError."""
    with psycopg.connect(
        f"{server()}/postgres", autocommit=True, connect_timeout=3
    ) as connection:
        for command in commands:
            connection.execute(command)


def create(name: str | None = None, *, template: str = "template0") -> str:
    """Make a database, the copy of another if one is named; return its URL.

    One of the same name is dropped first. `template` may be a name or a URL.
    """
    name = name or f"portal_live_{os.getpid()}_{secrets.token_hex(4)}"
    of = template.rpartition("/")[2]
    on_server(
        _dropping(name),
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(of)
        ),
    )
    return f"{server()}/{name}"


def drop(url: str) -> None:
    on_server(_dropping(url.rpartition("/")[2]))


def _dropping(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
