"""Two portfolios with everything in them, and one account of each kind.

All names of the foreign portfolio contain ZEBRA, so that one look at an answer tells
whether anything of it came through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client, Relationship, Subscription, UsageReading
from commissions.models import FxRate, Receipt
from deals.models import (
    Assignment,
    Deal,
    DealLine,
    DealRequest,
    DealTransition,
    DomainCheck,
    DomainHold,
    ProspectSignal,
    RegisteredDomain,
    Registration,
    Scenario,
    Specialist,
    SpecialistAbsence,
    SpecialistArea,
)
from partners.models import (
    Accreditation,
    AuditEntry,
    BenefitSuspension,
    Certification,
    ConditionFinding,
    EliteAdmission,
    EliteReview,
    Escalation,
    Evaluation,
    Export,
    FactorGap,
    GoldNotice,
    Invitation,
    JoinRequest,
    MembershipChange,
    OwnLapse,
    Partner,
    PartnerNote,
    PartnerTask,
    Person,
    PointsEntry,
    RehearsalRow,
    RulebookEdition,
    RulebookRehearsal,
    SavedView,
    Snapshot,
    Standing,
    TierAppeal,
    TierChange,
    TierOverride,
    UpgradeHeld,
    User,
)
from partners.portfolio import PortfolioAdmin
from portal.models import Outlook
from tests.factories import (
    AccreditationFactory,
    AuditEntryFactory,
    BenefitSuspensionFactory,
    CertificationFactory,
    ClientFactory,
    ConditionFindingFactory,
    DealFactory,
    DealLineFactory,
    EliteReviewFactory,
    EscalationFactory,
    ExportFactory,
    MembershipChangeFactory,
    OutlookFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    RehearsalRowFactory,
    RelationshipFactory,
    SavedViewFactory,
    SubscriptionFactory,
    TierAppealFactory,
    TierChangeFactory,
    TierOverrideFactory,
    UserFactory,
)
from tests.factories.people import InvitationFactory, JoinRequestFactory
from tests.factories.registrations import RegistrationFactory
from tests.factories.scenarios import ScenarioFactory
from tests.factories.specialists import SpecialistAreaFactory
from tests.integration.admin.money_rows import money_rows

AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
ZEBRA = "Zebra"


@dataclass(frozen=True)
class Portfolio:
    """One partner of a manager, with one row of every model."""

    pdm: User
    partner: Partner
    person: Person
    deal: Deal
    line: DealLine
    client: Client
    rows: dict[type[Model], Model]
    """Model → a row of this portfolio, for each model that has a page."""


def make_portfolio(name: str) -> Portfolio:
    """Make a manager's portfolio in which every name begins with `name`."""
    pdm = UserFactory.create(
        pdm=True, email=f"pdm@{name.lower()}.example", full_name=f"{name} Manager"
    )
    partner = PartnerFactory.create(name=f"{name} Partner", ref=f"{name}-P", pdm=pdm)
    person = PersonFactory.create(
        partner=partner, email=f"ann@{name.lower()}.example", last_name=name
    )
    client = ClientFactory.create(name=f"{name} Client", ref=f"{name}-C")
    deal = DealFactory.create(
        name=f"{name} Deal", ref=f"{name}-D", partner=partner, client=client
    )
    edition = RulebookEdition.objects.get(code="2025-B")
    snapshot = Snapshot.objects.create(
        partner=partner, on=date(2026, 1, 15), sourced=1, assisted=2, managed=3,
        performing_tier="none", certified=True, edition=edition, taken_at=AT,
    )  # fmt: skip
    evaluation = Evaluation.objects.create(
        partner=partner, on=date(2026, 1, 15), credited_before="none", tier="none",
        cause="kept", best_tier="none", facts={"of": name}, sha256="0" * 64,
        edition=edition, decided_at=AT,
    )  # fmt: skip
    rows: dict[type[Model], Model] = {
        Partner: partner,
        Person: person,
        Deal: deal,
        Client: client,
        Snapshot: snapshot,
        Evaluation: evaluation,
        Certification: CertificationFactory.create(person=person, name=f"{name} Cert"),
        Accreditation: AccreditationFactory.create(partner=partner, name=f"{name} Acc"),
        Standing: Standing.objects.create(
            partner=partner, as_of=date(2026, 1, 15), edition=edition
        ),
        PointsEntry: PointsEntryFactory.create(
            partner=partner, source_ref=f"{name}-D/sales_hub"
        ),
        TierChange: TierChangeFactory.create(partner=partner),
        Outlook: OutlookFactory.create(partner=partner),
        Relationship: RelationshipFactory.create(partner=partner, client=client),
        Subscription: SubscriptionFactory.create(client=client, ref=f"{name}-S"),
        UsageReading: UsageReading.objects.create(
            client=client, tool=name, measured_on=date(2026, 1, 1), activated=True
        ),
        Escalation: EscalationFactory.create(partner=partner, summary=name),
        ConditionFinding: ConditionFindingFactory.create(partner=partner, reason=name),
        BenefitSuspension: BenefitSuspensionFactory.create(partner=partner, reason=name),
        MembershipChange: MembershipChangeFactory.create(partner=partner, reason=name),
        FactorGap: FactorGap.objects.create(
            partner=partner, from_on=date(2026, 1, 1), people=2
        ),
        OwnLapse: OwnLapse.objects.create(
            partner=partner, since_on=date(2026, 1, 1), cure_until=date(2026, 1, 31),
            reason="ended",
        ),
        GoldNotice: GoldNotice.objects.create(
            partner=partner, deadline_on=date(2026, 1, 1), noticed_on=date(2026, 1, 1),
            moves_on=date(2026, 1, 31), edition=edition, recorded_at=AT,
        ),
        EliteAdmission: EliteAdmission.objects.create(
            partner=partner, on=date(2026, 1, 15), admitted=True, recorded_at=AT
        ),
        UpgradeHeld: UpgradeHeld.objects.create(
            partner=partner, on=date(2026, 1, 15), tier="gold", conditions=["conduct"],
            recorded_at=AT,
        ),
        PartnerNote: PartnerNote.objects.create(
            partner=partner, author=pdm, text=f"{name} note", at=AT
        ),
        PartnerTask: PartnerTask.objects.create(
            partner=partner, author=pdm, title=f"{name} task", created_at=AT,
            due_on=date(2026, 1, 20),
        ),
        Receipt: Receipt.objects.create(
            ref=f"{name}-R", client=client, product_line="sales_hub",
            month=date(2026, 1, 1), amount_minor=100_000, currency="USD",
            recorded_at=AT,
        ),
    }  # fmt: skip
    rows[Invitation] = InvitationFactory.create(
        partner=partner,
        invited_by=pdm,
        owner=None,
        email=f"{name.lower()}-invited@example.com",
    )
    rows[JoinRequest] = JoinRequestFactory.create(
        partner=partner, email=f"{name.lower()}-joining@example.com"
    )
    rows[Export] = ExportFactory.create(partner=partner, query=f"q={name}")
    rows[SavedView] = SavedViewFactory.create(partner=partner, name=f"{name} view")
    rows[AuditEntry] = AuditEntryFactory.create(partner=partner, object_label=name)
    rows[TierOverride] = TierOverrideFactory.create(
        partner=partner, proposed_by=pdm, reason=f"{name} reason"
    )
    rows[TierAppeal] = TierAppealFactory.create(partner=partner, text=f"{name} text")
    rows[Scenario] = ScenarioFactory.create(
        partner=partner, name=f"{name} scenario", is_shared=True, created_by=pdm
    )
    rows[Registration] = RegistrationFactory.create(
        partner=partner, owner=person, created_by=pdm, in_review=True,
        company=f"{name}{name}werk GmbH",
        name=f"{name} registration", domains=[f"{name.lower()}werk.com"],
    )  # fmt: skip
    rows[DealRequest] = DealRequest.objects.create(
        deal=deal, kind="demo", text=f"{name} help", asked_by=pdm, asked_at=AT, due_at=AT
    )
    rows[Assignment] = Assignment.objects.create(
        deal=deal, kind="growth", from_at=AT, note=f"{name} note"
    )
    rows[DomainCheck] = DomainCheck.objects.create(
        partner=partner, asked_by=pdm, asked=f"{name.lower()}.com", answer="free", at=AT
    )
    rows[DomainHold] = DomainHold.objects.create(
        partner=partner, held_by=pdm, from_at=AT, until_at=AT + timedelta(days=1),
        domain=RegisteredDomain.objects.create(name=f"{name.lower()}held.com"),
    )  # fmt: skip
    rows[EliteReview] = EliteReviewFactory.create(
        partner=partner, customer_retention_source=f"{name} source"
    )
    rows |= money_rows(partner, client=client, name=name)
    line = DealLineFactory.create(deal=deal)
    DealTransition.objects.create(
        deal=deal, to_stage="registered", on=deal.registered_on, note=name, actor=pdm,
        at=AT,
    )  # fmt: skip
    return Portfolio(pdm, partner, person, deal, line, client, rows)


