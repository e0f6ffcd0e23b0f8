"""Two people decide about one tier at the same moment: one does, the other is told.

Two connections of one process. The first holds its transaction open until the second
waits for it (or is through already), so that they meet in each run and not by luck.
"""

from __future__ import annotations

import json

import pytest

from tests.live import (
    LiveDatabase,
    live_database,
    live_settings,
    live_stack,
)

__all__ = ["live_database", "live_settings", "live_stack"]

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

MEET = """
import json, threading, time
from datetime import date, datetime, timedelta
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from partners.models import *
from partners.services.rulebook import publish_edition, rehearse_edition
from partners.services.tiers import appeals, elite, overrides, run_tier_day
from program.rulebook import Tier
from tests.factories import *
from tests.factories.partners import UserFactory
from tests.integration.partners.appealing import *

ALL = {"first": 0, "last": 2**62}
one, two = (UserFactory.create(programme_manager=True) for _ in "ab")

def somebody_waits_for_me():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted "
                       "AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone()[0] > 0

def meet(first, second):
    said, begun, through = {}, threading.Event(), threading.Event()

    def run(name, act):
        try:
            with transaction.atomic():
                act()
                begun.set()
                while name == "first" and not (
                    through.is_set() or somebody_waits_for_me()
                ):
                    time.sleep(0.01)
            said[name] = "done"
        except ValueError as error:  # what the services refuse
            said[name] = str(error)
        except Exception as error:
            said[name] = f"BROKEN {error!r}"
        finally:
            begun.set()
            if name == "second":
                through.set()
            connection.close()

    threads = [threading.Thread(target=run, args=("first", first), daemon=True),
               threading.Thread(target=run, args=("second", second), daemon=True)]
    threads[0].start()
    begun.wait(20)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    return [said.get("first"), said.get("second")]
"""


def met(database: LiveDatabase, script: str) -> list[str]:
    """Run a script that says `said = meet(…)`; return what the two were told."""
    running = database.start(
        "-c",
        f"{MEET}\n{script}\nprint('said:', json.dumps(said))",
        piped=True,
    )
    printed, _ = running.communicate()
    assert running.returncode == 0, printed
    (line,) = (line for line in printed.splitlines() if line.startswith("said: "))
    said: list[str] = json.loads(line.removeprefix("said: "))
    return said


def acts(database: LiveDatabase, like: str) -> list[str]:
    """Return the acts in the audit log, in order."""
    rows = database.rows(
        f"SELECT action FROM partners_auditentry WHERE action LIKE '{like}' ORDER BY id"  # noqa: S608
    )
    return [action.removeprefix("partners.") for (action,) in rows]


APPEAL = """
partner = platinum_partner()
appeal = file(partner)
propose(appeal)
def decide_by(actor, uphold, on=FILED):
    appeals.decide_appeal(appeal_id=appeal.pk, uphold=uphold, reason="So be it.",
                          actor=actor, at=at(on), today=on)
"""


def test_an_appeal_is_decided_once(live_database: LiveDatabase) -> None:
    said = met(
        live_database,
        APPEAL
        + "said = meet(lambda: decide_by(one, False), lambda: decide_by(two, True))",
    )

    assert said == ["done", "This appeal was decided already."]
    assert live_database.rows("SELECT state FROM partners_tierappeal") == [("rejected",)]
    assert live_database.rows("SELECT id FROM partners_tieroverride") == []
    assert acts(live_database, "partners.appeal_d%") == ["appeal_decided"]


PROPOSED = """
partner = platinum_partner()
proposer = UserFactory.create(pdm=True)
def propose_override():
    return overrides.propose_override(
        partner_id=partner.pk, tier=Tier.DIAMOND, from_on=FILED,
        until_on=date(2027, 3, 1), reason="Because.", actor=proposer, at=at(FILED),
        today=FILED)
"""
OVERRIDE = (
    PROPOSED
    + """
override = propose_override()
def approve(actor):
    overrides.approve_override(override_id=override.pk, note="", actor=actor,
                               at=at(FILED), today=FILED)
def withdraw(actor):
    overrides.withdraw_override(override_id=override.pk, reason="No.", actor=actor,
                                at=at(FILED), today=FILED)
"""
)


def test_an_override_is_approved_once(live_database: LiveDatabase) -> None:
    said = met(
        live_database,
        OVERRIDE + "said = meet(lambda: approve(one), lambda: approve(two))",
    )

    assert said == ["done", "This override was decided already."]
    assert acts(live_database, "partners.override%") == [
        "override_proposed", "override_approved",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "told", "log"),
    [
        pytest.param(
            "withdraw", "approve", "This override was decided already.",
            ["override_withdrawn"], id="withdrawn before",
        ),
        pytest.param(
            "approve", "withdraw", "done",
            ["override_approved", "override_withdrawn"], id="withdrawn after",
        ),
    ],
)  # fmt: skip
def test_an_override_that_is_withdrawn_grants_nothing(
    live_database: LiveDatabase, first: str, second: str, told: str, log: list[str]
) -> None:
    said = met(
        live_database,
        f"{OVERRIDE}\nsaid = meet(lambda: {first}(one), lambda: {second}(two))",
    )

    assert said == ["done", told]
    assert live_database.rows("SELECT state FROM partners_tieroverride") == [
        ("withdrawn",)
    ]
    assert acts(live_database, "partners.override%") == ["override_proposed", *log]


