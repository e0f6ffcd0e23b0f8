"""What is asked of owners, of the invited, and of who wants to join."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from partners.models import Invitation, Role, User
from partners.services.invitations import Invitee
from ui.forms import TextField


class EmailField(forms.EmailField):
    """An address in lower case, as the programme keeps it."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("E-mail address"))
        super().__init__(max_length=254, **options)

    def to_python(self, value: Any) -> Any:
        # Before its length is measured: some letters are longer when they are small.
        return (super().to_python(value) or "").lower()


class RoleField(forms.ChoiceField):
    """One of the five roles, with what each is for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Role"),
            choices=Role.choices,
            help_text=_(
                "An owner manages people; finance sees money; a reader changes nothing."
            ),
            **options,
        )


class InviteeForm(forms.Form):
    """Somebody's address and name."""

    email = EmailField()
    first_name = TextField(label=_("First name"), max_length=100, required=False)
    last_name = TextField(label=_("Last name"), max_length=100, required=False)

    @property
    def invitee(self) -> Invitee:
        """Return who is meant, once the form is valid."""
        names = ("email", "first_name", "last_name")
        return Invitee(**{name: self.cleaned_data[name] for name in names})


class InviteForm(InviteeForm):
    """Whom an owner invites, and as what."""

    role = RoleField(initial=Role.READER)


class JoinForm(InviteeForm):
    """Who asks to join; the company follows from the address."""

    email = EmailField(
        label=_("Your e-mail address at your company"),
        help_text=_("We write to it, so that only its holder can ask."),
    )


class RoleForm(forms.Form):
    """The role somebody gets."""

    role = RoleField()


class ConfirmForm(forms.Form):
    """Nothing more is asked of who has an account with a password already."""

    def __init__(self, *args: Any, invitation: Invitation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.invitation = invitation


class PasswordForm(ConfirmForm):
    """The password of a new account."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validation.password_validators_help_text_html,
    )
    again = forms.CharField(
        label=_("Password, again"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        person = User(email=self.invitation.email, full_name=self.invitation.name)
        password_validation.validate_password(password, person)
        return password

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data and data.get("again", data["password"]) != data["password"]:
            self.add_error("again", ValidationError(_("The two passwords differ.")))
        return data
