"""The rows of a registration that are replaced as a whole: its domains and lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from deals.models import Registration, RegistrationDomain, RegistrationLine
from deals.models.lines import worth_of
from deals.services.registrations.accepting import domains_of
from deals.services.registrations.checking import lock_domains
from deals.services.registrations.given import Line
from deals.services.registrations.steps import RegistrationError

MAX_LINES: Final = 10
MAX_DOMAINS: Final = 10


def replace_domains(registration: Registration, names: Sequence[str]) -> None:
    """Put normalised names in place of the domains. Raises `RegistrationError`."""
    if len(names) > MAX_DOMAINS:
        raise RegistrationError(
            _("A prospect has %(count)s domains at most.") % {"count": MAX_DOMAINS}
        )
    wanted = list(dict.fromkeys(names))
    if domains_of(registration) == wanted:
        return
    registration.domains.all().delete()
    rows = {row.name: row for row in lock_domains(wanted)}
    RegistrationDomain.objects.bulk_create(
        RegistrationDomain(registration=registration, domain=rows[name])
        for name in wanted
    )


def replace_lines(registration: Registration, lines: Sequence[Line]) -> None:
    """Put lines in place of those there were. Raises `RegistrationError` for many."""
    if len(lines) > MAX_LINES:
        raise RegistrationError(
            _("A registration has %(count)s product lines at most.")
            % {"count": MAX_LINES}
        )
    registration.lines.all().delete()
    RegistrationLine.objects.bulk_create(
        RegistrationLine(registration=registration, **worth_of(line)) for line in lines
    )
