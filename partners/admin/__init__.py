"""The back office of this app. `partners.permissions` says who may do what in it."""

# Registered before they are taken off again, whatever the order of the apps.
import allauth.account.admin
import django.contrib.auth.admin  # noqa: F401
from django.contrib import admin
from django.contrib.auth.models import Group

from partners.admin import companies, ledger, people, rulebook, users

# Pages of other packages that know no portfolio. Groups mean nothing here, and whoever
# may edit allauth's addresses may have anybody's password sent to the own mailbox.
for _model in (Group, allauth.account.admin.EmailAddress):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

__all__ = ["companies", "ledger", "people", "rulebook", "users"]
