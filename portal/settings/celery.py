"""Celery's settings for every broker the portal runs on.

Messages are wake-ups, so they are acknowledged early: losing one costs five seconds, and
early acknowledgement keeps a worker alive when its broker dies with messages in hand.
Remote control and events are off: whoever reaches the broker may ring, nothing more.
"""

from pathlib import Path
from typing import Any

LANES = ("points", "money", "mail", "bulk")

TICK_S = 60.0
"""How often beat asks what the calendar owes."""

SWEEP_S = 5.0
"""How often beat rings for each lane, in case a bell was lost."""


def celery_settings(*, broker_url: str, process: str, var: Path) -> dict[str, Any]:
    """Return Celery's configuration for `broker_url`.

    `process` is "web", "worker" or "command"; a web process gives a frozen broker one
    second, because a person waits for it. `var` is where a broker of files keeps them.
    """
    return {
        "broker_url": broker_url,
        "broker_transport_options": _transport_options(
            broker_url=broker_url, process=process, var=var
        ),
        "broker_connection_retry_on_startup": True,
        # The default, 100 tries, ends in a dead worker.
        "broker_connection_max_retries": None,
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_backend": None,
        "task_ignore_result": True,
        "task_acks_late": False,
        # drain() stops itself after 5 s; these only catch a job that hangs.
        "task_soft_time_limit": 60,
        "task_time_limit": 90,
        # Bounded by the transport options instead; see `_transport_options`.
        "task_publish_retry": False,
        "task_create_missing_queues": False,
        "task_default_queue": LANES[0],
        "task_queues": {lane: {"exchange": lane, "routing_key": lane} for lane in LANES},
        "task_send_sent_event": False,
        "worker_send_task_events": False,
        "worker_enable_remote_control": False,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 1000,
        "worker_max_memory_per_child": 400_000,  # KB
        "worker_soft_shutdown_timeout": 10,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_hijack_root_logger": False,
        "timezone": "UTC",
        "enable_utc": True,
        # What is due is computed from the database; a file of last runs that a killed
        # beat leaves broken would only be one more thing to mend.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_schedule": beat_schedule(),
    }


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return what beat sends: the tick, and one sweep per lane.

    Every entry expires soon, so that a worker that was away finds a wake-up or two to
    answer and not a heap of them.
    """
    sweeps = {
        f"sweep-{lane}": {
            "task": "drain",
            "schedule": SWEEP_S,
            "kwargs": {"lane": lane},
            "options": {"queue": lane, "expires": 2 * SWEEP_S},
        }
        for lane in LANES
    }
    tick = {
        "task": "tick",
        "schedule": TICK_S,
        "options": {"queue": LANES[0], "expires": TICK_S - 5},
    }
    return {"tick": tick, **sweeps}


def _transport_options(*, broker_url: str, process: str, var: Path) -> dict[str, Any]:
    scheme = broker_url.partition(":")[0]
    if scheme in {"redis", "rediss", "redis+socket"}:
        return {
            # At least three times the hard time limit: who outlives it runs again.
            "visibility_timeout": 600,
            # kombu sweeps every 100 s otherwise, whatever the timeout says.
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 1,
            "socket_timeout": 1 if process == "web" else 3,
            "socket_keepalive": scheme != "redis+socket",
            "health_check_interval": 10,
            # Publishing to a refusing broker gives up in a tenth of a second.
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0.1,
            "interval_max": 0.1,
            "global_keyprefix": "portal:",
        }
    if scheme in {"amqp", "amqps"}:
        return {"confirm_publish": True}
    if scheme == "filesystem":
        folder = var / "broker"
        return {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.2,
        }
    return {}
