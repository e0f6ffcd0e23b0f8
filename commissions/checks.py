"""System checks of paying: what it needs is known before it is due, and is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from commissions.services.payouts.payer import missing_of_payer

SHORTEST_KEY = 32


@register(Tags.security, deploy=True)
def check_bank_seals(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    """Check that bank data is sealed with a key of its own, and a long one."""
    if app_configs is not None:
        return []
    hint = "See “What bank data is sealed with” in docs/operations.md."
    if not settings.BANK_SEAL_KEYS:
        return [
            Error(
                "BANK_SEAL_KEYS is empty: whoever knows SECRET_KEY opens bank data.",
                hint=hint,
                id="commissions.E001",
            )
        ]
    if any(len(key) < SHORTEST_KEY for key in settings.BANK_SEAL_KEYS):
        return [
            Error(
                f"A key of BANK_SEAL_KEYS has fewer than {SHORTEST_KEY} characters.",
                hint=hint,
                id="commissions.E002",
            )
        ]
    return []


@register("payments", deploy=True)
def check_payer(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    """Check that name, account and address of who pays are there and well formed."""
    if app_configs is not None:
        return []
    return [
        Warning(
            f"PAYER_{part.upper()} {what}: no payout can be sent to the bank.",
            hint="See “Who pays” in docs/operations.md.",
            id="commissions.W001",
        )
        for part, what in missing_of_payer(settings.PAYER).items()
    ]
