"""The project: settings, URLs, Celery, home page, health, and the runner.

The Celery application is imported here so that tasks find it wherever Django runs.
"""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
