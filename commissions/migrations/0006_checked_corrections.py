from importlib import import_module

from django.db import migrations, models

from partners.state_guard import AllowSteps, FreezeFields
from program.payout_life import DISPUTE_STEPS
from program.steps import pairs

OnTheWayBack = import_module(
    "commissions.migrations.0005_clearing_codes_and_run_files"
).OnTheWayBack
GUARDS = (
    AllowSteps("dispute", "state", sorted(pairs(DISPUTE_STEPS))),
    FreezeFields("dispute", ["partner", "schedule", "month", "evidence", "opened_by"]),
)


class Migration(migrations.Migration):
    """A contested month is corrected once a second person has approved the correction."""

    dependencies = [("commissions", "0005_clearing_codes_and_run_files")]

    operations = [
        *(OnTheWayBack(guard) for guard in GUARDS),
        migrations.RemoveConstraint(
            model_name="dispute",
            name="dispute_state_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="dispute",
            name="dispute_decided_has_an_answer",
        ),
        migrations.RemoveConstraint(
            model_name="dispute",
            name="one_open_dispute_per_month_and_schedule",
        ),
        migrations.AlterField(
            model_name="dispute",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("proposed", "Correction being checked"),
                    ("corrected", "Corrected"),
                    ("refused", "Refused"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="open",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["open", "proposed", "corrected", "refused", "withdrawn"],
                    )
                ),
                name="dispute_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ("proposed", "corrected", "refused")), _negated=True
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("answer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="dispute_decided_has_an_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "proposed"), _negated=True),
                    ("adjustment__isnull", False),
                    _connector="OR",
                ),
                name="dispute_proposed_has_its_correction",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("open", "proposed"))),
                fields=("schedule", "month"),
                name="one_open_dispute_per_month_and_schedule",
            ),
        ),
        # SQLite has built the table anew, without its triggers.
        *GUARDS,
    ]
