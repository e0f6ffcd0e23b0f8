"""What people are told about editions of the rulebook."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.notifications.registry import Facts, Mail, Words, notification_kind
from partners.receipts import words
from partners.receipts.changes import CONSTRAINTS
from program.tiers import Constraint
from ui import formats


@notification_kind(
    "partners.edition_published",
    label=gettext_lazy("New rules of the programme"),
    mail=Mail.AT_ONCE,
)
def edition_published(facts: Facts) -> Words:
    """Say what an edition changes for the reader's company: the letter."""
    day = date.fromisoformat(facts["effective_on"])
    title = _("New rules from %(day)s: edition %(code)s") % {
        "day": formats.day_long(day),
        "code": facts["code"],
    }
    if facts["provider"]:
        return Words(title, _("You are a provider: no tier applies to you."))
    names = {
        "as_of": formats.day_long(date.fromisoformat(facts["as_of"])),
        "now": words.tier_name(facts["now"]),
        "then": words.tier_name(facts["then"]),
    }
    if facts["now"] == facts["then"]:
        text = _("With your points of %(as_of)s nothing changes for you: %(then)s.")
    else:
        text = _(
            "With your points of %(as_of)s you reach %(now)s by the rules until then, "
            "and %(then)s by the new ones."
        )
    sentences = [text % names]
    if facts["short"]:
        sentences.append(
            _("For %(tier)s you are %(short)s short: %(what)s.")
            % {
                "tier": words.tier_name(facts["next"]),
                "short": formats.points(facts["short"]),
                "what": str(CONSTRAINTS[Constraint(facts["constraint"])]).lower(),
            }
        )
    return Words(title, " ".join(sentences))


@notification_kind(
    "partners.rehearsal_done",
    label=gettext_lazy("Rehearsals of the rulebook"),
    staff=True,
)
def rehearsal_done(facts: Facts) -> Words:
    """Say how a rehearsal came out, and what comes next."""
    count = facts["partners"]
    text = ngettext(
        "%(count)s partner was rehearsed: %(rises)s rise, %(falls)s fall. Somebody who "
        "did not write the edition can publish it.",
        "%(count)s partners were rehearsed: %(rises)s rise, %(falls)s fall. Somebody who "
        "did not write the edition can publish it.",
        count,
    ) % {
        "count": formats.number(count),
        "rises": formats.number(facts["rises"]),
        "falls": formats.number(facts["falls"]),
    }
    title = _("The rehearsal of edition %(code)s is done") % {"code": facts["code"]}
    return Words(title, text)
