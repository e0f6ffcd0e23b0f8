"""How allauth behaves here: people are invited, nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Close sign-up: accounts come from an import or an invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
