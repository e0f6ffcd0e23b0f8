"""Money: who looks, who decides. Every amount that leaves needs two people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from partners.models import StaffRole
from partners.permissions.grants import (
    AUDITOR,
    FINANCE,
    LOOK,
    LOOK_MOST,
    MANAGER,
    PDM,
    Grant,
)

_DECIDE: Final = ("approve", "refuse")

MONEY: Final[Mapping[str, Mapping[StaffRole, Grant]]] = {
    # What came in, and what it earned: nobody changes a ledger
    "commissions.receipt": {
        **LOOK_MOST,
        FINANCE: Grant(
            add=(
                *("ref", "client", "product_line", "month", "amount_minor"),
                *("currency", "note"),
            ),
            actions=("take_back",),
        ),
    },
    "commissions.touchlessincrease": {
        **LOOK_MOST,
        FINANCE: Grant(
            add=("client", "product_line", "on", "mrr_minor", "currency", "note"),
        ),
    },
    "commissions.schedule": LOOK_MOST,
    "commissions.schedulestep": LOOK_MOST,
    "commissions.fxrate": LOOK_MOST,
    # Papers: finance decides; a bank account is named by partners alone
    "commissions.payoutdocument": {
        **LOOK_MOST,
        FINANCE: Grant(actions=(*_DECIDE, "show_number")),
    },
    "commissions.documentstep": LOOK_MOST,
    "commissions.paperdemand": {
        **LOOK_MOST,
        FINANCE: Grant(
            add=("partner", "paper", "demanded", "from_quarter", "reason"),
        ),
    },
    "commissions.bankaccount": LOOK_MOST,
    "commissions.forfeiture": LOOK_MOST,
    "commissions.forfeiturewaiver": {
        **LOOK_MOST,
        FINANCE: Grant(add=("deal", "reason")),
    },
    # What partners say is wrong: finance decides, the manager writes along
    "commissions.dispute": {
        **LOOK_MOST,
        PDM: Grant(shared=("write",)),
        FINANCE: Grant(actions=("correct", "refuse"), shared=("write",)),
    },
    "commissions.disputemessage": LOOK_MOST,
    # What is owed and paid: one prepares, another approves; a PDM sees no runs, which
    # are of many partners
    "commissions.statement": LOOK_MOST,
    "commissions.statementline": LOOK_MOST,
    "commissions.payoutrun": {
        MANAGER: LOOK,
        AUDITOR: LOOK,
        FINANCE: Grant(
            add=("currency", "execute_on"),
            actions=("check", "approve", "execute", "download", "cancel"),
        ),
    },
    "commissions.payment": {
        **LOOK_MOST,
        FINANCE: Grant(actions=("mark_paid", "mark_rejected")),
    },
    "commissions.paymentstep": LOOK_MOST,
    "commissions.adjustment": {
        **LOOK_MOST,
        FINANCE: Grant(
            add=("partner", "amount_minor", "reason"),
            actions=(*_DECIDE, "withdraw"),
        ),
    },
}
