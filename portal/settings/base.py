"""Everything that is true in development, in tests and in production.

This is the only module that reads the environment (`.env.example` lists what it reads). A
value that cannot be understood stops the start and names its variable.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal.settings.celery import celery_settings
from portal.settings.database import TIMEOUTS, database
from portal.settings.numbers import positive
from portal.settings.payer import PARTS, first_quarter, payer

# Lets `ModelAdmin[Deal]` and `QuerySet[Deal]` be written at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()
env.read_env(os.environ.get("PORTAL_ENV_FILE", BASE_DIR / ".env"))

VAR = Path(env.str("PORTAL_VAR", default=str(BASE_DIR / "var"))).resolve()
"""Where the embedded default keeps its files: database, broker, mail, secret key."""

PROCESS = env.str("PORTAL_PROCESS", default="command")
"""What this process is: "web", "worker" or "command". Set by whoever starts it."""

if PROCESS not in TIMEOUTS:
    raise ImproperlyConfigured(f"PORTAL_PROCESS must be one of {', '.join(TIMEOUTS)}.")

# --- The programme -----------------------------------------------------------------

PORTAL_NAME = env.str("PORTAL_NAME", default="Partner Portal")
PROGRAM_TIME_ZONE = env.str("PROGRAM_TIME_ZONE", default="UTC")

PORTAL_URL = env.str("PORTAL_URL", default="").rstrip("/")
"""Scheme and host of links in letters and files; empty: those of the request."""

if PORTAL_URL and not re.fullmatch(r"https?://[^/?#@\s]+", PORTAL_URL):
    raise ImproperlyConfigured("PORTAL_URL must look like https://portal.example.com.")

PROGRAM_LINKS: Any = env.json("PROGRAM_LINKS", default={})
"""Name of `portal.home.links.LINK_LABELS` → address: what home links to (R129)."""

if not isinstance(PROGRAM_LINKS, dict) or not all(
    re.fullmatch(r"https://[^\s\"<>]+", str(url)) for url in PROGRAM_LINKS.values()
):
    raise ImproperlyConfigured(
        'PROGRAM_LINKS must look like {"policies": "https://example.com/policies"}.'
    )

# --- Applications ------------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "benefits",
    "commissions",
    "deals",
    "clients",
    "partners",
    "interchange",
    "outbox",
    "ui",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_tables2",
    "template_partials",
    "portal.back_office.apps.BackOfficeConfig",  # django.contrib.admin, our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "ui.request_ids.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "portal.signed_in.LastSeenMiddleware",
    # The signed-in person's language and time zone win over the browser's.
    "ui.middleware.PersonLanguageMiddleware",
    "ui.middleware.PrivatePagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ui.doors.DoorsMiddleware",
    "portal.second_factor.StaffSecondFactorMiddleware",
    # Last: whoever looks as a partner has come in as staff.
    "portal.see_as.SeeAsMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Templates ---------------------------------------------------------------------

TEMPLATE_LOADERS = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]

TEMPLATE_OPTIONS: dict[str, Any] = {
    # Written out because template-partials wraps the loaders.
    "loaders": [
        (
            "template_partials.loader.Loader",
            [("django.template.loaders.cached.Loader", TEMPLATE_LOADERS)],
        )
    ],
    "context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
        "portal.navigation.navigation",
        "portal.notification_centre.bell.bell",
    ],
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": TEMPLATE_OPTIONS,
    }
]

FORM_RENDERER = "ui.forms.FormRenderer"

# --- Data --------------------------------------------------------------------------

if env.str("DATABASE_URL", default=""):
    _database = env.db_url("DATABASE_URL")
    # A socket folder arrives percent-encoded; django-environ leaves it so.
    _database["HOST"] = unquote(_database["HOST"])
else:
    _database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(VAR / "portal.sqlite3"),
    }

DATABASES = {
    "default": database(
        parts=_database,
        process=PROCESS,
        pool_size=env.int("DATABASE_POOL_SIZE", default=8),
    )
}
# No ATOMIC_REQUESTS: services open their transactions (docs/adr/0009).

# The cache holds sign-in limits. In the database it is as alive as the portal itself; in
# Redis it falls back to the database when Redis is away, so limits hold either way.
_cache_table = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "portal_cache",
}
CACHE_URL = env.str("CACHE_URL", default="")
CACHES = {"default": _cache_table}
if CACHE_URL:
    CACHES = {
        "default": {
            "BACKEND": "portal.cache.RedisOrDatabaseCache",
            "LOCATION": CACHE_URL,
            "KEY_PREFIX": "portal",
        },
        "database": _cache_table,
    }

SESSION_ENGINE = "portal.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
MEDIA_ROOT = VAR / "media"

# --- Work --------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://")
CELERY = celery_settings(broker_url=CELERY_BROKER_URL, process=PROCESS, var=VAR)

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
"""What Prometheus bears to read /metrics; empty: there is no such page."""

SIGNALS_SECRET = env.str("SIGNALS_SECRET", default="")
"""What the vendor's CRM signs its signals with (docs/operations.md); empty: no door."""

