"""The files of the bundle that are about deals.

Points are posted in the transaction that writes the rows they rest on, batch by batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

import outbox.services as outbox
from clients.imports import client_ids, minor_units, refuse_unknown_products
from clients.models import Client
from deals import services
from deals.holding import refuse_held
from deals.models import Deal, DealLine, DealTransition, MotionStep, Registration
from interchange import cells
from interchange.files import Batch, BundleFile, Column, Row
from interchange.upsert import find, upsert
from outbox import clock
from partners.imports import partner_ids, queue_refresh
from partners.models import OwnEdition
from partners.selectors import memberships_at, published_editions

OF_PARTNER = ("won_tier", "won_membership")
OF_CLIENT = ("won_territory", "won_growth")
LIFE = ("stage", "closed_on", "poi_on", "cancelled_on")
"""What the services of the portal change too, and record as a step of the deal."""
IMPORTED = "import"
"""The note of a step that came with a bundle."""
IMPORTED_STAGES = (Deal.Stage.REGISTERED, Deal.Stage.WON, Deal.Stage.LOST)
"""What the sending system knows; the others are stages of the portal's own."""
NOT_WON = {
    "won_edition_id": None,
    "won_tier": "",
    "won_membership": "",
    "won_territory": "",
    "won_growth": None,
}


def load_deals(batch: Batch) -> None:
    refs = [row["ref"] for row in batch.rows]
    # Locked before they are compared, so that nobody changes them in between.
    stored = find(Deal, [(ref,) for ref in refs], key=("ref",), lock=True)
    known = {deal.ref: deal for deal in stored.values()}
    _refuse_impossible_days(batch, known)
    _refuse_contested(batch, known)
    _refuse_undoing_people(batch, known)
    partners = partner_ids(batch)
    clients = client_ids(batch)
    refuse_held(
        batch,
        ((row, known[ref].pk, known[ref].partner_id, partners[row["partner_ref"]])
         for row in batch.rows if (ref := row["ref"]) in known),
    )  # fmt: skip
    won = _won_facts(batch, partners, clients, known)
    wanted = {
        (row["ref"],): row.given(
            {
                "partner_id": partners[row["partner_ref"]],
                "client_id": clients[row["client_ref"]],
                "name": row["name"],
                "motion": row["motion"],
                "registered_on": row["registered_on"],
                "stage": row["stage"],
                "closed_on": row["closed_on"],
                "poi_on": row["poi_on"],
                "cancelled_on": row["cancelled_on"],
                **won[row["ref"]],
            }
        )
        for row in batch.rows
    }
    result = upsert(Deal, wanted, key=("ref",), lock=True)
    DealTransition.objects.bulk_create(
        DealTransition(
            deal=deal,
            from_stage=old["stage"],
            to_stage=deal.stage,
            on=deal.closed_on or batch.on,
            note=IMPORTED,
            at=batch.at,
        )
        for old, deal in result.changed
        if "stage" in old
    )
    _settle(batch, [deal.pk for _old, deal in result.changed])
    batch.count_upserted(result)


def _day(row: Row, column: str, known: dict[str, Deal]) -> date | None:
    """Return what the row says, or what is known if the file has no such column."""
    day: date | None = (
        getattr(known.get(row["ref"]), column, None)
        if column in row.absent
        else row[column]
    )
    return day


def _refuse_impossible_days(batch: Batch, known: dict[str, Deal]) -> None:
    for row in list(batch.rows):
        stage, closed_on = row["stage"], _day(row, "closed_on", known)
        cancelled_on = _day(row, "cancelled_on", known)
        if stage == Deal.Stage.REGISTERED:
            if closed_on is not None:
                batch.refuse(
                    row, "closed_on", _("A registered deal is not closed yet."),
                    _("Clear closed_on, or set the stage to won or lost."),
                )  # fmt: skip
                continue
        elif closed_on is None:
            batch.refuse(
                row, "closed_on", _("A won or lost deal has a closing day."),
                _("Fill closed_on, or set the stage to registered."),
            )  # fmt: skip
            continue
        elif closed_on > batch.on:
            batch.refuse(
                row, "closed_on", _("The deal closes in the future."),
                _("Leave it registered until it is closed."),
            )  # fmt: skip
            continue
        if cancelled_on is not None:
            if stage != Deal.Stage.WON:
                batch.refuse(
                    row, "cancelled_on", _("Only a won deal can be cancelled."),
                    _("Clear cancelled_on, or set the stage to won."),
                )  # fmt: skip
            elif closed_on is not None and cancelled_on < closed_on:
                batch.refuse(
                    row, "cancelled_on", _("The deal ends before it was won."),
                    _("cancelled_on is the first day it no longer counts."),
                )  # fmt: skip


