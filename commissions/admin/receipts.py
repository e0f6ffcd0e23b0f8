"""What clients paid, what they bought unsold, and the rates of month ends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions import services
from commissions.models import FxRate, Receipt, TouchlessIncrease
from interchange import cells
from outbox import clock
from partners.admin.users import actor_of
from partners.portfolio import (
    Deed,
    Everybodys,
    ForEach,
    LedgerAdmin,
    PortfolioAdmin,
    PortfolioForm,
    SelectedRelationFilter,
    Visible,
    policy_action,
)
from partners.portfolio.display import NOTHING, money, page_link
from partners.selectors import rulebook_on
from program.money import CURRENCIES, InvalidMoneyError, Money
from ui import formats
from ui.forms import LongTextField, TextField

ModelT = TypeVar("ModelT", bound=Model)


class _AmountForm(PortfolioForm[Any]):
    """A form with an amount as people write it, in the currency beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        products = rulebook_on(clock.today()).products
        self.fields["product_line"] = forms.ChoiceField(
            label=gettext_lazy("Product"), choices=[(each, each) for each in products]
        )
        self.fields["currency"] = forms.ChoiceField(
            label=gettext_lazy("Currency"),
            choices=[(each, each) for each in sorted(CURRENCIES)],
            initial="USD",
        )

    def clean_amount(self, name: str, given: dict[str, Any]) -> None:
        text, currency = given.get(name), given.get("currency")
        if isinstance(text, str) and currency:
            try:
                given[name] = Money.of(text.strip(), currency).minor
            except InvalidMoneyError as error:
                raise ValidationError({name: str(error)}) from error


class _AddedByForm(PortfolioAdmin[ModelT]):
    """A page of rows that are added by a form of their own and then only read."""

    def get_form(
        self,
        request: HttpRequest,
        obj: ModelT | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 (Django's signature)
        **kwargs: Any,
    ) -> Any:
        if obj is not None:
            kwargs["form"] = PortfolioForm
        return super().get_form(request, obj, change, **kwargs)


class ReceiptForm(_AmountForm):
    amount_minor = TextField(
        label=gettext_lazy("Amount"),
        max_length=30,
        help_text=gettext_lazy("With a dot: 1250.50. A refund is below zero."),
    )
    month = TextField(
        label=gettext_lazy("Month"),
        max_length=7,
        help_text=gettext_lazy("The month that was paid for: 2026-03."),
    )

    def clean_month(self) -> object:
        try:
            return cells.month(self.cleaned_data["month"])
        except cells.CellError as error:
            raise ValidationError(f"{error.reason} {error.advice}") from error

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        if given is not None:
            self.clean_amount("amount_minor", given)
            if given.get("amount_minor") == 0:
                self.add_error("amount_minor", _("Nothing was received."))
            # Every constraint of the row is checked before it is stored.
            self.instance.source = Receipt.Source.STAFF
            self.instance.recorded_at = clock.now()
        return given


class TakeBackForm(forms.Form):
    reason = LongTextField(label=gettext_lazy("Reason"), max_length=200)


def _may_be_taken_back(receipt: Receipt) -> bool:
    return receipt.takes_back_id is None and not hasattr(receipt, "taken_back_by")


def _outcome(receipt: Receipt, _deed: Deed) -> str:
    if not _may_be_taken_back(receipt):
        raise services.ReceiptError(_("This receipt was taken back already."))
    return _("%(amount)s of %(month)s no longer count; what they earned is taken off") % {
        "amount": money(receipt.amount_minor, receipt.currency),
        "month": formats.month(receipt.month),
    }


@admin.register(Receipt)
class ReceiptAdmin(_AddedByForm[Receipt]):
    """Receipts of the clients of the portfolio. Nothing is changed, only added."""

    scope = Visible(through="client")
    form = ReceiptForm
    refusals = (services.ReceiptError,)
    list_display = ("ref", "client", "product_line", "month_shown", "amount", "source")
    list_filter = ("month", "source", ("client", SelectedRelationFilter))
    list_select_related = ("client", "taken_back_by")
    search_fields = ("ref", "client__name", "client__ref")
    ordering = ("-month", "-pk")
    fields = (
        *("ref", "client_page", "product_line", "month_shown", "amount", "source"),
        *("note", "enterer", "recorded_at", "taken_back"),
    )
    autocomplete_fields = ("client",)
    actions = ("take_back",)

    def store(
        self, request: HttpRequest, obj: Receipt, form: Any, *, change: bool
    ) -> None:
        stored = services.enter_receipt(
            services.Stated(
                ref=obj.ref,
                client_id=obj.client_id,
                product_line=obj.product_line,
                month=obj.month,
                amount_minor=obj.amount_minor,
                currency=obj.currency,
            ),
            note=obj.note,
            actor=actor_of(request),
            at=clock.now(),
        )
        obj.pk = stored.pk
        obj._state.adding = False
        obj.refresh_from_db()

    @policy_action(
        "take_back",
        description=gettext_lazy("Take back"),
        applies=_may_be_taken_back,
    )
    @ForEach(
        TakeBackForm,
        title=gettext_lazy("Take receipts back"),
        preview=_outcome,
        done=gettext_lazy("taken back"),
    )
    def take_back(self, receipt: Receipt, deed: Deed) -> None:
        services.take_back_receipt(
            receipt_id=receipt.pk,
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
        )

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, receipt: Receipt) -> str:
        return page_link(receipt.client)

    @admin.display(description=gettext_lazy("month"), ordering="month")
    def month_shown(self, receipt: Receipt) -> str:
        return formats.month(receipt.month)

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, receipt: Receipt) -> str:
        return money(receipt.amount_minor, receipt.currency)

    @admin.display(description=gettext_lazy("entered by"))
    def enterer(self, receipt: Receipt) -> str:
        return str(receipt.actor or NOTHING)

    @admin.display(description=gettext_lazy("taken back"))
    def taken_back(self, receipt: Receipt) -> str:
        if receipt.takes_back_id is not None:
            return page_link(receipt.takes_back)
        return page_link(getattr(receipt, "taken_back_by", None))


