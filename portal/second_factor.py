"""The second factor: staff need one, its secrets are sealed, its changes recorded."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.encoding import force_bytes
from django.utils.translation import gettext as _

from outbox import clock
from partners.models import User
from partners.services import audit

FACTORS: Final = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]

OPEN_WITHOUT: Final = frozenset(
    {
        *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"),
        *("mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
        *("account_reauthenticate", "account_login", "account_logout"),
        *("ui:theme", "ui:language", "portal:live", "portal:ready"),
    }
)
"""What staff reach before they have a second factor: its own page, and the way out."""


class StaffSecondFactorMiddleware:
    """Lead staff without a second factor to the page that sets one up, and nowhere else.

    Asked with each request, so that whoever takes the last factor away is led there too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        user = getattr(request, "seen_by", None) or request.user
        if not (settings.STAFF_MFA_REQUIRED and getattr(user, "is_staff", False)):
            return None
        match = request.resolver_match
        if (match and match.view_name in OPEN_WITHOUT) or is_mfa_enabled(user, FACTORS):
            return None
        if request.method != "GET":
            return render(request, "403.html", status=HTTPStatus.FORBIDDEN)
        messages.warning(
            request,
            _("Staff sign in with a second factor. Set one up to go on."),
        )
        return redirect("mfa_index")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seal the secrets with a key the database does not hold; name the portal's host."""

    def encrypt(self, text: str) -> str:
        return _seals().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seals().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the host of the settings: a key made for another would open nothing."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        host = urlsplit(settings.PORTAL_URL).hostname if settings.PORTAL_URL else None
        return {"id": host or entity["id"], "name": settings.PORTAL_NAME}


def _seals() -> MultiFernet:
    """Return the seals of the secret key and of those before it; the first one seals."""
    keys = [force_bytes(k) for k in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(
                    hashlib.sha256(b"portal.second_factor:" + key).digest()
                )
            )
            for key in keys
        ]
    )


def record_changes() -> None:
    """Have the audit log told of each factor that comes or goes, in its transaction."""
    post_save.connect(_added, sender=Authenticator, dispatch_uid="second_factor_added")
    post_delete.connect(
        _removed, sender=Authenticator, dispatch_uid="second_factor_removed"
    )


def _added(*, instance: Authenticator, created: bool, **_more: Any) -> None:
    if created:
        _record("accounts.second_factor_added", instance)
        _end_weaker_sessions(instance)


def _removed(*, instance: Authenticator, **_more: Any) -> None:
    _record("accounts.second_factor_removed", instance)


def _end_weaker_sessions(factor: Authenticator) -> None:
    """End the account's other sessions with its first factor: a password opened them.

    Else whoever knows it signs in, waits, and comes in with the factor of somebody else.
    """
    factors = Authenticator.objects.filter(user=factor.user, type__in=FACTORS)
    if factor.type not in FACTORS or factors.exclude(pk=factor.pk).exists():
        return
    request = context.request
    here = None
    if request is not None and request.user == factor.user:
        here = request.session.session_key
    for session in UserSession.objects.filter(user=factor.user):
        if session.session_key != here:
            session.end()


@transaction.atomic
def _record(action: str, factor: Authenticator) -> None:
    """Write a change down; the kind of factor is the note, and nothing of its secret."""
    request = context.request
    acting = getattr(request, "user", None)
    user: User = factor.user
    audit.record(
        action,
        actor=acting if isinstance(acting, User) else None,
        at=clock.now(),
        partner_id=user.partner.pk if user.partner else None,
        of=user,
        note=str(factor.type),
    )
