"""What people are told about files they asked for."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.notifications.registry import Facts, Mail, Words, notification_kind
from ui import formats
from ui.listings import UnknownListError, listing_of


@notification_kind(
    "partners.file_made",
    label=gettext_lazy("Files you asked for"),
    mail=Mail.AT_ONCE,
)
def file_made(facts: Facts) -> Words:
    title = {"list": _title(str(facts["list"]))}
    if facts["rows"] is None:
        return Words(
            _("The file of “%(list)s” was not made") % title,
            _("The page of your files says why."),
        )
    return Words(
        _("The file of “%(list)s” is ready") % title,
        _("It has %(rows)s rows and can be downloaded for 24 hours.")
        % {"rows": formats.number(facts["rows"])},
    )


def _title(name: str) -> str:
    try:
        return str(listing_of(name).title)
    except UnknownListError:
        return name
