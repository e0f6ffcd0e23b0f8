"""What partners were stated, paid and filed: read for many by the same few queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from commissions.models import BankAccount
from commissions.selectors.owing import Due, due_to
from commissions.selectors.papers import Owed, account_of, filed_by, missing_papers
from partners.models import Partner


class Books:
    """The books of some partners, as they stand when this is made.

    Made under the partners' locks if something is to follow from it.
    """

    def __init__(
        self, partner_ids: Iterable[int], *, without: Iterable[int] = ()
    ) -> None:
        ids = set(partner_ids)
        self._due = due_to(ids, without=without)
        self._filed = filed_by(ids)

    def due(self, partner_id: int) -> Due | None:
        """Return what may be paid to a partner; None if nothing was ever stated.

        The page shows the same number. Payments `without` are not looked at.
        """
        return self._due.get(partner_id)

    def account(self, partner_id: int, on: date) -> BankAccount | None:
        """Return the account a partner is paid to on a day."""
        return account_of(self._filed.get(partner_id, []), on)

    def missing(self, partner: Partner, *, on: date, quarter: date) -> tuple[Owed, ...]:
        """Return the papers that are missing on a day for what a quarter owes."""
        return missing_papers(
            partner_id=partner.pk,
            country=partner.country,
            on=on,
            quarter=quarter,
            filed=self._filed.get(partner.pk, []),
        )
