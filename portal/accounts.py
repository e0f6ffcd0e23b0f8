"""How allauth behaves here: people are invited, nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from ui.http import absolute_url


class AccountAdapter(DefaultAccountAdapter):
    """Close sign-up, and send letters that lead to the portal and nowhere else."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

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
