"""The sign-ins of the demo data: one of each role on both sides."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password

from partners.models import Person, Role, StaffRole, User
from partners.services import open_account
from partners.services.invitations import Invitee, invite
from partners.services.joining import (
    ask_to_join,
    company_of,
    confirm_join,
    question_token,
)

PASSWORD = "partner-portal-demo"  # noqa: S105 - known to everybody, demo data only

STAFF = (
    ("pdm1@portal.example", "Camille Laurent", StaffRole.PDM),
    ("pdm2@portal.example", "Jonas Weber", StaffRole.PDM),
    ("pdm3@portal.example", "Ines Costa", StaffRole.PDM),
    ("manager@portal.example", "Amara Okafor", StaffRole.PROGRAMME_MANAGER),
    ("manager2@portal.example", "Nils Berg", StaffRole.PROGRAMME_MANAGER),
    ("finance@portal.example", "Sofia Marques", StaffRole.FINANCE),
    ("finance2@portal.example", "Tariq Haddad", StaffRole.FINANCE),
    ("growth@portal.example", "Liam Byrne", StaffRole.GROWTH_SPECIALIST),
    ("auditor@portal.example", "Mei Tanaka", StaffRole.AUDITOR),
)

COMPANIES = ("aurora", "meridian", "atelier", "lumen", "nova", "zenith", "sprout")
"""Companies of the demo bundle whose people can sign in; see docs/interchange.md."""

SHOWN = (
    ("owner@aurora.example", "a Gold partner close to Platinum, with commissions"),
    ("owner@atelier.example", "a French partner without a tier"),
    ("owner@lumen.example", "an Elite partner"),
    ("owner@nova.example", "a provider"),
    ("owner@zenith.example", "a Diamond partner whose tax form has run out"),
    ("owner@sprout.example", "a newcomer without deals"),
    ("pdm1@portal.example", "a partner development manager, at /admin/"),
    ("manager@portal.example", "the programme manager, at /admin/"),
    ("manager2@portal.example", "a second one, who publishes what the first drafts"),
    ("finance@portal.example", "finance, who prepares payments"),
    ("finance2@portal.example", "a second one, who approves them"),
)


def open_demo_accounts(*, at: datetime) -> int:
    """Give the demo people and staff their accounts; return how many there are."""
    people = Person.objects.active().filter(
        email__regex=rf"@({'|'.join(COMPANIES)})\.example$"
    )
    # Hashed once: it is slow on purpose, and everybody knows this one.
    hashed = make_password(PASSWORD)
    accounts = [
        open_account(person_id=person.pk, actor=None, at=at)
        for person in people.order_by("pk")
    ]
    for user in accounts:
        if not user.has_usable_password():
            user.password = hashed
        if user.email.endswith("@atelier.example"):
            user.language = "fr"
        user.save(update_fields=["password", "language"])
    for email, name, role in STAFF:
        known = User.objects.filter(email=email).first()
        user = known or User.objects.create_user(email, is_staff=True, staff_role=role)
        user.full_name = user.full_name or name
        user.password = hashed
        user.save(update_fields=["full_name", "password"])
        accounts.append(user)
    return len(accounts)


def ask_demo_people(*, at: datetime) -> None:
    """Leave somebody invited to the first company, and somebody who asks to join it."""
    owner = User.objects.filter(email=f"owner@{COMPANIES[0]}.example").first()
    if owner is None or owner.person is None:
        return
    company = owner.person.partner
    if company.invitations.exists() or company_of(owner.email) != company:
        return
    invited, asking = (
        Invitee(email=f"{name.lower()}@{company.domain}", first_name=name)
        for name in ("Noor", "Ravi")
    )
    invite(
        partner_id=company.pk,
        invitee=invited,
        role=Role.SALES,
        language=owner.language,
        actor=owner,
        at=at,
    )
    question = ask_to_join(invitee=asking, language=owner.language, at=at)
    if link := question_token(question):
        confirm_join(token=link, at=at)


def sign_in_lines() -> list[str]:
    """Return the lines `manage.py run` prints; none when the data is not the demo's."""
    known = set(
        User.objects.filter(email__in=[email for email, _who in SHOWN]).values_list(
            "email", flat=True
        )
    )
    if not known:
        return []
    return [
        f"Sign in with the password {PASSWORD} as",
        *(f"  {email:<26} {who}" for email, who in SHOWN if email in known),
    ]
