"""Steps of runs and payments: locked in one order, allowed by tables, written down."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from commissions.models import Payment, PaymentStep, PayoutRun
from commissions.services.payouts.errors import PayoutError
from partners.models import Partner, User
from partners.services import audit
from program.payout_life import PAYMENT_STEPS, RUN_STEPS, PaymentEvent, RunEvent
from program.steps import Actor, IllegalStepError, step


def lock_partners(partner_ids: list[int]) -> list[Partner]:
    """Lock partners in the order of their ids: always first (reliability R7)."""
    rows = Partner.objects.select_for_update(no_key=True).filter(pk__in=partner_ids)
    return list(rows.order_by("pk"))


def locked_run(run_id: int) -> PayoutRun:
    """Return a run, locked after all partners that it pays."""
    payments = Payment.objects.filter(run=run_id)
    lock_partners(list(payments.values_list("partner_id", flat=True)))
    return PayoutRun.objects.select_for_update().get(pk=run_id)


def locked_payment(payment_id: int) -> Payment:
    """Return a payment, locked after its partner."""
    lock_partners(
        [Payment.objects.values_list("partner_id", flat=True).get(pk=payment_id)]
    )
    payments = Payment.objects.select_for_update(of=("self",))
    return payments.select_related("run", "statement", "account").get(pk=payment_id)


def move_run(run: PayoutRun, event: RunEvent) -> None:
    """Set the state that follows; raises `PayoutError` where the table has none."""
    try:
        run.state = step(RUN_STEPS, run.state, event, by=Actor.STAFF)
    except IllegalStepError as error:
        raise PayoutError(
            _("This run is “%(state)s” by now.") % {"state": run.get_state_display()}
        ) from error


def record_run(
    what: str, run: PayoutRun, *, before: str, actor: User, at: datetime, note: str = ""
) -> None:
    """Tell the audit log of a step of a run."""
    audit.record(
        f"commissions.run_{what}",
        actor=actor,
        at=at,
        partner_id=None,
        of=run,
        changes={"state": (before, run.state)},
        note=note,
    )


def move_payments(
    payments: list[Payment],
    event: PaymentEvent,
    *,
    actor: User | None,
    at: datetime,
    note: str = "",
) -> None:
    """Set the state that follows of locked payments, with its step and audit entry.

    Fields besides the state that were changed before (`paid_on`, `reason`) are stored
    with it. Raises `PayoutError`.
    """
    steps, acts = [], []
    for payment in payments:
        before = payment.state
        try:
            payment.state = step(PAYMENT_STEPS, before, event, by=Actor.STAFF)
        except IllegalStepError as error:
            raise PayoutError(
                _("This payment is “%(state)s” by now.")
                % {"state": payment.get_state_display()}
            ) from error
        steps.append(
            PaymentStep(
                payment=payment,
                from_state=before,
                to_state=payment.state,
                note=note,
                actor=actor,
                at=at,
            )
        )
        acts.append(
            audit.Act(
                f"commissions.payment_{payment.state}",
                partner_id=payment.partner_id,
                of=payment,
                changes={"state": (before, payment.state)},
                note=note,
            )
        )
    Payment.objects.bulk_update(payments, ["state", "paid_on", "reason"], batch_size=500)
    PaymentStep.objects.bulk_create(steps, batch_size=1_000)
    audit.record_many(acts, actor=actor, at=at)
