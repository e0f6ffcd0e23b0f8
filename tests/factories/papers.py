"""Papers and bank accounts as rows: nothing is checked here, services do that."""

from datetime import UTC, date, datetime

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from commissions.models import BankAccount, DocumentStep, PaperDemand, PayoutDocument
from commissions.services.sealing import seal, seal_file
from tests.factories.partners import PartnerFactory, UserFactory

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


class BankAccountFactory(DjangoModelFactory[BankAccount]):
    """An account in the United States, in dollars: 1300456819, under its seal."""

    class Meta:
        model = BankAccount

    partner = factory.SubFactory(PartnerFactory)
    holder = factory.SelfAttribute("partner.name")
    sealed = factory.LazyAttribute(
        lambda one: seal("1300456819", partner_id=one.partner.pk)
    )
    tail = "6819"
    is_iban = False
    bic = "CHASUS33"
    bank_country = "US"
    currency = "USD"
    town = "Boston"
    country = "US"
    actor = factory.SubFactory(UserFactory)
    at = AT


class PayoutDocumentFactory(DjangoModelFactory[PayoutDocument]):
    """A form W-9 that waits for approval. `approved`, `rejected`: decided by finance.

    `bank_form`: about an account of the partner. `invoice`: of the first quarter of 2026.
    """

    class Meta:
        model = PayoutDocument

    class Params:
        approved = factory.Trait(
            state=PayoutDocument.State.APPROVED,
            decided_by=factory.SubFactory(UserFactory, finance=True),
            decided_at=AT,
        )
        rejected = factory.Trait(
            state=PayoutDocument.State.REJECTED,
            reason="The signature is missing",
            decided_by=factory.SubFactory(UserFactory, finance=True),
            decided_at=AT,
        )
        bank_form = factory.Trait(
            kind=PayoutDocument.Kind.BANK_FORM,
            account=factory.SubFactory(
                BankAccountFactory,
                partner=factory.SelfAttribute("..partner"),
                actor=factory.SelfAttribute("..filed_by"),
            ),
            name="",
            media_type="",
            size=0,
            sha256="",
            content="",
        )
        invoice = factory.Trait(
            kind=PayoutDocument.Kind.TAX_INVOICE,
            quarter=date(2026, 1, 1),
            invoice_number=factory.Sequence(lambda n: f"INV-{n:05}"),
            amount_minor=20_000,
            currency="USD",
        )

    partner = factory.SubFactory(PartnerFactory)
    kind = PayoutDocument.Kind.W9
    state = PayoutDocument.State.PENDING
    name = "form.pdf"
    media_type = "application/pdf"
    size = 8
    sha256 = "0" * 64
    content = factory.LazyFunction(
        lambda: ContentFile(seal_file(b"%PDF-1.7"), name="form.pdf")
    )
    signed_on = date(2026, 1, 5)
    filed_by = factory.SubFactory(UserFactory)
    filed_at = AT


class DocumentStepFactory(DjangoModelFactory[DocumentStep]):
    """A paper was filed."""

    class Meta:
        model = DocumentStep

    document = factory.SubFactory(PayoutDocumentFactory)
    from_state = ""
    to_state = PayoutDocument.State.PENDING
    actor = factory.SelfAttribute("document.filed_by")
    at = AT


class PaperDemandFactory(DjangoModelFactory[PaperDemand]):
    """A Colombian partner pays social security: proof of it from 2026 on."""

    class Meta:
        model = PaperDemand

    partner = factory.SubFactory(PartnerFactory, country="CO")
    paper = PayoutDocument.Kind.SOCIAL_SECURITY
    demanded = True
    from_quarter = date(2026, 1, 1)
    reason = "It pays for those who do the work"
    actor = factory.SubFactory(UserFactory, finance=True)
    at = AT
