"""Production: PostgreSQL, Redis, HTTPS in front. Everything secret comes from outside."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from portal.settings.base import *
from portal.settings.base import ALLAUTH_TRUSTED_PROXY_COUNT, PORTAL_URL, VAR, env

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# The embedded defaults lose their work with the machine; here nothing falls back to them.
for _name in ("DATABASE_URL", "CELERY_BROKER_URL", "PORTAL_URL"):
    if not env.str(_name, default=""):
        raise ImproperlyConfigured(f"Production needs the variable {_name}.")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the portal's hosts, not '*'.")
# A link without HTTPS, or to a host that answers 400, only its reader would notice.
if not PORTAL_URL.startswith("https://"):
    raise ImproperlyConfigured("PORTAL_URL must begin with https://.")
if not validate_host(urlsplit(PORTAL_URL).hostname or "", ALLOWED_HOSTS):
    raise ImproperlyConfigured("PORTAL_URL must name a host of ALLOWED_HOSTS.")

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# The load balancer's probe and Prometheus speak plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^health/(live|ready)$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
# Only where a proxy of ours always sets this header; a client could send it otherwise.
if env.bool("BEHIND_TLS_PROXY", default=False):
    # Else all visitors have the proxy's address, and one uses up everybody's tries.
    if ALLAUTH_TRUSTED_PROXY_COUNT < 1:
        raise ImproperlyConfigured(
            "BEHIND_TLS_PROXY=true needs TRUSTED_PROXY_COUNT, at least 1."
        )
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# `__Host-`: the browser itself refuses the cookie over HTTP or for another host.
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=True)

vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))

STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
