"""The embedded default: one machine, no server to install, plain HTTP on localhost.

`make run` uses it. `DEBUG=1` shows tracebacks in the browser and reads templates anew for
each request; without it the portal behaves as in production.
"""

from django.core.exceptions import ImproperlyConfigured

from portal.settings.base import *
from portal.settings.base import (
    PAYER,
    PROGRAM_LINKS,
    TEMPLATE_LOADERS,
    TEMPLATE_OPTIONS,
    VAR,
    env,
)
from portal.settings.payer import EXAMPLE
from portal.settings.secret import local_secret

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or local_secret(VAR / "secret-key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Not a system check: `manage.py run` and gunicorn start without those.
_THIS_MACHINE = {"localhost", ".localhost", "127.0.0.1", "[::1]"}
if DEBUG and not _THIS_MACHINE.issuperset(ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "DEBUG shows code and settings to visitors: ALLOWED_HOSTS may name nothing else"
        " than localhost with it."
    )

# Passkeys ask for HTTPS; browsers make an exception for localhost, and so does this.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True

# The pages the programme promises to link (R129), so that home shows where they go.
PROGRAM_LINKS = PROGRAM_LINKS or {
    name: f"https://partners.example/{name.replace('_', '-')}"
    for name in (
        *("client_dashboard", "resources", "chat", "sales_rules", "policies"),
        *("code_of_conduct", "commissions", "deal_registration"),
    )
}

# So that payment files can be looked at.
PAYER = PAYER if PAYER["name"] else EXAMPLE

# Mail is written to files: nothing leaves a machine that only tries the portal out.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR / "mail"

# Straight from the checkout, without a collectstatic step that takes longer than a start.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

if DEBUG:
    TEMPLATE_OPTIONS["loaders"] = [("template_partials.loader.Loader", TEMPLATE_LOADERS)]