class IncreaseForm(_AmountForm):
    mrr_minor = TextField(
        label=gettext_lazy("Increase per month"),
        max_length=30,
        help_text=gettext_lazy("With a dot: 1250.50."),
    )

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        if given is not None:
            self.clean_amount("mrr_minor", given)
            minor = given.get("mrr_minor")
            if isinstance(minor, int) and minor <= 0:
                self.add_error("mrr_minor", _("An increase is more than nothing."))
        return given


@admin.register(TouchlessIncrease)
class TouchlessIncreaseAdmin(_AddedByForm[TouchlessIncrease]):
    """What clients bought more of without a seller: added by people, never inferred."""

    scope = Visible(through="client")
    form = IncreaseForm
    refusals = (services.IncreaseError,)
    list_display = ("client", "product_line", "on", "amount", "schedule_page")
    list_filter = ("on", ("client", SelectedRelationFilter))
    list_select_related = ("client", "schedule")
    search_fields = ("client__name", "client__ref")
    ordering = ("-on", "-pk")
    fields = (
        *("client_page", "product_line", "on", "amount", "note", "enterer", "at"),
        "schedule_page",
    )
    autocomplete_fields = ("client",)

    def store(
        self, request: HttpRequest, obj: TouchlessIncrease, form: Any, *, change: bool
    ) -> None:
        schedule = services.record_increase(
            client_id=obj.client_id,
            product_line=obj.product_line,
            on=obj.on,
            mrr_minor=obj.mrr_minor,
            currency=obj.currency,
            note=obj.note,
            actor=actor_of(request),
            at=clock.now(),
        )
        assert schedule.increase_id
        obj.pk = schedule.increase_id
        obj._state.adding = False
        obj.refresh_from_db()

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, increase: TouchlessIncrease) -> str:
        return page_link(increase.client)

    @admin.display(description=gettext_lazy("increase per month"))
    def amount(self, increase: TouchlessIncrease) -> str:
        return money(increase.mrr_minor, increase.currency)

    @admin.display(description=gettext_lazy("entered by"))
    def enterer(self, increase: TouchlessIncrease) -> str:
        return str(increase.actor)

    @admin.display(description=gettext_lazy("schedule"))
    def schedule_page(self, increase: TouchlessIncrease) -> str:
        return page_link(getattr(increase, "schedule", None))


@admin.register(FxRate)
class FxRateAdmin(LedgerAdmin[FxRate]):
    scope = Everybodys("market rates are the same for all partners")
    list_display = ("day", "currency", "dollars")
    list_filter = ("day",)
    search_fields = ("currency",)
    date_hierarchy = "day"
    ordering = ("-day", "currency")
    fields = ("day", "currency", "dollars")

    @admin.display(description=gettext_lazy("US dollars"), ordering="usd_e10")
    def dollars(self, rate: FxRate) -> str:
        return formats.number(Decimal(rate.usd_e10).scaleb(-10))
