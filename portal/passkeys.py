"""allauth's forms for passkeys, which trip over answers no browser would give."""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.forms import CharField, HiddenInput, JSONField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


class CredentialField(JSONField):
    """A device's answer: what cannot be read is refused, and never shown again.

    Numbers of thousands of digits and brackets without end are no syntax errors, and half
    a character pair can be read but not written.
    """

    def __init__(self) -> None:
        super().__init__(widget=HiddenInput)

    def to_python(self, value: Any) -> Any:
        try:
            read = super().to_python(value)
            json.dumps(read, ensure_ascii=False).encode()
        except (RecursionError, ValueError) as error:
            raise ValidationError(_("This is no answer of a passkey.")) from error
        return read

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial


class Careful:
    """Refuse what cannot be read as a device's answer, with a sentence."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]  # of allauth's form
        except MALFORMED as error:
            raise ValidationError(_("This is no answer of a passkey.")) from error


class LoginForm(Careful, forms.LoginWebAuthnForm):
    """Signing in with a passkey alone."""

    credential = CredentialField()


class AuthenticateForm(Careful, forms.AuthenticateWebAuthnForm):
    """A passkey as the second factor."""

    credential = CredentialField()


class ReauthenticateForm(Careful, forms.ReauthenticateWebAuthnForm):
    """A passkey to confirm that it is still the same person."""

    credential = CredentialField()


class EditForm(forms.EditWebAuthnForm):
    """Another name for a passkey."""

    name = CharField(label=gettext_lazy("Name"), max_length=100)


class AddForm(forms.AddWebAuthnForm):
    """A new passkey."""

    credential = CredentialField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = _("Name")
        alone = self.fields["passwordless"]
        alone.label = _("Sign in with it alone, without the password")
        alone.help_text = _("Your device then asks for fingerprint, face or PIN.")

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except MALFORMED as error:
            raise ValidationError(_("This is no answer of a passkey.")) from error
        return cleaned
