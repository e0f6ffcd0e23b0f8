"""The list of a company's people."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners.models import Certification, Person, Role
from ui import formats
from ui.columns import ChoiceColumn, PortalColumn, TextColumn, badge
from ui.tables import PortalTable
from ui.tones import Tone


def person_url(person: Person) -> str:
    return reverse("company:person", args=[person.public_id])


def _named(certification: Certification) -> str:
    """Return what it is called; the one that all partners need, in the reader's words."""
    if certification.kind == Certification.Kind.SOLUTIONS_PARTNER:
        return certification.get_kind_display()
    return certification.name


class AccountColumn(PortalColumn):
    """Whether somebody can sign in."""

    def cell(self, record: Any) -> str:
        if record.user is None:
            return badge(gettext("None"), Tone.NEUTRAL)
        if not record.user.is_active:
            return badge(gettext("Deactivated"), Tone.BAD)
        if record.user.last_login is None:
            return badge(gettext("Never signed in"), Tone.WARN)
        return badge(gettext("Open"), Tone.GOOD)


class PeopleTable(PortalTable):
    """Who works here; an owner gets from a name to what can be changed."""

    caption = _("People of the company")
    empty_title = _("Nobody works here yet.")
    empty_hint = _("The programme manager adds the first owner.")

    name = TextColumn(_("Name"), value=str, order_by=("last_name", "first_name"))
    email = TextColumn(_("E-mail address"))
    role = ChoiceColumn(_("Role"), choices=Role)
    account = AccountColumn(_("Account"), value=lambda person: person)
    certifications = TextColumn(
        _("Valid certifications"),
        value=lambda person: formats.listing(
            sorted(map(_named, person.valid_certifications))
        ),
    )

    class Meta(PortalTable.Meta):
        order_by = ("name",)

    def __init__(self, data: Any, *, managing: bool, **options: Any) -> None:
        super().__init__(data, **options)
        self.columns["name"].column.url = person_url if managing else None
