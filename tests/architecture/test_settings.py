"""The settings carry promises: what the database, the broker and the browser are told."""

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from celery.app.defaults import DEFAULTS
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.settings.celery import LANES, celery_settings
from portal.settings.database import SQLITE_OPTIONS, database
from portal.settings.secret import local_secret

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "portal"}
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "portal.sqlite3"}


def ask_settings(module: str, expression: str, **environ: str) -> Any:
    """Return an expression's value in a process that starts with these settings."""
    code = (
        "import json; from django.conf import settings; settings.DEBUG;"
        f"print(json.dumps({expression}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PORTAL_ENV_FILE": os.devnull,
            "DJANGO_SETTINGS_MODULE": f"portal.settings.{module}",
            **environ,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


PRODUCTION = {
    "SECRET_KEY": "k" * 20 + "aA1!" * 10,
    "ALLOWED_HOSTS": "portal.example.com",
    "PORTAL_URL": "https://portal.example.com",
    "DATABASE_URL": "postgres://portal:secret@db.example.com/portal",
    "CELERY_BROKER_URL": "redis://redis.example.com/0",
}


def test_sqlite_waits_for_writers_and_keeps_what_it_was_given() -> None:
    options = database(parts=SQLITE, process="web", pool_size=8)["OPTIONS"]

    assert options == {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
        ),
    }


@pytest.mark.django_db
def test_the_tests_run_with_the_same_sqlite_but_for_the_disk() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("runs on SQLite: make test")
    with connection.cursor() as cursor:
        found = {}
        for pragma in ("journal_mode", "foreign_keys", "recursive_triggers"):
            cursor.execute(f"PRAGMA {pragma}")
            found[pragma] = cursor.fetchone()[0]

    assert found == {"journal_mode": "wal", "foreign_keys": 1, "recursive_triggers": 1}
    mode = settings.DATABASES["default"]["OPTIONS"]["transaction_mode"]
    assert mode == SQLITE_OPTIONS["transaction_mode"]


@pytest.mark.django_db
def test_a_program_without_django_can_copy_the_database(tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("runs on SQLite: make test")
    copy = tmp_path / "backup.sqlite3"
    # Functions only: Django's own tables are named like that as well.
    call = re.compile(r"\bdjango_\w+\(", re.IGNORECASE)

    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as plain:
        schema = plain.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")
        calls = [sql for (sql,) in schema if call.search(sql)]
        plain.execute("VACUUM INTO ?", [str(copy)])

    assert calls == []
    with closing(sqlite3.connect(copy)) as restored:
        assert restored.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert restored.execute("SELECT count(*) FROM commissions_receipt").fetchone()


def test_only_web_processes_share_a_pool() -> None:
    web = database(parts=POSTGRES, process="web", pool_size=8)
    worker = database(parts=POSTGRES, process="worker", pool_size=8)

    assert web["OPTIONS"]["pool"]["max_size"] == 8
    assert web["CONN_MAX_AGE"] == 0
    assert "pool" not in worker["OPTIONS"]
    assert worker["CONN_HEALTH_CHECKS"] is True


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        ("web", ("15s", "3s", "30s")),
        ("worker", ("60s", "3s", "90s")),
        ("command", ("0s", "30s", "0s")),
    ],
)
def test_postgres_limits_what_a_process_may_take(
    process: str, expected: tuple[str, str, str]
) -> None:
    options = database(parts=POSTGRES, process=process, pool_size=8)["OPTIONS"]["options"]

    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    assert options == " ".join(
        f"-c {name}={value}" for name, value in zip(names, expected, strict=True)
    )


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgres_accepts_the_limits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("30s",)


def test_no_request_is_one_transaction() -> None:
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS")


def test_messages_are_acknowledged_early_and_nobody_steers_from_outside(
    tmp_path: Path,
) -> None:
    configured = celery_settings(
        broker_url="redis://localhost/0", process="worker", var=tmp_path
    )
    wanted = {
        "task_acks_late": False,
        "task_ignore_result": True,
        "result_backend": None,
        "accept_content": ["json"],
        "task_soft_time_limit": 60,
        "task_time_limit": 90,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 1000,
        "worker_max_memory_per_child": 400_000,
        "worker_soft_shutdown_timeout": 10,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_publish_retry": False,
        "task_create_missing_queues": False,
        "timezone": "UTC",
    }

    assert {name: configured[name] for name in wanted} == wanted
    assert tuple(configured["task_queues"]) == LANES


def test_a_lost_message_comes_back_only_after_its_task_must_have_ended(
    tmp_path: Path,
) -> None:
    configured = celery_settings(
        broker_url="redis://localhost/0", process="worker", var=tmp_path
    )
    transport = configured["broker_transport_options"]

    assert transport["visibility_timeout"] >= 3 * configured["task_time_limit"]
    assert transport["unacked_restore_interval"] == 5
    assert transport["unacked_restore_throttle"] == 1


@pytest.mark.parametrize(("process", "seconds"), [("web", 1), ("worker", 3)])
def test_a_frozen_broker_holds_up_a_request_for_one_second(
    process: str, seconds: int, tmp_path: Path
) -> None:
    configured = celery_settings(
        broker_url="redis://localhost/0", process=process, var=tmp_path
    )

    assert configured["broker_transport_options"]["socket_timeout"] == seconds


