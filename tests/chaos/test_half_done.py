"""A process killed in the middle of a decision leaves nothing of it; it is made again.

Each stops at the last step of its transaction, when everything else is written, and is
killed there with -9.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live import LiveDatabase, kill_group, wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.processes]

SETUP = """
import sys, time
from datetime import date
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from partners.models import RulebookEdition, User
from tests.integration.partners.appealing import *

def stop(*args, **kwargs):
    Path(sys.argv[1]).touch()
    time.sleep(60)
"""

EDITION = (
    SETUP
    + """
from partners.services.rulebook import publish_edition, publishing, rehearse_edition
from tests.factories import DraftFactory, UserFactory
def publish():
    draft = RulebookEdition.objects.get(code="2027-1")
    publish_edition(edition_id=draft.pk, actor=User.objects.get(email="two@x.example"),
                    at=at(FILED), today=FILED)
"""
)
DRAFTED = (
    EDITION
    + """
platinum_partner()
one, two = (UserFactory.create(programme_manager=True, email=f"{n}@x.example")
            for n in ("one", "two"))
draft = DraftFactory.create(code="2027-1", effective_on=date(2027, 3, 1), author=one)
rehearse_edition(edition_id=draft.pk, actor=one, at=at(FILED), today=FILED)
call_command("drain")
"""
)
# The letters are the last thing that is put.
HALF_PUBLISHED = EDITION + "\npublishing.partner_ranges = stop\npublish()\n"

DAY = SETUP + "\nfrom portal import schedule\n"
JANUARY = "schedule.check(day=EVALUATION, at=at(EVALUATION), **ALL)"
HALF_EVALUATED = f"{DAY}\nschedule.partners.queue_tier_news = stop\n{JANUARY}\n"


def done(database: LiveDatabase, script: str) -> None:
    running = database.start("-c", script)
    assert running.wait() == 0


def killed(database: LiveDatabase, script: str, folder: Path) -> None:
    """Run a script until it stops in the middle, and kill it there."""
    reached = folder / "reached"
    running = database.start("-c", script, str(reached))
    wait_until(reached.exists, what="the middle is reached")
    kill_group(running)


def counts(database: LiveDatabase, *queries: str) -> list[int]:
    counted = (database.rows(f"SELECT count(*) FROM {each}") for each in queries)  # noqa: S608
    return [int(rows[0][0]) for rows in counted]


def test_an_edition_is_published_whole_or_not_at_all(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    published = (
        "partners_rulebookedition WHERE state = 'published' AND code = '2027-1'",
        "partners_auditentry WHERE action = 'partners.edition_published'",
        "outbox_job WHERE kind = 'partners.write_letters'",
    )
    done(live_database, DRAFTED)

    killed(live_database, HALF_PUBLISHED, tmp_path)
    assert counts(live_database, *published) == [0, 0, 0]

    done(live_database, f"{EDITION}\npublish()\n")
    assert counts(live_database, *published) == [1, 1, 1]


def test_an_evaluation_day_is_run_whole_or_not_at_all(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    decided = (
        "partners_snapshot",
        "partners_evaluation",
        "partners_tierchange WHERE cause = 'downgraded'",
        "partners_auditentry WHERE action = 'partners.tier_changed'",
        "outbox_job WHERE kind = 'partners.tell_tiers'",
    )
    done(live_database, f"{SETUP}\nfor _ in 'abc':\n    platinum_partner()\n")

    killed(live_database, HALF_EVALUATED, tmp_path)
    assert counts(live_database, *decided) == [0, 0, 0, 0, 0]

    for _again in "ab":
        done(live_database, f"{DAY}\n{JANUARY}\n")
        # Six checks of the period; each partner falls once.
        assert counts(live_database, *decided) == [18, 3, 3, 3, 1]
