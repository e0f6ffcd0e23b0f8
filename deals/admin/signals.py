"""Signals of prospects: what came in, and one entered by hand (R84, 3.18)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import ProspectSignal
from deals.services.sharing.signalling import MAX_ID, SignalError, receive_signal
from outbox import clock
from partners.admin.users import actor_of
from partners.portfolio import Everybodys, PortfolioAdmin, PortfolioForm
from partners.portfolio.display import NOTHING
from ui.forms import TextField

MAX_DOMAIN = 300


class SignalForm(PortfolioForm[ProspectSignal]):
    """A sign-up that did not come by itself; it is told as if it had."""

    external_id = TextField(
        label=gettext_lazy("Id of the sender"),
        max_length=MAX_ID,
        help_text=gettext_lazy(
            "What the CRM calls it. Told again under the same id it is the same signal."
        ),
    )
    domain = TextField(label=gettext_lazy("Domain"), max_length=MAX_DOMAIN)
    happened_at = forms.DateTimeField(
        label=gettext_lazy("Happened at"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.kind = ProspectSignal.Kind.SIGN_UP


@admin.register(ProspectSignal)
class ProspectSignalAdmin(PortfolioAdmin[ProspectSignal]):
    """Which prospects signed up, and how many shared deals it concerned."""

    scope = Everybodys("a signal is about a prospect; whoever sees all partners sees it")
    form = SignalForm
    refusals = (SignalError,)
    list_display = ("domain", "kind", "happened_at", "received_at", "deal_count")
    list_filter = ("kind", "happened_at")
    list_select_related = ("entered_by",)
    search_fields = ("domain", "external_id")
    ordering = ("-pk",)
    fields = (
        *("external_id", "domain", "kind", "happened_at", "received_at", "enterer"),
        "deal_count",
    )

    def store(
        self, request: HttpRequest, obj: ProspectSignal, form: Any, *, change: bool
    ) -> None:
        received = receive_signal(
            external_id=obj.external_id,
            domain=obj.domain,
            happened_at=obj.happened_at,
            entered_by=actor_of(request),
            at=clock.now(),
        )
        if not received.is_news:
            words = _("This signal is known already; nobody is told again.")
            self.message_user(request, words, messages.WARNING)
        obj.pk = received.signal.pk
        obj._state.adding = False
        obj.refresh_from_db()

    @admin.display(description=gettext_lazy("entered by"))
    def enterer(self, signal: ProspectSignal) -> str:
        return str(signal.entered_by or NOTHING)

    @admin.display(description=gettext_lazy("deals it concerned"))
    def deal_count(self, signal: ProspectSignal) -> int:
        return len(signal.deals)
