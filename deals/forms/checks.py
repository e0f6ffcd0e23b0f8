"""What is asked of somebody who wants to know whether a prospect is free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.services.free_mail import FREE_MAIL
from program.domains import (
    MAX_ASKED,
    DomainProblem,
    UnusableDomainError,
    normalised,
    readable,
)
from program.territories import TERRITORIES
from ui import formats
from ui.forms import TextField

PROBLEMS: Final[Mapping[DomainProblem, Promise]] = {
    DomainProblem.EMPTY: gettext_lazy("Nothing is left of this that could be compared."),
    DomainProblem.NOT_A_DOMAIN: gettext_lazy(
        "This is no domain. Write it like example.com, or write the company’s name."
    ),
    DomainProblem.FREE_MAIL: gettext_lazy(
        "Anybody may have an address there. Write the domain of the company’s website, "
        "or the company’s name."
    ),
    DomainProblem.SHARED: gettext_lazy(
        "This ending belongs to many. Write the company’s own part, too."
    ),
}
"""Why a text cannot be used, and what to write instead."""


class TerritoryField(forms.ChoiceField):
    """A territory by its own code, listed by its name in the reader's language."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=territories, **options)


def territories() -> list[tuple[str, str]]:
    """Return "" and all territories, by name."""
    named = [(code, formats.territory(code)) for code in sorted(TERRITORIES)]
    return [("", "–"), *sorted(named, key=lambda pair: pair[1])]


class DomainsField(TextField):
    """Domains with spaces, commas or line breaks between; cleaned to normalised ones."""

    multiline = True

    def __init__(self, *, at_most: int, **options: Any) -> None:
        super().__init__(max_length=at_most * MAX_ASKED, **options)
        self.at_most = at_most

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        parts = text.replace(",", " ").replace(";", " ").split()
        if len(parts) > self.at_most:
            raise ValidationError(
                _("%(count)s domains at most.") % {"count": self.at_most}
            )
        return list(dict.fromkeys(self._read(part) for part in parts))

    def prepare_value(self, value: Any) -> Any:
        """Show domains as people write them."""
        if isinstance(value, list):
            return " ".join(map(readable, value))
        return value

    @staticmethod
    def _read(part: str) -> str:
        try:
            return normalised(part, free_mail=FREE_MAIL)
        except UnusableDomainError as error:
            raise ValidationError(f"{part[:80]}: {PROBLEMS[error.problem]}") from None


class CheckForm(forms.Form):
    """A domain or a company, and where."""

    asked = TextField(
        label=gettext_lazy("Domain or company"),
        help_text=gettext_lazy("A website, an e-mail address, or the company’s name."),
        max_length=MAX_ASKED,
    )
    country = TerritoryField(
        label=gettext_lazy("Country or territory"),
        help_text=gettext_lazy("Names are compared within it; a domain needs none."),
        required=False,
    )


class HoldForm(forms.Form):
    """The domain to be held."""

    domain = TextField(max_length=MAX_ASKED, widget=forms.HiddenInput)
