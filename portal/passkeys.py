"""allauth's forms for passkeys, which trip over answers no browser would give."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


class Careful:
    """Refuse what cannot be read as a device's answer, with a sentence."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]  # of allauth's form
        except MALFORMED as error:
            raise ValidationError(_("This is no answer of a passkey.")) from error


class LoginForm(Careful, forms.LoginWebAuthnForm):
    """Signing in with a passkey alone."""


class AuthenticateForm(Careful, forms.AuthenticateWebAuthnForm):
    """A passkey as the second factor."""


class ReauthenticateForm(Careful, forms.ReauthenticateWebAuthnForm):
    """A passkey to confirm that it is still the same person."""


class AddForm(forms.AddWebAuthnForm):
    """A new passkey."""

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except MALFORMED as error:
            raise ValidationError(_("This is no answer of a passkey.")) from error
        return cleaned
