"""Celery, the doorbell: it only says that the outbox has something to do.

The database is the queue (docs/adr/0004). A message carries a lane's name and nothing
else, so losing or doubling one costs seconds and never work. The settings are those of
`portal.settings.celery`; they are read when Celery is first used, not on import.
"""

from typing import Any

from celery import Celery


def _configuration() -> dict[str, Any]:
    from django.conf import settings  # noqa: PLC0415  (settings import this package)

    return dict(settings.CELERY)


app = Celery("portal")
app.add_defaults(_configuration)
app.autodiscover_tasks(["outbox"])