BANK_SEAL_KEYS = env.list("BANK_SEAL_KEYS", default=[])
"""What bank data is sealed with, the newest first (docs/operations.md); without one, a
key drawn from SECRET_KEY. A system check asks for one in production."""

OUTBOX_OVERDUE = timedelta(minutes=env.int("OUTBOX_OVERDUE_MINUTES", default=15))
"""How long a row may be due before /health/ready says that work is not being done."""

# --- People ------------------------------------------------------------------------

AUTH_USER_MODEL = "partners.User"
# The address is unique whatever its case, which the check cannot see in the constraint.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["portal.arriving.SessionBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# Accounts come from an import or an invitation, never from a form anybody may fill in.
ACCOUNT_ADAPTER = "portal.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# The address was given by the programme itself; allauth has nothing to verify.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{PORTAL_NAME}] "
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = "strict"
# Or anybody could have the portal write to any address.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False

# A second factor: codes of an app, passkeys, and recovery codes that are shown once.
MFA_ADAPTER = "portal.second_factor.SecondFactorAdapter"
MFA_FORMS = {
    "add_webauthn": "portal.passkeys.AddForm",
    "authenticate_webauthn": "portal.passkeys.AuthenticateForm",
    "edit_webauthn": "portal.passkeys.EditForm",
    "login_webauthn": "portal.passkeys.LoginForm",
    "reauthenticate_webauthn": "portal.passkeys.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = PORTAL_NAME
MFA_TOTP_TOLERANCE = 1
# The address was given by the programme itself; see ACCOUNT_EMAIL_VERIFICATION.
MFA_ALLOW_UNVERIFIED_EMAIL = True

STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=False)
"""Whether staff without a second factor reach nothing but the page that sets one up."""

# Tries per door besides those of signing in, which are allauth's: number/time/whose, by
# network address (ip), by account (user) or by the address a form names (key).
RATE_LIMITS = {
    "invitation": "20/m/ip,10/m/key",
    "join": "10/m/ip,3/h/key",
    "join_confirm": "20/m/ip",
    "invite": "30/h/user",
    "proof": "20/m/ip,10/m/key",
    "signal": "600/m/ip",
    "export": "20/m/user",
    "search": "60/m/user",
    # A burst; the log of checks counts by person and company
    # (deals.services.registrations.checking).
    "check": "30/m/user",
    "register": "60/h/user",
    "comment": "120/h/user",
    "deal_change": "120/h/user",
    "deal_request": "30/h/user",
    "upload": "60/h/user",
    "bank": "20/h/user",
    "paper_file": "120/h/user",
    "proof_ask": "30/h/user",
    "dispute": "60/h/user",
    "reconcile": "30/h/user",
    "calendar": "120/m/ip,30/m/key",
}

# What guards against probing for the prospects of others and against keeping a market by
# holding it (docs/deals.md): no terms of the programme, so no edition has them. Checks of
# a person are counted in an hour, those of a company in a day.
DOMAIN_CHECKS_A_PERSON = positive(env, "DOMAIN_CHECKS_A_PERSON", default=40)
DOMAIN_CHECKS_A_COMPANY = positive(env, "DOMAIN_CHECKS_A_COMPANY", default=200)
DOMAIN_HOLD_HOURS = positive(env, "DOMAIN_HOLD_HOURS", default=24)
DOMAIN_HOLDS_AT_ONCE = positive(env, "DOMAIN_HOLDS_AT_ONCE", default=10)
DOMAIN_REST_HOURS = positive(env, "DOMAIN_REST_HOURS", default=24)

STATEMENTS_FROM = first_quarter(env.str("STATEMENTS_FROM", default=""))
PAYER = payer({part: env.str(f"PAYER_{part.upper()}", default="") for part in PARTS})
"""Who pays, as payment files say it: the account that is debited, and its holder."""

# How many proxies of ours append to X-Forwarded-For; what stands left of theirs, a client
# may have written. Limits are kept for the address this leads to.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
if ALLAUTH_TRUSTED_PROXY_COUNT < 0:
    raise ImproperlyConfigured("TRUSTED_PROXY_COUNT must not be negative.")

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10

# --- Language and time -------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files ------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# A programme's own css/brand.css and img/logo.svg go before ours (docs/ui.md).
if _brand := env.str("PORTAL_BRAND_DIR", default=""):
    STATICFILES_DIRS.insert(0, Path(_brand).resolve())

# --- The browser -------------------------------------------------------------------

# Nothing inline anywhere, so that no nonce is needed and none can leak.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# --- Logging -----------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="line")
if LOG_FORMAT not in {"line", "json"}:
    raise ImproperlyConfigured("LOG_FORMAT must be line or json.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "portal.logs.RequestIdFilter"}},
    "formatters": {
        "line": {
            "()": "portal.logs.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "portal.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Otherwise a line for each of the wake-ups, four every five seconds.
        "celery": {"level": "WARNING"},
        # Otherwise the letters of each PDF, glyph by glyph.
        "fontTools": {"level": "WARNING"},
    },
}