@pytest.fixture
def mine(db: None) -> Portfolio:
    """Make the portfolio of the manager who is signed in."""
    return make_portfolio("Mine")


@pytest.fixture
def theirs(db: None) -> Portfolio:
    """Make another manager's portfolio."""
    return make_portfolio(ZEBRA)


@pytest.fixture
def shared_rows(db: None) -> dict[type[Model], Model]:
    """Return rows of no partner, or only for who sees all: an account, an edition, …"""
    row = RehearsalRowFactory.create()
    area = SpecialistAreaFactory.create(territory="DE")
    return {
        Specialist: area.specialist,
        SpecialistArea: area,
        SpecialistAbsence: SpecialistAbsence.objects.create(
            specialist=area.specialist,
            from_on=date(2026, 1, 1),
            until_on=date(2026, 1, 8),
        ),
        ProspectSignal: ProspectSignal.objects.create(
            external_id="one",
            kind="sign_up",
            domain="prospect.com",
            happened_at=AT,
            received_at=AT,
        ),
        User: UserFactory.create(),
        RulebookEdition: RulebookEdition.objects.get(code="2025-B"),
        FxRate: FxRate.objects.create(
            day=date(2026, 1, 31), currency="EUR", usd_e10=11_000_000_000
        ),
        RulebookRehearsal: row.rehearsal,
        RehearsalRow: row,
    }


