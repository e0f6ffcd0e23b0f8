"""Acts on a partner's page that change its membership, each with its reason (3.9)."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy

from partners.admin.standing import ReasonForm
from partners.models import MembershipChoice, Partner
from partners.portfolio import Deed, ForEach, PortfolioAdmin, policy_action
from partners.services.standing import StandingError, become_partner, become_provider


class MembershipActs(PortfolioAdmin[Partner]):
    """What the page of a partner inherits."""

    refusals: ClassVar[tuple[type[Exception], ...]] = (StandingError,)

    @policy_action(
        "make_partner",
        description=gettext_lazy("Make a Solutions Partner…"),
        applies=lambda partner: partner.membership == MembershipChoice.PROVIDER,
    )
    @ForEach(
        ReasonForm,
        title=gettext_lazy("Make these companies Solutions Partners"),
        done=gettext_lazy("Now a Solutions Partner."),
    )
    def make_partner(self, partner: Partner, deed: Deed) -> None:
        become_partner(
            partner_id=partner.pk,
            reason=deed.given["reason"],
            on=deed.today,
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action(
        "make_provider",
        description=gettext_lazy("Make a Solutions Provider…"),
        applies=lambda partner: partner.membership == MembershipChoice.PARTNER,
    )
    @ForEach(
        ReasonForm,
        title=gettext_lazy("Make these companies Solutions Providers: their tier ends"),
        done=gettext_lazy("Now a Solutions Provider."),
    )
    def make_provider(self, partner: Partner, deed: Deed) -> None:
        become_provider(
            partner_id=partner.pk,
            reason=deed.given["reason"],
            on=deed.today,
            actor=deed.actor,
            at=deed.at,
        )
