"""The web process: gunicorn imports `application` from here."""

import os

from django.core.wsgi import get_wsgi_application

from portal.roomy import roomy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.prod")
os.environ.setdefault("PORTAL_PROCESS", "web")

application = roomy(get_wsgi_application())
