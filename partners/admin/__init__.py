"""The back office of this app. `partners.permissions` says who may do what in it."""

# Registered before they are taken off again, whatever the order of the apps.
import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin
import django.contrib.auth.admin  # noqa: F401
from django.contrib import admin
from django.contrib.auth.models import Group

from partners.admin import (
    audit_log,
    companies,
    elite,
    invitations,
    jobs,
    ledger,
    list_files,
    notes,
    people,
    rulebook,
    standing,
    tier_life,
    users,
)

# Pages of other packages that know no portfolio. Groups mean nothing here; whoever may
# edit allauth's addresses may have anybody's password sent to the own mailbox, and
# whoever may edit its factors and sessions is anybody.
for _model in (
    Group,
    allauth.account.admin.EmailAddress,
    allauth.mfa.admin.Authenticator,
    allauth.usersessions.admin.UserSession,
):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

__all__ = [
    "audit_log",
    "companies",
    "elite",
    "invitations",
    "jobs",
    "ledger",
    "list_files",
    "notes",
    "people",
    "rulebook",
    "standing",
    "tier_life",
    "users",
]
