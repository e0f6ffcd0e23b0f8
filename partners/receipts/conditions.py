"""The facts that good standing rests on, read for many partners at once (R8 to R10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Final

from django.apps import apps
from django.db.models import Exists, OuterRef

from partners import standing_sql
from partners.models import (
    BenefitSuspension,
    Certification,
    ConditionFinding,
    Escalation,
    FactorGap,
    Partner,
    Person,
)
from partners.selectors import memberships_on
from program.money import Money
from program.rulebook import Edition as OwnEdition
from program.rulebook import Rulebook
from program.standing import (
    Complaint,
    Condition,
    ConditionState,
    Finding,
    Holding,
    Own,
    conditions,
)
from program.standing import (
    FactorGap as Gap,
)

SECOND_FACTORS: Final = ("totp", "webauthn")
"""What counts as a second factor: an authenticator app or a passkey, no recovery code."""


def conditions_on(
    partners: Iterable[Partner], *, on: date, rulebook: Rulebook
) -> dict[int, tuple[ConditionState, ...]]:
    """Return partner id → the six conditions on a day, by five queries."""
    partners = list(partners)
    ids = [partner.pk for partner in partners]
    memberships = memberships_on(partners, on)
    findings: dict[int, list[Finding]] = defaultdict(list)
    for pk, condition, since, until in ConditionFinding.objects.filter(
        partner_id__in=ids
    ).values_list("partner_id", "condition", "from_on", "until_on"):
        findings[pk].append(
            Finding(condition=Condition(condition), since=since, until=until)
        )
    complaints: dict[int, list[Complaint]] = defaultdict(list)
    for pk, reported_on, closed_on, state in Escalation.objects.filter(
        partner_id__in=ids
    ).values_list("partner_id", "reported_on", "closed_on", "state"):
        complaints[pk].append(
            Complaint(
                reported_on=reported_on,
                closed_on=closed_on,
                dismissed=state == Escalation.State.DISMISSED,
            )
        )
    gaps: dict[int, list[Gap]] = defaultdict(list)
    for pk, since, until in FactorGap.objects.filter(partner_id__in=ids).values_list(
        "partner_id", "from_on", "until_on"
    ):
        gaps[pk].append(Gap(since=since, until=until))
    holdings = holdings_of(ids)
    return {
        pk: conditions(
            on=on,
            membership=memberships[pk],
            findings=findings[pk],
            complaints=complaints[pk],
            holdings=holdings.get(pk, ()),
            rulebook=rulebook,
            gaps=gaps[pk],
        )
        for pk in ids
    }


def people_with_one_factor(
    *, first: int, last: int = standing_sql.NO_LAST_ID
) -> dict[int, list[Person]]:
    """Return partner id → who works there and signs in with one factor now, by name.

    Of the partners of a range; companies where nobody does are left out. By one query.
    """
    factors = apps.get_model("mfa", "Authenticator")._default_manager
    found: dict[int, list[Person]] = defaultdict(list)
    people = Person.objects.active().filter(
        ~Exists(factors.filter(user=OuterRef("user"), type__in=SECOND_FACTORS)),
        partner_id__gte=first,
        partner_id__lte=last,
        user__is_active=True,
    )
    for person in people.order_by("last_name", "first_name", "pk"):
        found[person.partner_id].append(person)
    return dict(found)


def holdings_of(partner_ids: Iterable[int]) -> dict[int, list[Holding]]:
    """Return partner id → the Solutions Partner Certifications of its people (R8)."""
    found: dict[int, list[Holding]] = defaultdict(list)
    for pk, earned_on, expires_on, left_on in Certification.objects.filter(
        person__partner_id__in=list(partner_ids),
        kind=Certification.Kind.SOLUTIONS_PARTNER,
    ).values_list("person__partner_id", "earned_on", "expires_on", "person__left_on"):
        ends = [day for day in (expires_on, left_on) if day is not None]
        found[pk].append(
            Holding(earned_on=earned_on, ends_on=min(ends) if ends else None)
        )
    return found


def own_of(partner: Partner) -> Own:
    """Return what is on record of a company's own subscription (R9)."""
    minor = partner.own_monthly_usd_minor
    return Own(
        edition=OwnEdition(partner.own_edition) if partner.own_edition else None,
        monthly=Money(minor, "USD") if minor is not None else None,
        ends_on=partner.own_ends_on,
    )


def suspension_on(partner: Partner, day: date) -> BenefitSuspension | None:
    """Return the suspension of benefits that holds on a day, the oldest of several."""
    running = BenefitSuspension.objects.filter(partner=partner).running_on(day)
    return running.order_by("from_on", "pk").first()
