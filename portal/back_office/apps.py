"""Makes our site the one that `django.contrib.admin` registers models on."""

from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    default_site = "portal.back_office.site.BackOfficeSite"
