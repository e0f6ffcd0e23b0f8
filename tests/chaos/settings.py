"""The settings of processes that are killed: everything recovers in seconds, not minutes.

`tests.chaos.settings` is `portal.settings.test` with the probe app, the broker that the
environment names, a lease of two seconds and a sweep each second.
"""

from portal.settings.base import CELERY as _CELERY
from portal.settings.test import *  # noqa: F403  (its differences follow)
from portal.settings.test import INSTALLED_APPS as _INSTALLED_APPS

INSTALLED_APPS = [*_INSTALLED_APPS, "tests.chaos.probe"]
OUTBOX_LEASE_S = 2

CELERY = {
    **_CELERY,
    "beat_schedule": {
        name: {**entry, "schedule": 1.0}
        for name, entry in _CELERY["beat_schedule"].items()
    },
}
