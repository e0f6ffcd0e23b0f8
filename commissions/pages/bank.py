"""/commissions/bank/…: the account a company is paid to, and how to name another one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from commissions.forms.papers import BankForm
from commissions.models import PayoutDocument
from commissions.pages.rights import (
    WHOSE,
    NobodysError,
    company_acted_for,
    company_read,
    whose_query,
)
from commissions.permissions import acts
from commissions.selectors.papers import current_account
from commissions.services.bank import (
    BankDetailError,
    StaleFactorError,
    change_account,
)
from outbox import clock
from partners.models import Partner
from program.payout_life import is_fresh
from ui.doors import spend
from ui.http import SignedInRequest, render_form
from ui.query import Query
from ui.second_factor import factor_shown_at, factor_url

TEMPLATE = "commissions/bank.html"


@never_cache
@require_GET
def bank(request: SignedInRequest) -> HttpResponse:
    """Show the account, its end alone; the form once the second factor was shown."""
    try:
        partner = company_read(request.user, request.GET)
    except NobodysError:
        return redirect("admin:index")
    Query(request.GET, known={WHOSE} if request.user.is_staff else ())
    form = BankForm(
        initial={
            "holder": partner.name,
            "bank_country": partner.country,
            "country": partner.country,
        }
    )
    return _page(request, partner, form)


@sensitive_post_parameters()
@never_cache
@require_POST
def bank_change(request: SignedInRequest) -> HttpResponse:
    """Name another account; asks for the second factor when it was shown too long ago."""
    partner = company_acted_for(request.user)
    now = clock.now()
    shown_at = factor_shown_at(request)
    if not is_fresh(shown_at, at=now):
        # Nothing of what was sent is kept: it would lie about in the session.
        return _ask_for_factor(request)
    spend(request, "bank")
    form = BankForm(request.POST)
    if not form.is_valid():
        return _page(request, partner, form)
    try:
        change_account(
            partner_id=partner.pk,
            given=form.account(),
            factor_at=shown_at,
            actor=request.user,
            at=now,
        )
    except StaleFactorError:
        return _ask_for_factor(request)
    except BankDetailError as error:
        form.add_error(error.name, str(error))
        return _page(request, partner, form)
    messages.success(
        request,
        _("The account is named. It is used once finance has approved its form."),
    )
    return redirect("commissions:bank")


def _ask_for_factor(request: SignedInRequest) -> HttpResponse:
    messages.warning(
        request, _("Show your second factor, then name the account once more.")
    )
    return redirect(factor_url(request, back=reverse("commissions:bank")))


def _page(request: SignedInRequest, partner: Partner, form: BankForm) -> HttpResponse:
    user, now = request.user, clock.now()
    today = clock.program_day(now)
    acting = acts(user) and getattr(request, "seen_by", None) is None
    forms = PayoutDocument.objects.visible_to(user).filter(
        partner=partner, kind=PayoutDocument.Kind.BANK_FORM
    )
    states = PayoutDocument.State
    fresh = acting and is_fresh(factor_shown_at(request), at=now)
    context = {
        "company": partner,
        "account": current_account(partner.pk, today),
        "document": forms.exclude(state__in=(states.APPROVED, states.REPLACED))
        .select_related("account", "filed_by")
        .first(),
        "acting": acting,
        "fresh": fresh,
        "factor_url": factor_url(request, back=reverse("commissions:bank"))
        if acting and not fresh
        else "",
        "whose": whose_query(user, partner),
        "today": today,
    }
    if form.is_bound:
        return render_form(request, TEMPLATE, context, form=form)
    return render(request, TEMPLATE, {**context, "form": form})
