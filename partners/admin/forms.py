"""Forms of the back office: the same rules for a field as in a bundle of data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interchange import cells
from outbox import clock
from partners.models import Partner, Person, Role, StaffRole, User
from partners.portfolio import PortfolioForm
from ui.forms import DayField


def parsed(value: str, parse: Callable[[str], str]) -> str:
    """Return a cell's value, or its reason and advice as the error of a field."""
    if not value:
        return value
    try:
        return parse(value)
    except cells.CellError as error:
        raise ValidationError(f"{error.reason} {error.advice}".strip()) from error


class PartnerForm(PortfolioForm[Partner]):
    def clean_country(self) -> str:
        return parsed(self.cleaned_data["country"], cells.country)

    def clean_payout_currency(self) -> str:
        return parsed(self.cleaned_data["payout_currency"], cells.currency)

    def clean_domain(self) -> str:
        return parsed(self.cleaned_data["domain"], cells.domain)


class PersonForm(PortfolioForm[Person]):
    def clean_email(self) -> str:
        return parsed(self.cleaned_data["email"], cells.email)

    def clean_role(self) -> str:
        """Return the role; a company keeps an owner, as on its own page of people."""
        role: str = self.cleaned_data["role"]
        person = self.instance
        if person.pk and self.initial.get("role") == Role.OWNER and role != Role.OWNER:
            owners = Person.objects.active().filter(
                partner_id=person.partner_id, role=Role.OWNER
            )
            if person.left_on is None and not owners.exclude(pk=person.pk).exists():
                raise ValidationError(
                    _("A company keeps an owner: name another one first.")
                )
        return role


class UserForm(PortfolioForm[User]):
    """An account of staff when new; name, language and time zone when changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "staff_role" in self.fields:
            self.fields["staff_role"].required = True
            # Only staff have a staff role, and only staff are opened here.
            self.instance.is_staff = True

    def clean_email(self) -> str:
        email = parsed(self.cleaned_data["email"], cells.email)
        if Person.objects.active().filter(email=email).exists():
            raise ValidationError(
                _("This address belongs to somebody who works for a partner.")
            )
        return email

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise ValidationError(_("Write a time zone like Europe/Paris."))
        return zone


class RoleForm(forms.Form):
    staff_role = forms.ChoiceField(
        label=gettext_lazy("Staff role"), choices=StaffRole.choices
    )


class ManagerForm(forms.Form):
    """Whose portfolio partners move to."""

    manager = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Partner development manager")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["manager"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(
            is_active=True, is_staff=True, staff_role=StaffRole.PDM
        ).order_by("full_name", "email")


class LeavingForm(forms.Form):
    on = DayField(label=gettext_lazy("Left on"), initial=clock.today)
