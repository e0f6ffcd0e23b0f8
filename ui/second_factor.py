"""Whether a second factor was shown a moment ago: what moves money asks for it (Z5)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts: an app or a key. A recovery code lets somebody in, no more."""


def factor_shown_at(request: HttpRequest) -> datetime | None:
    """Return when the person last showed a second factor in this session, in UTC.

    None if never, and for a factor that was taken away since.
    """
    user = request.user
    if not user.is_authenticated:
        return None
    shown = [
        (record.get("at"), record.get("id"))
        for record in get_authentication_records(request, user)
        if record.get("method") == "mfa" and record.get("type") in FACTORS
    ]
    times = {pk: at for at, pk in shown if isinstance(at, int | float)}
    there = Authenticator.objects.filter(user=user.pk, pk__in=times).values_list("pk")
    moments = [times[pk] for (pk,) in there]
    return datetime.fromtimestamp(max(moments), tz=UTC) if moments else None


def factor_url(request: HttpRequest, *, back: str) -> str:
    """Return where the person shows the second factor, or sets the first one up.

    `back` is the path that follows. Nothing of what was sent is kept meanwhile.
    """
    if not is_mfa_enabled(request.user, list(FACTORS)):
        return reverse("mfa_index")
    return f"{reverse('mfa_reauthenticate')}?{urlencode({'next': back})}"
