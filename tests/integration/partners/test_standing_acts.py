"""What staff decide about a partner's standing: each act once, told and written down."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from partners.models import (
    AuditEntry,
    BenefitSuspension,
    ConditionFinding,
    Escalation,
    Notification,
    Partner,
    Role,
    User,
)
from partners.receipts.conditions import suspension_on
from partners.services import standing
from partners.services.standing import StandingError
from tests.factories import (
    BenefitSuspensionFactory,
    ConditionFindingFactory,
    EscalationFactory,
    MembershipChangeFactory,
    PartnerFactory,
    PersonFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def actor() -> User:
    return UserFactory.create(programme_manager=True)


@pytest.fixture
def partner() -> Partner:
    """Return a partner with an owner who can sign in and a manager."""
    partner = PartnerFactory.create(with_pdm=True)
    PersonFactory.create(partner=partner, with_account=True)
    PersonFactory.create(partner=partner, with_account=True, role=Role.SALES)
    return partner


def told(kind: str) -> list[str]:
    """Return who was told of a kind, by role."""
    found = Notification.objects.filter(kind=kind)
    return sorted("pdm" if each.user.is_staff else "owner" for each in found)


def acts() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def report(partner: Partner, actor: User, **changes: object) -> Escalation:
    escalation = EscalationFactory.build(partner=partner, **changes)
    return standing.report_escalation(
        escalation=escalation, actor=actor, at=NOON, today=TODAY
    )


def close(
    escalation: Escalation, actor: User, *, state: str = "marked", on: date = TODAY,
    outcome: str = "It was true.",
) -> Escalation:  # fmt: skip
    return standing.close_escalation(
        escalation_id=escalation.pk, state=state, outcome=outcome, on=on, actor=actor,
        at=NOON, today=TODAY,
    )  # fmt: skip


# --- Escalations ----------------------------------------------------------------------


def test_an_escalation_is_reported_with_its_history(
    partner: Partner, actor: User
) -> None:
    escalation = report(partner, actor, summary="  Late.  ")

    assert (escalation.state, escalation.summary) == ("reported", "Late.")
    step = escalation.transitions.get()
    assert (step.from_state, step.to_state, step.actor) == ("", "reported", actor)
    assert told("partners.escalation_reported") == ["owner", "pdm"]
    assert acts() == ["partners.escalation_reported"]


@pytest.mark.parametrize("state", ["settled", "marked", "dismissed"])
def test_an_escalation_is_closed_once(partner: Partner, actor: User, state: str) -> None:
    escalation = report(partner, actor)

    close(escalation, actor, state=state)
    with pytest.raises(StandingError, match="closed already"):
        close(escalation, actor, state="settled")

    escalation.refresh_from_db()
    assert (escalation.state, escalation.closed_on) == (state, TODAY)
    assert [step.to_state for step in escalation.transitions.order_by("pk")] == [
        "reported",
        state,
    ]
    assert acts()[1:] == [f"partners.escalation_{state}"]
    reported = Notification.objects.filter(kind="partners.escalation_reported")
    assert all(each.done_at for each in reported)
    assert told("partners.escalation_closed") == ["owner", "pdm"]


def test_nothing_is_reported_or_closed_out_of_time(partner: Partner, actor: User) -> None:
    with pytest.raises(StandingError, match="future"):
        report(partner, actor, reported_on=date(2026, 3, 11))
    escalation = report(partner, actor)
    with pytest.raises(StandingError, match="future"):
        close(escalation, actor, on=date(2026, 3, 11))
    with pytest.raises(StandingError, match="before it was reported"):
        close(escalation, actor, on=date(2026, 1, 9))

    assert Escalation.objects.get().state == "reported"


def test_words_are_needed(partner: Partner, actor: User) -> None:
    with pytest.raises(StandingError, match="Say why"):
        report(partner, actor, summary="  ")
    escalation = report(partner, actor)
    with pytest.raises(StandingError, match="Say why"):
        close(escalation, actor, outcome=" ")

    assert Escalation.objects.get().state == "reported"


@pytest.mark.parametrize(
    ("factory", "values"),
    [
        (EscalationFactory, {"state": "marked"}),
        (EscalationFactory, {"closed_on": date(2026, 2, 1)}),
        (EscalationFactory, {"settled": True, "closed_on": date(2026, 1, 9)}),
        (EscalationFactory, {"severity": "awful"}),
        (ConditionFindingFactory, {"condition": "relations"}),
        (ConditionFindingFactory, {"until_on": date(2026, 1, 9)}),
        (BenefitSuspensionFactory, {"cause": "mood"}),
        (BenefitSuspensionFactory, {"until_on": date(2026, 1, 9)}),
        (MembershipChangeFactory, {"membership": "elite"}),
    ],
    ids=str,
)
def test_the_database_refuses_what_cannot_be(factory: Any, values: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factory.create(**values)


# --- Findings -------------------------------------------------------------------------


def find(partner: Partner, actor: User, **changes: object) -> ConditionFinding:
    finding = ConditionFindingFactory.build(partner=partner, **changes)
    return standing.open_finding(finding=finding, actor=actor, at=NOON, today=TODAY)


def mend(finding: ConditionFinding, actor: User, on: date = TODAY) -> ConditionFinding:
    return standing.close_finding(
        finding_id=finding.pk, on=on, actor=actor, at=NOON, today=TODAY
    )


def test_a_finding_is_opened_once_and_closed_once(partner: Partner, actor: User) -> None:
    finding = find(partner, actor)
    with pytest.raises(StandingError, match="already"):
        find(partner, actor)
    find(partner, actor, condition="conduct")

    mend(finding, actor)
    with pytest.raises(StandingError, match="closed already"):
        mend(finding, actor)
    again = find(partner, actor, from_on=TODAY)

    finding.refresh_from_db()
    assert (finding.found_by, finding.closed_by) == (actor, actor)
    assert again.pk != finding.pk
    assert told("partners.condition_not_met") == ["owner"] * 3 + ["pdm"] * 3
    assert told("partners.condition_met") == ["owner", "pdm"]
    assert acts().count("partners.condition_met") == 1


def test_findings_have_days_that_are_possible_and_a_reason(
    partner: Partner, actor: User
) -> None:
    with pytest.raises(StandingError, match="future"):
        find(partner, actor, from_on=date(2026, 3, 11))
    with pytest.raises(StandingError, match="Say why"):
        find(partner, actor, reason="")
    finding = find(partner, actor)
    with pytest.raises(StandingError, match="before it begins"):
        mend(finding, actor, date(2026, 1, 9))
    with pytest.raises(StandingError, match="future"):
        mend(finding, actor, date(2026, 3, 11))


def test_the_people_of_the_money_hear_of_missing_paper(
    partner: Partner, actor: User
) -> None:
    PersonFactory.create(partner=partner, with_account=True, role=Role.FINANCE)

    find(partner, actor, condition="paperwork")

    assert told("partners.condition_not_met") == ["owner", "owner", "pdm"]


# --- Benefits -------------------------------------------------------------------------


def test_benefits_are_suspended_and_restored(partner: Partner, actor: User) -> None:
    def suspend() -> BenefitSuspension:
        return standing.suspend_benefits(
            suspension=BenefitSuspensionFactory.build(partner=partner, from_on=TODAY),
            actor=actor, at=NOON, today=TODAY,
        )  # fmt: skip

    suspension = suspend()
    with pytest.raises(StandingError, match="suspended already"):
        suspend()
    assert suspension_on(partner, TODAY) == suspension
    assert suspension_on(partner, date(2026, 3, 9)) is None

    def restore() -> BenefitSuspension:
        return standing.restore_benefits(
            suspension_id=suspension.pk, on=TODAY, actor=actor, at=NOON, today=TODAY
        )

    restore()
    with pytest.raises(StandingError, match="ended already"):
        restore()
    assert suspension_on(partner, TODAY) is None
    assert told("partners.benefits_suspended") == ["owner", "pdm"]
    assert told("partners.benefits_restored") == ["owner", "pdm"]
    assert acts() == ["partners.benefits_suspended", "partners.benefits_restored"]
