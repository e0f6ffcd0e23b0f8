"""Acts on a partner's page that change its membership, each with its reason (3.9)."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.standing import ReasonForm
from partners.admin.users import actor_of
from partners.models import MembershipChoice, Partner
from partners.portfolio import PortfolioAdmin, policy_action
from partners.services.standing import StandingError, become_partner, become_provider


class MembershipActs(PortfolioAdmin[Partner]):
    """What the page of a partner inherits."""

    @policy_action(
        "make_partner",
        description=gettext_lazy("Make a Solutions Partner…"),
        applies=lambda partner: partner.membership == MembershipChoice.PROVIDER,
    )
    def make_partner(
        self, request: HttpRequest, queryset: QuerySet[Partner]
    ) -> HttpResponse:
        return self._change_membership(
            request,
            queryset,
            become_partner,
            name="make_partner",
            title=_("Make these companies Solutions Partners"),
            done=_("Now a Solutions Partner."),
        )

    @policy_action(
        "make_provider",
        description=gettext_lazy("Make a Solutions Provider…"),
        applies=lambda partner: partner.membership == MembershipChoice.PARTNER,
    )
    def make_provider(
        self, request: HttpRequest, queryset: QuerySet[Partner]
    ) -> HttpResponse:
        return self._change_membership(
            request,
            queryset,
            become_provider,
            name="make_provider",
            title=_("Make these companies Solutions Providers: their tier ends"),
            done=_("Now a Solutions Provider."),
        )

    def _change_membership(
        self,
        request: HttpRequest,
        queryset: QuerySet[Partner],
        change: Callable[..., Partner],
        *,
        name: str,
        title: str,
        done: str,
    ) -> HttpResponse:
        form = self.ask(request, queryset, ReasonForm, name=name, title=title)
        if isinstance(form, HttpResponse):
            return form
        now, today = clock.now(), clock.today()
        return self.perform(
            request,
            queryset,
            lambda partner: change(
                partner_id=partner.pk,
                reason=form.cleaned_data["reason"],
                on=today,
                actor=actor_of(request),
                at=now,
            ),
            action=name,
            done=done,
            errors=(StandingError,),
        )
