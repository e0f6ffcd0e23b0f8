"""Editions that differ from the shipped ones in a line or two; drafts and rehearsals."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from partners.models import RehearsalRow, RulebookEdition, RulebookRehearsal, TierChoice
from program.rulebook import parse_rulebook, shipped_documents
from tests.factories.partners import PartnerFactory, UserFactory


def publish_edition(*, effective_on: date, changes: Mapping[str, str]) -> RulebookEdition:
    """Publish a copy of the newest shipped edition in which texts are replaced."""
    document = shipped_documents()[-1]
    code = f"T-{effective_on.isoformat()}"
    for old, new in {
        'code = "2025-B"': f'code = "{code}"',
        "2025-07-16": effective_on.isoformat(),
        **changes,
    }.items():
        assert old in document, f"the shipped edition has no {old!r}"
        document = document.replace(old, new, 1)
    parse_rulebook(document)
    return RulebookEdition.objects.create(
        code=code,
        title="Test",
        effective_on=effective_on,
        document=document,
        sha256=hashlib.sha256(document.encode()).hexdigest(),
        state=RulebookEdition.State.PUBLISHED,
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


def draft_document(code: str, effective_on: date) -> str:
    """Return the newest shipped edition with another code and day."""
    document = shipped_documents()[-1].replace('code = "2025-B"', f'code = "{code}"', 1)
    return document.replace(
        "effective_on = 2025-07-16", f"effective_on = {effective_on.isoformat()}", 1
    )


class DraftFactory(DjangoModelFactory[RulebookEdition]):
    """A draft that differs from the newest shipped edition in code and day only.

    `rehearsed`: marked as rehearsed, without the rehearsal itself.
    """

    class Meta:
        model = RulebookEdition

    class Params:
        rehearsed = factory.Trait(
            state=RulebookEdition.State.REHEARSED,
            rehearsed_sha256=factory.SelfAttribute("sha256"),
        )

    code = factory.Sequence(lambda n: f"D-{n:05}")
    title = "Guide 2025, thresholds to reach by 15 January 2026"
    effective_on = date(2027, 1, 16)
    document = factory.LazyAttribute(
        lambda edition: draft_document(edition.code, edition.effective_on)
    )
    sha256 = factory.LazyAttribute(
        lambda edition: hashlib.sha256(edition.document.encode()).hexdigest()
    )
    author = factory.SubFactory(UserFactory, programme_manager=True)


class RehearsalFactory(DjangoModelFactory[RulebookRehearsal]):
    """A rehearsal that is done, of nobody."""

    class Meta:
        model = RulebookRehearsal

    edition = factory.SubFactory(DraftFactory)
    baseline = factory.LazyFunction(lambda: RulebookEdition.objects.get(code="2025-B"))
    document = factory.SelfAttribute("edition.document")
    sha256 = factory.SelfAttribute("edition.sha256")
    requested_by = factory.SelfAttribute("edition.author")
    requested_at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    finished_at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    parts = 1
    parts_done = 1
    partners = 0


class RehearsalRowFactory(DjangoModelFactory[RehearsalRow]):
    """A partner without points that stays without a tier."""

    class Meta:
        model = RehearsalRow

    rehearsal = factory.SubFactory(RehearsalFactory)
    partner = factory.SubFactory(PartnerFactory)
    as_of = date(2026, 11, 20)
    sourced = 0
    assisted = 0
    managed = 0
    credited_tier = TierChoice.NONE
    tier_now = TierChoice.NONE
    tier_then = TierChoice.NONE
    change = RehearsalRow.Change.SAME
