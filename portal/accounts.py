"""How allauth behaves here: people are invited, nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from outbox import clock
from partners.models import User
from partners.services.calendar_feeds import revoke_feed
from portal.sign_ins import record_new_password
from ui.doors import TooManyTriesError
from ui.http import absolute_url

FAILED_SIGN_INS_S = 5 * 60
"""The window in which allauth counts failed passwords and codes of an account."""


class AccountAdapter(DefaultAccountAdapter):
    """Close sign-up, and send letters that lead to the portal and nowhere else."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Answer 429 where allauth would show the form again with an error."""
        if code == "too_many_login_attempts":
            raise TooManyTriesError(FAILED_SIGN_INS_S)
        error: ValidationError = super().validation_error(code, *args)
        return error

    def set_password(self, user: User, password: str) -> None:
        """Store a new password and write it down; the calendar address ends with the old.

        Whoever changes it may do so because somebody else was in. All of it or nothing.
        """
        with transaction.atomic():
            super().set_password(user, password)
            record_new_password(user, page=self.request.resolver_match.view_name)
            revoke_feed(user_id=user.pk, actor=user, at=clock.now(), note="new password")

    def is_safe_url(self, url: str | None) -> bool:
        """Say whether `next` may be followed: a path of this portal, and nothing else.

        allauth's own trips over addresses that are none.
        """
        return bool(url and url.startswith("/")) and url_has_allowed_host_and_scheme(
            url, allowed_hosts=None
        )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Name the portal's own host: whoever asks for a letter chooses the request's."""
        person, _, secret = key.partition("-")
        path = reverse("account_reset_password_from_key", args=[person, secret])
        return absolute_url(self.request, path)

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Write in the language of the reader, who need not be the one who asked."""
        language = getattr(context.get("user"), "language", translation.get_language())
        with translation.override(language):
            super().send_mail(template_prefix, email, context)