@pytest.mark.parametrize(
    ("url", "option"),
    [
        ("redis+socket:///tmp/broker.sock", "global_keyprefix"),
        ("amqp://localhost", "confirm_publish"),
        ("filesystem://", "control_folder"),
    ],
)
def test_every_broker_has_its_options(url: str, option: str, tmp_path: Path) -> None:
    configured = celery_settings(broker_url=url, process="worker", var=tmp_path)

    assert option in configured["broker_transport_options"]


def test_celery_knows_every_setting(tmp_path: Path) -> None:
    configured = celery_settings(broker_url="memory://", process="worker", var=tmp_path)

    assert set(configured) <= set(DEFAULTS)


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret-key"

    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(local_secret, [path] * 8))

    assert len(keys) == 1
    assert len(keys.pop()) >= 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret-key"]


def test_without_any_variable_the_portal_is_embedded(tmp_path: Path) -> None:
    name, broker, debug = ask_settings(
        "dev",
        "[settings.DATABASES['default']['NAME'], settings.CELERY_BROKER_URL,"
        " settings.DEBUG]",
        PORTAL_VAR=str(tmp_path),
    )

    assert name == str(tmp_path / "portal.sqlite3")
    assert (broker, debug) == ("filesystem://", False)


@pytest.mark.parametrize("missing", PRODUCTION)
def test_production_does_not_start_without(missing: str) -> None:
    environ = {name: value for name, value in PRODUCTION.items() if name != missing}

    with pytest.raises(RuntimeError, match=missing):
        ask_settings("prod", "1", **environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PROCESS", "wep"),
        ("ALLOWED_HOSTS", "portal.example.com,*"),
        ("DATABASE_URL", ""),
        ("PORTAL_URL", "portal.example.com"),
        ("PORTAL_URL", "http://portal.example.com"),
        ("PORTAL_URL", "https://portal.example.com/portal"),
        ("PORTAL_URL", "https://elsewhere.example.com"),
        ("TRUSTED_PROXY_COUNT", "-1"),
        ("DOMAIN_CHECKS_A_PERSON", "0"),
        ("DOMAIN_HOLD_HOURS", "-24"),
    ],
)
def test_a_value_that_cannot_be_right_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(RuntimeError, match=name):
        ask_settings("prod", "1", **{**PRODUCTION, name: value})


def test_behind_a_proxy_production_knows_how_many_there_are() -> None:
    proxied = {**PRODUCTION, "BEHIND_TLS_PROXY": "true"}

    with pytest.raises(RuntimeError, match="TRUSTED_PROXY_COUNT"):
        ask_settings("prod", "1", **proxied)

    count = "settings.ALLAUTH_TRUSTED_PROXY_COUNT"
    assert ask_settings("prod", count, **proxied, TRUSTED_PROXY_COUNT="2") == 2
    assert ask_settings("prod", count, **PRODUCTION) == 0


def test_nobody_else_sees_what_debug_shows() -> None:
    with pytest.raises(RuntimeError, match="ALLOWED_HOSTS"):
        ask_settings("dev", "1", DEBUG="1", ALLOWED_HOSTS="localhost,portal.example.com")

    assert ask_settings("dev", "settings.DEBUG", DEBUG="1") is True


def test_a_socket_folder_may_stand_in_the_database_url() -> None:
    host = ask_settings(
        "prod",
        "settings.DATABASES['default']['HOST']",
        **{**PRODUCTION, "DATABASE_URL": "postgres://%2Frun%2Fpostgresql/portal"},
    )

    assert host == "/run/postgresql"


@pytest.mark.parametrize(
    ("module", "environ", "required"),
    [
        ("prod", PRODUCTION, True),
        ("prod", PRODUCTION | {"STAFF_MFA_REQUIRED": "false"}, False),
        ("dev", {}, False),
        ("dev", {"STAFF_MFA_REQUIRED": "true"}, True),
    ],
)
def test_staff_need_a_second_factor_in_production(
    module: str, environ: dict[str, str], required: bool
) -> None:
    assert ask_settings(module, "settings.STAFF_MFA_REQUIRED", **environ) is required


def test_production_cookies_belong_to_one_host_over_https() -> None:
    names = ask_settings(
        "prod",
        "[settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME,"
        " settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE]",
        **PRODUCTION,
    )

    assert names == ["__Host-session", "__Host-csrf", True, True]


def test_a_probe_from_inside_may_speak_plain_http() -> None:
    exempt = ask_settings("prod", "settings.SECURE_REDIRECT_EXEMPT", **PRODUCTION)
    security = SecurityMiddleware(lambda request: HttpResponse())
    security.redirect, security.redirect_exempt = True, list(map(re.compile, exempt))

    redirected = {
        name
        for name in ("portal:live", "portal:ready", "portal:metrics", "portal:home")
        if security.process_request(RequestFactory().get(reverse(name)))
    }

    assert redirected == {"portal:home"}


def test_no_remark_becomes_part_of_an_example() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    examples = [line for line in lines if re.match(r"#\w+=", line)]

    assert len(examples) > len(PRODUCTION)
    assert [line for line in examples if "#" in line[1:]] == []


@pytest.mark.django_db
def test_the_browser_is_told_to_trust_this_host_only() -> None:
    response = Client().get("/accounts/login/")
    policy = {
        directive.split()[0]: set(directive.split()[1:])
        for directive in response.headers["Content-Security-Policy"].split(";")
    }

    assert policy == {
        "default-src": {"'self'"},
        "img-src": {"'self'", "data:"},
        "base-uri": {"'self'"},
        "form-action": {"'self'"},
        "frame-ancestors": {"'none'"},
        "object-src": {"'none'"},
    }
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_the_admin_has_no_door_of_its_own() -> None:
    response = Client().get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")
