"""A receipt is of a whole month, whoever writes it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from commissions.models import Receipt
from tests.factories import ClientFactory


@pytest.mark.django_db
def test_a_receipt_is_of_a_whole_month() -> None:
    facts = {
        "client": ClientFactory.create(),
        "amount_minor": 100,
        "currency": "EUR",
        "recorded_at": datetime(2026, 4, 1, tzinfo=UTC),
    }
    first = Receipt(ref="R-1", product_line="crm", month=date(2026, 3, 1), **facts)
    eleventh = Receipt(ref="R-2", product_line="crm", month=date(2026, 3, 11), **facts)

    first.full_clean()
    first.save()

    with pytest.raises(ValidationError, match="receipt_month_is_a_first_day"):
        eleventh.full_clean()
    with pytest.raises(IntegrityError, match="receipt_month_is_a_first_day"):
        eleventh.save()