def _refuse_contested(batch: Batch, known: dict[str, Deal]) -> None:
    """Refuse to win a deal whose motion the partner contests, as the portal does (3.10).

    A close locks the motion: the row would decide the contest without a word to anybody,
    and nobody who may decide it would know.
    """
    for row in list(batch.rows):
        deal = known.get(row["ref"])
        if (
            deal is not None
            and deal.motion_state == Deal.MotionState.CONTESTED
            and row["stage"] == Deal.Stage.WON
        ):
            batch.refuse(
                row, "stage", _("The partner contests the motion of this deal."),
                _("Decide the motion in the portal, then send the row again."),
            )  # fmt: skip


def _refuse_undoing_people(batch: Batch, known: dict[str, Deal]) -> None:
    """Refuse rows that contradict a deal whose last step a person made in the portal.

    The sending system may not know of that step yet. Taking its row would undo what
    somebody decided, and its points with it, without a word to anybody.
    """
    differing = [
        (row, known[row["ref"]].pk, columns[0])
        for row in batch.rows
        if (columns := _differing(row, known))
    ]
    changed_on = _changed_in_the_portal_on(
        deal_id for _row, deal_id, _column in differing
    )
    for row, deal_id, column in differing:
        _refuse_undoing(batch, row, column, changed_on.get(deal_id))
    moved = [
        (row, deal.pk)
        for row in batch.rows
        if (deal := known.get(row["ref"])) and row["motion"] != deal.motion
    ]
    agreed_on = _agreed_in_the_portal_on(deal_id for _row, deal_id in moved)
    for row, deal_id in moved:
        _refuse_undoing(batch, row, "motion", agreed_on.get(deal_id))


def _refuse_undoing(batch: Batch, row: Row, column: str, day: date | None) -> None:
    if day is None:
        return
    batch.refuse(
        row, column,
        _("This deal was changed in the portal on %(day)s.") % {"day": day},
        _("Record the change in the sending system, or correct the deal in the "
          "portal."),
    )  # fmt: skip


def _agreed_in_the_portal_on(deal_ids: Iterable[int]) -> dict[int, date]:
    """Return deal → the day on which a person last spoke about its motion.

    What the rule alone proposed, the sending system may know better.
    """
    steps = MotionStep.objects.filter(deal_id__any_of=deal_ids, actor__isnull=False)
    return {step.deal_id: clock.program_day(step.at) for step in steps.order_by("pk")}


def _differing(row: Row, known: dict[str, Deal]) -> list[str]:
    """Return the columns of a known deal's life that the row would change."""
    deal = known.get(row["ref"])
    return [
        column
        for column in LIFE
        if deal and column not in row.absent and row[column] != getattr(deal, column)
    ]


def _changed_in_the_portal_on(deal_ids: Iterable[int]) -> dict[int, date | None]:
    """Return deal → the day of its newest step; None if no person made that one.

    A client's own proof and the end of a validity count, though no account made them;
    the acceptance of a registration does not: the sending system closes what began here.

    By primary key: steps are recorded under the deal's lock, and moments may be equal.
    """
    steps = DealTransition.objects.filter(deal_id__any_of=deal_ids)
    return {
        step.deal_id: clock.program_day(step.at) if _is_the_portals(step) else None
        for step in steps.select_related("deal__registration").order_by("pk")
    }


def _is_the_portals(step: DealTransition) -> bool:
    registration: Registration | None = getattr(step.deal, "registration", None)
    if registration and not step.from_stage and step.note == registration.number:
        return False
    is_proof = not step.from_stage
    return bool(step.actor_id) or is_proof or step.to_stage == Deal.Stage.EXPIRED


