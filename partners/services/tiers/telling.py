"""Whom the life of a tier concerns, and where it leads them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from partners.models import Partner, Role, StaffRole, User
from partners.services.notifications import accounts_of

EVERY_ROLE = tuple(Role)


def tier_page() -> str:
    return reverse("partners:tier")


def back_office_page(row: models.Model) -> str:
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])


def staff_of(partner: Partner) -> list[int]:
    """Return the accounts of the partner's manager and of the programme managers."""
    deciding = Q(staff_role=StaffRole.PROGRAMME_MANAGER)
    if partner.pdm_id is not None:
        deciding |= Q(pk=partner.pdm_id)
    staff = User.objects.filter(deciding, is_staff=True, is_active=True)
    return list(staff.values_list("pk", flat=True))


def everybody_of(partner_id: int) -> list[int]:
    return accounts_of(partner_id=partner_id, roles=EVERY_ROLE)


def owners_of(partner_id: int) -> list[int]:
    return accounts_of(partner_id=partner_id, roles=())
