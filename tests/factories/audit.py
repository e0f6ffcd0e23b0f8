"""Entries of the audit log."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from partners.models import AuditEntry


class AuditEntryFactory(DjangoModelFactory[AuditEntry]):
    """An act of the programme's own, not sealed yet; `partner` makes it a company's."""

    class Meta:
        model = AuditEntry

    at = datetime(2026, 1, 15, 6, tzinfo=UTC)
    action = "test.done"
    object_type = "test.thing"
    object_id = factory.Sequence(lambda n: n + 1)
    object_label = factory.Sequence(lambda n: f"Thing {n}")
    changes = factory.LazyFunction(lambda: {"stage": ["registered", "won"]})
