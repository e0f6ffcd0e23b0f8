"""The files of the bundle that are about partners, their people and their tiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from interchange import cells
from interchange.files import Batch, BundleFile, Column
from interchange.upsert import upsert
from outbox import services as outbox
from partners import services
from partners.models import (
    Accreditation,
    Certification,
    Evaluation,
    MembershipChoice,
    OwnEdition,
    Partner,
    Person,
    Role,
    StaffRole,
    TierChange,
    TierChoice,
    User,
)
from partners.services.exports import expire_files
from partners.services.people import end_imported_access
from partners.services.standing import record_imported
from partners.services.tiers.imported import record_imported_tiers


def partner_ids(batch: Batch, column: str = "partner_ref") -> dict[str, int]:
    """Return ref → id of the partners a batch names; rows naming others are refused."""
    refs = {row[column] for row in batch.rows}
    found = dict(Partner.objects.filter(ref__in=refs).values_list("ref", "pk"))
    for row in list(batch.rows):
        if row[column] not in found:
            batch.refuse(
                row, column, _("There is no such partner."),
                _("Add it to partners.csv, or correct the reference."),
            )  # fmt: skip
    return found


def refuse_unless_later(batch: Batch, begins: str, ends: str) -> None:
    """Refuse rows whose end is not after their beginning."""
    for row in list(batch.rows):
        if row[ends] is not None and row[ends] <= row[begins]:
            batch.refuse(
                row, ends, _("It ends before it begins."),
                _("The end is the first day that no longer counts."),
            )  # fmt: skip


def load_partners(batch: Batch) -> None:
    pdms = _pdms(batch)
    wanted: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in list(batch.rows):
        try:
            monthly = cells.minor_of(row["own_monthly_usd"], "USD")
        except cells.CellError as error:
            batch.refuse(row, "own_monthly_usd", error.reason, error.advice)
            continue
        values = {
            "name": row["name"],
            "membership": row["membership"],
            "country": row["country"],
            "joined_on": row["joined_on"],
            "payout_currency": row["payout_currency"],
            "domain": row["domain"] or "",
            "pdm_id": pdms.get(row["pdm_email"]),
            "own_edition": row["own_edition"] or "",
            "own_monthly_usd_minor": monthly,
        }
        wanted[(row["ref"],)] = row.given(
            values, pdm_id="pdm_email", own_monthly_usd_minor="own_monthly_usd"
        )
    result = upsert(Partner, wanted, key=("ref",))
    services.open_standings(
        partner_ids=[partner.pk for partner in result.new], on=batch.on
    )
    record_imported(
        new=result.new,
        changed=[
            (old.get("membership", partner.membership), partner)
            for old, partner in result.changed
        ],
        on=batch.on,
        at=batch.at,
    )
    expire_files(
        user_ids=[old.get("pdm_id") for old, _partner in result.changed], at=batch.at
    )
    batch.count_upserted(result)


def _pdms(batch: Batch) -> dict[str, int]:
    """Return e-mail → id of the managers named; who is new gets an account to claim.

    The account has no password: its owner sets one through "forgot password".
    """
    emails = {row["pdm_email"] for row in batch.rows if row["pdm_email"]}
    known = {user.email: user for user in User.objects.filter(email__in=emails)}
    for email in sorted(emails - known.keys()):
        known[email] = User.objects.create_user(
            email, is_staff=True, staff_role=StaffRole.PDM
        )
    for row in list(batch.rows):
        user = known.get(row["pdm_email"])
        if user is not None and user.staff_role != StaffRole.PDM:
            batch.refuse(
                row, "pdm_email", _("This account is not a partner development manager."),
                _("Name somebody else, or change the account's staff role first."),
            )  # fmt: skip
    return {email: user.pk for email, user in known.items()}


def load_people(batch: Batch) -> None:
    partners = partner_ids(batch)
    _refuse_people_of_others(batch, partners)
    emails = {row["email"] for row in batch.rows}
    users = User.objects.filter(email__in=emails, is_staff=False)
    accounts = dict(users.values_list("email", "pk"))
    wanted = {
        (partners[row["partner_ref"]], row["email"]): row.given(
            {
                "first_name": row["first_name"] or "",
                "last_name": row["last_name"] or "",
                "role": row["role"],
                "left_on": row["left_on"],
                "user_id": accounts.get(row["email"]),
            }
        )
        for row in batch.rows
    }
    result = upsert(Person, wanted, key=("partner_id", "email"))
    end_imported_access(result.changed, at=batch.at)
    batch.count_upserted(result)


def _refuse_people_of_others(batch: Batch, partners: dict[str, int]) -> None:
    """Refuse a second company for somebody who still works for a first one."""
    emails = {row["email"] for row in batch.rows}
    works_for = dict(
        Person.objects.active()
        .filter(email__in=emails)
        .values_list("email", "partner_id")
    )
    leaving = {
        (partners.get(row["partner_ref"]), row["email"])
        for row in batch.rows
        if row["left_on"]
    }
    left = set(
        Person.objects.exclude(left_on=None)
        .filter(email__in={row["email"] for row in batch.rows if "left_on" in row.absent})
        .values_list("partner_id", "email")
    )
    for row in list(batch.rows):
        mine = partners[row["partner_ref"]]
        if row["left_on"] is not None or (mine, row["email"]) in left:
            continue
        other = works_for.get(row["email"], mine)
        if other != mine and (other, row["email"]) not in leaving:
            batch.refuse(
                row, "email", _("This person already works for another partner."),
                _("Set left_on there first, or correct the address."),
            )  # fmt: skip
        else:
            works_for[row["email"]] = mine


def load_certifications(batch: Batch) -> None:
    partners = partner_ids(batch)
    refuse_unless_later(batch, "earned_on", "expires_on")
    people = {
        (partner_id, email): pk
        for partner_id, email, pk in Person.objects.filter(
            partner_id__in=partners.values(),
            email__in={row["email"] for row in batch.rows},
        ).values_list("partner_id", "email", "pk")
    }
    wanted = {}
    for row in list(batch.rows):
        person_id = people.get((partners[row["partner_ref"]], row["email"]))
        if person_id is None:
            batch.refuse(
                row, "email", _("The partner has no such person."),
                _("Add the person to people.csv, or correct the address."),
            )  # fmt: skip
            continue
        wanted[person_id, row["name"], row["earned_on"]] = row.given(
            {"kind": row["kind"], "expires_on": row["expires_on"]}
        )
    result = upsert(Certification, wanted, key=("person_id", "name", "earned_on"))
    batch.count_upserted(result)


def load_accreditations(batch: Batch) -> None:
    partners = partner_ids(batch)
    refuse_unless_later(batch, "granted_on", "expires_on")
    wanted = {
        (partners[row["partner_ref"]], row["name"], row["granted_on"]): row.given(
            {"expires_on": row["expires_on"]}
        )
        for row in batch.rows
    }
    result = upsert(Accreditation, wanted, key=("partner_id", "name", "granted_on"))
    batch.count_upserted(result)


def load_tiers(batch: Batch) -> None:
    """Add the history; a tier that differs from what was recorded corrects that row."""
    for row in list(batch.rows):
        if row["credited_on"] > batch.on:
            batch.refuse(
                row, "credited_on", _("The tier is credited in the future."),
                _("Leave the row out until that day."),
            )  # fmt: skip
    partners = partner_ids(batch)
    recorded = _recorded_tiers(partners.values())
    _refuse_decided_days(batch, partners, recorded)
    new = []
    corrected = 0
    for row in batch.rows:
        partner_id, on = partners[row["partner_ref"]], row["credited_on"]
        before = recorded.get((partner_id, on))
        if before is not None and before.tier == row["tier"]:
            continue
        corrected += before is not None
        new.append(
            TierChange(
                partner_id=partner_id,
                on=on,
                tier=row["tier"],
                cause=TierChange.Cause.IMPORTED,
                corrects=before,
                recorded_at=batch.at,
            )
        )
    record_imported_tiers(new, partner_ids=partners.values(), on=batch.on, at=batch.at)
    batch.count(
        new=len(new) - corrected,
        changed=corrected,
        unchanged=len(batch.rows) - len(new),
    )


def _recorded_tiers(ids: Iterable[int]) -> dict[tuple[int, date], TierChange]:
    """Return (partner, day) → the imported tier that holds for it."""
    imported = TierChange.objects.filter(
        partner_id__in=list(ids), cause=TierChange.Cause.IMPORTED
    )
    return {(row.partner_id, row.on): row for row in imported.order_by("id")}


def _refuse_decided_days(
    batch: Batch,
    partners: Mapping[str, int],
    recorded: Mapping[tuple[int, date], TierChange],
) -> None:
    """Refuse history that would be new to a decision the portal already made.

    The portal decided by the tier it knew: an upgrade to Gold would lower a Diamond that
    is recorded afterwards. What repeats a recorded row was known and stays.
    """
    decided = _last_decisions(partners.values())
    for row in list(batch.rows):
        partner_id, on = partners[row["partner_ref"]], row["credited_on"]
        day = decided.get(partner_id)
        if day is None or on > day:
            continue
        before = recorded.get((partner_id, on))
        if before is None or before.tier != row["tier"]:
            batch.refuse(
                row, "credited_on",
                _("The portal itself decided on the tier of this partner on %(day)s.")
                % {"day": day},
                _("Leave the row out: only later days can still be recorded."),
            )  # fmt: skip


def _last_decisions(ids: Iterable[int]) -> dict[int, date]:
    """Return partner → the last day on which the portal itself decided on its tier."""
    last: dict[int, date] = {}
    for decisions in (
        TierChange.objects.exclude(cause=TierChange.Cause.IMPORTED),
        Evaluation.objects.all(),
    ):
        days = decisions.filter(partner_id__in=list(ids)).values("partner_id")
        for partner_id, day in days.annotate(last=Max("on")).values_list(
            "partner_id", "last"
        ):
            last[partner_id] = max(day, last.get(partner_id, day))
    return last


def queue_refresh(batch: Batch) -> None:
    """Queue the refresh that a batch with postings makes necessary.

    `finish` does the same at the end; this one happens if the import is killed before.
    So it waits, and the batches of a while share one.
    """
    while_at = batch.at.replace(minute=0, second=0, microsecond=0)
    services.queue_refresh_of_all(
        key=f"import:{while_at.isoformat()}", due_at=while_at + timedelta(hours=2)
    )


def finish(*, on: date) -> None:
    """Bring all standings to today once everything is in, and let the clock begin.

    The import posted everything up to its day. The day itself is the clock's first: it
    may be a check day.
    """
    services.refresh_standings(on=on)
    with suppress(outbox.AlreadyLiveError):
        outbox.go_live(on=on - timedelta(days=1))


def _file(
    name: str, load: Any, columns: Iterable[Column], key: tuple[str, ...]
) -> BundleFile:
    return BundleFile(name=name, load=load, columns=tuple(columns), key=key)


FILES = (
    _file(
        "partners.csv",
        load_partners,
        (
            Column("ref", cells.ref, required=True),
            Column("name", cells.text(200), required=True),
            Column("membership", cells.choice(*MembershipChoice.values), required=True),
            Column("country", cells.country, required=True),
            Column("joined_on", cells.day, required=True),
            Column("payout_currency", cells.currency, required=True),
            Column("domain", cells.domain),
            Column("pdm_email", cells.email),
            Column("own_edition", cells.choice(*OwnEdition.values)),
            Column("own_monthly_usd", cells.decimal),
        ),
        ("ref",),
    ),
    _file(
        "people.csv",
        load_people,
        (
            Column("partner_ref", cells.ref, required=True),
            Column("email", cells.email, required=True),
            Column("first_name", cells.text(100)),
            Column("last_name", cells.text(100)),
            Column("role", cells.choice(*Role.values), required=True),
            Column("left_on", cells.day),
        ),
        ("partner_ref", "email"),
    ),
    _file(
        "certifications.csv",
        load_certifications,
        (
            Column("partner_ref", cells.ref, required=True),
            Column("email", cells.email, required=True),
            Column("kind", cells.choice(*Certification.Kind.values), required=True),
            Column("name", cells.text(200), required=True),
            Column("earned_on", cells.day, required=True),
            Column("expires_on", cells.day),
        ),
        ("partner_ref", "email", "name", "earned_on"),
    ),
    _file(
        "accreditations.csv",
        load_accreditations,
        (
            Column("partner_ref", cells.ref, required=True),
            Column("name", cells.text(200), required=True),
            Column("granted_on", cells.day, required=True),
            Column("expires_on", cells.day),
        ),
        ("partner_ref", "name", "granted_on"),
    ),
    _file(
        "tiers.csv",
        load_tiers,
        (
            Column("partner_ref", cells.ref, required=True),
            Column("tier", cells.choice(*TierChoice.values), required=True),
            Column("credited_on", cells.day, required=True),
        ),
        ("partner_ref", "credited_on"),
    ),
)
