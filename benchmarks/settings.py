"""Settings of the benchmarks: as in production, but for one machine and plain HTTP."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import PROCESS, VAR
from portal.settings.celery import celery_settings

DEBUG = False
SECRET_KEY = "benchmarks only, and long enough that no check complains"  # noqa: S105
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "benchmarks.urls"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# A bell that nobody hears: the benchmarks run what is due themselves.
CELERY_BROKER_URL = "memory://"
CELERY = celery_settings(broker_url=CELERY_BROKER_URL, process=PROCESS, var=VAR)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Nothing is served but pages; searching folders at each start is no part of them.
WHITENOISE_AUTOREFRESH = False
WHITENOISE_USE_FINDERS = False
LOGGING = {"version": 1, "disable_existing_loggers": True}
