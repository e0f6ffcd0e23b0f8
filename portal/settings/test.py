"""Tests: fast, without files left behind, and otherwise like everything else."""

import os
import tempfile
from pathlib import Path

from portal.settings.base import *
from portal.settings.base import DATABASES, PROCESS, VAR
from portal.settings.celery import celery_settings
from portal.settings.database import SQLITE_OPTIONS, SQLITE_PRAGMAS
from portal.settings.payer import EXAMPLE

SECRET_KEY = "tests only, and long enough that no check complains about it"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DEBUG = False

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# A bell that nobody hears: tests run what is due themselves.
CELERY_BROKER_URL = "memory://"
CELERY = celery_settings(broker_url=CELERY_BROKER_URL, process=PROCESS, var=VAR)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# Look a static file up when it is asked for: listing them all takes longer than most
# tests, and every browser of a test would do it anew.
WHITENOISE_AUTOREFRESH = True
PAYER = EXAMPLE
# The suite signs in hundreds of times from one address.
ACCOUNT_RATE_LIMITS = False
RATE_LIMITS = {}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file and not memory: live servers and worker processes open it as well. Each test
    # process has its own; it need not survive a power cut.
    DATABASES["default"]["TEST"] = {
        "NAME": Path(tempfile.gettempdir()) / f"portal-test-{os.getpid()}.sqlite3"
    }
    DATABASES["default"]["OPTIONS"] = {
        **SQLITE_OPTIONS,
        "init_command": SQLITE_PRAGMAS.replace("synchronous=FULL", "synchronous=OFF"),
    }
else:
    # Nor need this one.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
