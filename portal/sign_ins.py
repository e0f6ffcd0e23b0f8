"""Who signed in, who tried to, and whose password changed: told to the audit log.

Through Django's signals, which know every door; each row is written before the answer is
sent. A new password is stored in the transaction of its row (`portal.accounts`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib.auth import signals
from django.db import transaction
from django.dispatch import Signal
from django.utils.crypto import salted_hmac

from outbox import clock
from partners.models import User
from partners.services import audit

OF_AN_ACCOUNT: Final[tuple[tuple[str, Signal], ...]] = (
    ("accounts.signed_in", signals.user_logged_in),
    ("accounts.signed_out", signals.user_logged_out),
)

NEW_PASSWORDS: Final = {
    "account_change_password": "accounts.password_changed",
    "account_set_password": "accounts.password_set",
    "account_reset_password_from_key": "accounts.password_reset",
}
"""Page → how it is called that somebody has a new password by it."""


def record_sign_ins() -> None:
    """Have the audit log told of sign-ins, failed ones and sign-outs."""
    for action, signal in OF_AN_ACCOUNT:
        signal.connect(_recorder(action), dispatch_uid=action, weak=False)
    signals.user_login_failed.connect(
        _record_failure, dispatch_uid="accounts.sign_in_failed"
    )


def record_new_password(user: User, *, page: str) -> None:
    """Write down that somebody has a new password, by which page."""
    _record(NEW_PASSWORDS[page], user=user, actor=user)


def _recorder(action: str) -> Callable[..., None]:
    def record(*, user: User | None, **_more: Any) -> None:
        if user is not None:  # signing out without being signed in
            _record(action, user=user, actor=user)

    return record


def _record_failure(*, credentials: dict[str, Any], **_more: Any) -> None:
    """Write down whose door was tried. A stranger's words are kept as a keyed hash.

    People type passwords where the address belongs. Under the hash the same attempt can
    still be found again.
    """
    tried = next(
        (str(credentials[name]) for name in ("email", "username") if name in credentials),
        "",
    )
    tried = tried.strip().lower()
    if "\x00" not in tried and (user := User.objects.filter(email=tried).first()):
        _record("accounts.sign_in_failed", user=user, actor=None)
        return
    hashed = salted_hmac("portal.sign_ins", tried, algorithm="sha256").hexdigest()
    _record("accounts.sign_in_failed", user=None, actor=None, note=hashed)


@transaction.atomic
def _record(
    action: str, *, user: User | None, actor: User | None, note: str = ""
) -> None:
    audit.record(
        action,
        actor=actor,
        at=clock.now(),
        partner_id=user.partner.pk if user and user.partner else None,
        of=user,
        note=note,
    )