SignIn = Callable[[User], Browser]


@pytest.fixture
def sign_in() -> SignIn:
    """Return a browser in which an account is signed in."""

    def signed_in(user: User) -> Browser:
        browser = Browser()
        browser.force_login(user)
        return browser

    return signed_in


@pytest.fixture
def as_pdm(mine: Portfolio, sign_in: SignIn) -> Browser:
    return sign_in(mine.pdm)


@pytest.fixture
def manager(db: None) -> User:
    return UserFactory.create(programme_manager=True, email="manager@portal.example")


@pytest.fixture
def as_manager(manager: User, sign_in: SignIn) -> Browser:
    return sign_in(manager)


@pytest.fixture
def as_auditor(db: None, sign_in: SignIn) -> Browser:
    return sign_in(UserFactory.create(auditor=True))


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row of our tables, to see whether anything changed."""
    models = [
        model
        for app in (
            "partners",
            "clients",
            "deals",
            "commissions",
            "outbox",
            "interchange",
        )
        for model in apps.get_app_config(app).get_models()
    ]
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in models
    }


def pages() -> list[PortfolioAdmin[Any]]:
    """Return every page that asks the policy."""
    return [page for page in site._registry.values() if isinstance(page, PortfolioAdmin)]


def url(model: type[Model] | Model, view: str, *args: Any, **query: Any) -> str:
    """Return the address of a model's view in the back office."""
    opts = model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_{view}", args=args)
    words = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{address}?{words}" if words else address