def test_one_override_is_proposed_at_a_time(live_database: LiveDatabase) -> None:
    said = met(
        live_database, PROPOSED + "said = meet(propose_override, propose_override)"
    )

    assert said == ["done", "Another proposal waits for its decision."]
    assert acts(live_database, "partners.override%") == ["override_proposed"]


def test_two_grants_never_have_a_day_in_common(live_database: LiveDatabase) -> None:
    said = met(
        live_database,
        f"""{APPEAL}
override = TierOverrideFactory.create(partner=partner, from_on=date(2027, 1, 20),
                                      until_on=date(2027, 6, 1))
def approve():
    overrides.approve_override(override_id=override.pk, note="", actor=two,
                               at=at(FILED), today=FILED)
said = meet(lambda: decide_by(one, True), approve)
""",
    )

    assert said == ["done", "Another override covers some of its days."]
    assert live_database.rows(
        "SELECT state FROM partners_tieroverride ORDER BY state"
    ) == [("approved",), ("proposed",)]


EDITIONS = """
author = UserFactory.create(programme_manager=True)
drafts = [DraftFactory.create(code=f"2027-{n}", effective_on=date(2027, 3, n),
                              author=author) for n in (1, 2)]
for draft in drafts:
    rehearse_edition(edition_id=draft.pk, actor=author, at=at(FILED), today=FILED)
call_command("drain")
def publish(draft, actor):
    publish_edition(edition_id=draft.pk, actor=actor, at=at(FILED), today=FILED)
"""


def test_an_edition_is_published_once(live_database: LiveDatabase) -> None:
    said = met(
        live_database,
        EDITIONS
        + "said = meet(lambda: publish(drafts[0], one), lambda: publish(drafts[0], two))",
    )

    assert said == ["done", "This edition is published: it never changes again."]
    assert acts(live_database, "partners.edition_pub%") == ["edition_published"]


def test_two_editions_at_once_follow_one_another(live_database: LiveDatabase) -> None:
    said = met(
        live_database,
        EDITIONS
        + "said = meet(lambda: publish(drafts[0], one), lambda: publish(drafts[1], two))",
    )

    assert said == [
        "done",
        "Another edition was published since the rehearsal: rehearse it again.",
    ]
    assert live_database.rows(
        "SELECT code FROM partners_rulebookedition "
        "WHERE state = 'published' AND code LIKE '2027-%'"
    ) == [("2027-1",)]
    assert acts(live_database, "partners.edition_pub%") == ["edition_published"]


@pytest.mark.parametrize(
    ("answers", "tier", "log"),
    [
        ((True, True), [("elite",)], ["elite_accepted"]),
        ((True, False), [("elite",)], ["elite_accepted"]),
        ((False, True), [], ["elite_declined"]),
    ],
    ids=["accepted twice", "accepted, declined", "declined, accepted"],
)
def test_an_invitation_to_elite_is_answered_once(
    live_database: LiveDatabase,
    answers: tuple[bool, bool],
    tier: list[tuple[str]],
    log: list[str],
) -> None:
    said = met(
        live_database,
        f"""
partner = platinum_partner()
review = EliteReviewFactory.create(partner=partner, invited=True)
owner = partner.people.get().user
def answer(accept):
    elite.answer_invitation(review_id=review.pk, accept=accept, actor=owner, at=at(FILED),
                            today=FILED)
said = meet(lambda: answer({answers[0]}), lambda: answer({answers[1]}))
""",
    )

    assert said[0] == "done"
    assert said[1].startswith("The review is past that:")
    assert (
        live_database.rows("SELECT tier FROM partners_tierchange WHERE tier = 'elite'")
        == tier
    )
    assert acts(live_database, "partners.elite%") == log


DECIDED_ON, CARRIED_OUT_ON = "date(2027, 1, 20)", "date(2027, 1, 21)"
WAITING = f"""{APPEAL}
evaluate()
def decide():
    decide_by(one, False, on={DECIDED_ON})
def day():
    run_tier_day(on={CARRIED_OUT_ON}, at=at({CARRIED_OUT_ON}), **ALL)
"""
REJECTED = "SELECT tier FROM partners_tierchange WHERE cause = 'appeal_rejected'"


@pytest.mark.parametrize("pair", ["decide, day", "day, decide"])
def test_a_day_while_an_appeal_is_decided_leaves_it_whole(
    live_database: LiveDatabase, pair: str
) -> None:
    said = met(
        live_database, f"{WAITING}\nsaid = meet({pair})\nday()\nsaid += meet(day, day)"
    )

    assert said == 4 * ["done"]
    assert live_database.rows(REJECTED) == [("gold",)]
    assert acts(live_database, "partners.appeal_d%") == ["appeal_decided"]
    assert acts(live_database, "partners.tier_changed") == ["tier_changed"]


def test_two_runs_of_a_day_carry_an_appeal_out_once(live_database: LiveDatabase) -> None:
    said = met(live_database, f"{WAITING}\ndecide()\nsaid = meet(day, day)")

    assert said == ["done", "done"]
    assert live_database.rows(REJECTED) == [("gold",)]
    assert acts(live_database, "partners.tier_changed") == ["tier_changed"]
