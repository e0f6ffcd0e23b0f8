"""What acts about payouts and adjustments ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import Adjustment, PayoutRun
from commissions.services.payouts import Way
from commissions.services.payouts.preparing import currencies_in_credit
from outbox import clock
from partners.models import Partner
from partners.portfolio import PortfolioForm
from program.money import InvalidMoneyError, Money
from ui.forms import DayField, LongTextField, TextField

WAYS = {
    Way.SEPA: gettext_lazy("SEPA credit transfer (pain.001)"),
    Way.TRANSFER: gettext_lazy("credit transfer by BIC or national code (pain.001)"),
    Way.LIST: gettext_lazy("list for the bank (CSV)"),
}
_APART = ":"


class PrepareForm(PortfolioForm[PayoutRun]):
    """Which payments go together: a currency and a way; and on which day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "currency" in self.fields:  # only where a run is added
            self.fields["currency"] = forms.ChoiceField(
                label=_("Payments"),
                help_text=_(
                    "Everybody whose papers and account are there is in it, up to 1,000."
                ),
                choices=[
                    (f"{currency}{_APART}{way}", f"{currency}, {words}")
                    for currency in currencies_in_credit()
                    for way, words in WAYS.items()
                    if way is not Way.SEPA or currency == "EUR"
                ],
            )

    def clean_currency(self) -> str:
        currency, _apart, way = self.cleaned_data["currency"].partition(_APART)
        self.way = Way(way)
        return str(currency)

    def clean_execute_on(self) -> date:
        day: date = self.cleaned_data["execute_on"]
        if day < clock.today():
            raise ValidationError(_("The day of execution has passed."))
        return day


class ReasonForm(forms.Form):
    reason = LongTextField(label=gettext_lazy("Reason"), max_length=200)


class AnswerForm(forms.Form):
    answer = LongTextField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("The partner reads this."),
    )


class PaidForm(forms.Form):
    paid_on = DayField(label=gettext_lazy("Paid on"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paid_on"].initial = today


class AdjustmentForm(PortfolioForm[Adjustment]):
    """An amount in the partner's payout currency, with a sign, and why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "amount_minor" in self.fields:  # only where one is added
            self.fields["amount_minor"] = TextField(
                label=_("Amount"),
                max_length=30,
                help_text=_(
                    "In the payout currency of the partner; an amount below zero takes "
                    "off."
                ),
            )

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        if given is None:
            return None
        partner, text = given.get("partner"), given.get("amount_minor")
        if isinstance(partner, Partner) and isinstance(text, str):
            try:
                money = Money.of(text.strip(), partner.payout_currency)
            except InvalidMoneyError as error:
                raise ValidationError({"amount_minor": str(error)}) from error
            if not money.minor:
                self.add_error("amount_minor", _("Nothing is no adjustment."))
            given["amount_minor"] = money.minor
        return given
