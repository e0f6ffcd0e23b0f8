"""The portal's own processes: what each runs and in which environment."""

import sys
from collections.abc import Mapping
from pathlib import Path

from portal.runner.family import Child
from portal.settings.celery import LANES

ROOT = Path(__file__).resolve().parents[2]

WEB_WORKERS = 2
WEB_THREADS = 4


def web(*, host: str, port: int, environ: Mapping[str, str]) -> Child:
    where = f"[{host}]" if ":" in host else host
    return Child(
        name="web",
        command=[
            *(sys.executable, "-m", "gunicorn", "portal.wsgi:application"),
            *("--bind", f"{where}:{port}", "--worker-class", "gthread"),
            *("--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)),
            # One import for both workers; nothing here asks the database on import.
            "--preload",
            # The default socket is shared by every gunicorn of the user.
            "--no-control-socket",
            *("--graceful-timeout", "10", "--max-requests", "20000"),
            *("--max-requests-jitter", "2000", "--log-level", "warning"),
        ],
        environ={**environ, "PORTAL_PROCESS": "web"},
    )


def worker(*, environ: Mapping[str, str]) -> Child:
    """Return a worker with one process per lane: no lane waits for a slow one."""
    return Child(
        name="worker",
        command=[
            *(sys.executable, "-m", "celery", "--app", "portal.celery", "--quiet"),
            *("worker", "--queues", ",".join(LANES), "--concurrency", str(len(LANES))),
            # They speak over remote control, which is off.
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--loglevel", "WARNING"),
        ],
        environ={**quiet_as_root(environ), "PORTAL_PROCESS": "worker"},
        # A drain stops after five seconds; the job it is in may take a little longer.
        patience_s=20,
    )


def quiet_as_root(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out Celery's page of warning to root, who has decided to run this so."""
    warning = "ignore:You're running the worker with superuser privileges"
    return {"PYTHONWARNINGS": warning, **environ}


def beat(*, environ: Mapping[str, str]) -> Child:
    return Child(
        name="beat",
        command=[
            *(sys.executable, "-m", "celery", "--app", "portal.celery", "--quiet"),
            *("beat", "--pidfile", "", "--loglevel", "WARNING"),
        ],
        # Checks read every page of the portal, for a second; the worker beside it does.
        environ={**environ, "PORTAL_PROCESS": "worker", "CELERY_SKIP_CHECKS": "1"},
        patience_s=5,
    )


def watch(*, environ: Mapping[str, str]) -> Child:
    return Child(
        name="watch",
        command=[
            *(sys.executable, str(ROOT / "manage.py"), "watch_outbox", "--skip-checks"),
        ],
        environ={**environ, "PORTAL_PROCESS": "worker"},
        patience_s=10,
    )