def _won_facts(
    batch: Batch,
    partners: dict[str, int],
    clients: dict[str, int],
    known: dict[str, Deal],
) -> dict[str, dict[str, Any]]:
    """Return ref → the facts of the win.

    A deal that was won on the same day keeps what it has; if its partner or client is
    corrected, the facts about the wrong one are not facts of this win.
    """
    editions = published_editions()
    closed = {
        row["ref"]: day
        for row in batch.rows
        if row["stage"] == Deal.Stage.WON and (day := _day(row, "closed_on", known))
    }
    # As of the closing day: terms rest on what the company was then (R33, 3.9).
    membership = memberships_at(
        {
            (partners[row["partner_ref"]], closed[row["ref"]])
            for row in batch.rows
            if row["ref"] in closed
        }
    )
    territory = dict(
        Client.objects.filter(pk__any_of=clients.values()).values_list("pk", "country")
    )
    history = services.tier_history(partner_ids=partners.values())
    facts: dict[str, dict[str, Any]] = {}
    for row in batch.rows:
        closed_on = closed.get(row["ref"])
        if closed_on is None:
            facts[row["ref"]] = NOT_WON
            continue
        partner_id, client_id = partners[row["partner_ref"]], clients[row["client_ref"]]
        won = services.won_facts(
            closed_on=closed_on,
            membership=membership[partner_id, closed_on],
            territory=territory[client_id],
            history=history.get(partner_id, ()),
            editions=editions,
        )
        deal = known.get(row["ref"])
        if deal and (deal.stage, deal.closed_on) == (Deal.Stage.WON, closed_on):
            kept = (
                "won_edition_id",
                *(OF_PARTNER if deal.partner_id == partner_id else ()),
                *(OF_CLIENT if deal.client_id == client_id else ()),
            )
            won |= {name: getattr(deal, name) for name in kept}
        facts[row["ref"]] = won
    return facts


def load_deal_lines(batch: Batch) -> None:
    refuse_unknown_products(batch)
    minor = minor_units(batch)
    refs = {row["deal_ref"] for row in batch.rows}
    deals = dict(
        Deal.objects.select_for_update(of=("self",))
        .filter(ref__any_of=refs)
        .order_by("pk")
        .values_list("ref", "pk")
    )
    for row in list(batch.rows):
        if row["deal_ref"] not in deals:
            batch.refuse(
                row, "deal_ref", _("There is no such deal."),
                _("Add it to deals.csv, or correct the reference."),
            )  # fmt: skip
    wanted = {
        (deals[row["deal_ref"]], row["product_line"]): row.given(
            {
                "edition": row["edition"],
                "mrr_minor": minor[row.line],
                "currency": row["currency"],
                "credits": row["credits"],
            }
        )
        for row in batch.rows
    }
    # Upgrades are lines that people added in the portal; a bundle says nothing of them.
    result = upsert(
        DealLine,
        wanted,
        key=("deal_id", "product_line"),
        lock=True,
        among=Q(upgrade_of=None),
    )
    touched = [*result.new, *(line for _old, line in result.changed)]
    _settle(batch, {line.deal_id for line in touched})
    batch.count_upserted(result)


def _settle(batch: Batch, deal_ids: Collection[int]) -> None:
    """Post what the batch changed, and say that these deals were imported."""
    if not deal_ids:
        return
    if services.settle_deals(
        deal_ids=deal_ids, at=batch.at, editions=published_editions(), refresh=False
    ):
        queue_refresh(batch)
    # A batch is known by its first line: no other of the file has it.
    line = batch.rows[0].line
    outbox.put(
        "deals.imported",
        key=f"deals-imported:{batch.at.isoformat()}:{batch.file.name}:{line}",
        deal_ids=[*sorted(deal_ids)],
        at=batch.at.isoformat(),
    )


FILES = (
    BundleFile(
        name="deals.csv",
        load=load_deals,
        columns=(
            Column("ref", cells.ref, required=True),
            Column("partner_ref", cells.ref, required=True),
            Column("client_ref", cells.ref, required=True),
            Column("name", cells.text(200), required=True),
            Column("motion", cells.choice(*Deal.Motion.values), required=True),
            Column("registered_on", cells.day, required=True),
            Column(
                "stage",
                cells.choice(*(stage.value for stage in IMPORTED_STAGES)),
                required=True,
            ),
            Column("closed_on", cells.day),
            Column("poi_on", cells.day),
            Column("cancelled_on", cells.day),
        ),
        key=("ref",),
    ),
    BundleFile(
        name="deal_lines.csv",
        load=load_deal_lines,
        columns=(
            Column("deal_ref", cells.ref, required=True),
            Column("product_line", cells.text(50), required=True),
            Column("edition", cells.choice(*OwnEdition.values), required=True),
            Column("mrr", cells.decimal, required=True),
            Column("currency", cells.currency, required=True),
            Column("credits", cells.integer(0, 10**9)),
        ),
        key=("deal_ref", "product_line"),
    ),
)
