from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q

from partners.append_only import ForbidChanges
from partners.state_guard import AllowSteps, FreezeFields
from program.payout_life import RUN_STEPS
from program.steps import pairs


class OnTheWayBack(Operation):
    """Do an operation when the migration is undone, after all others of it.

    What guards a table below is taken off it then, also what stood there before.
    """

    reversible = True

    def __init__(self, operation: Operation) -> None:
        self.operation = operation

    def state_forwards(self, *_given: Any) -> None:
        """Leave the state of the models as it is."""

    def database_forwards(self, *_given: Any) -> None:
        """Leave the database as it is."""

    def database_backwards(self, *given: Any) -> None:
        self.operation.database_forwards(*given)


class Migration(migrations.Migration):
    """Banks by national clearing code; runs that know their way and keep their file."""

    dependencies = [("commissions", "0004_guards")]

    operations = [
        OnTheWayBack(ForbidChanges("bankaccount")),
        OnTheWayBack(AllowSteps("payoutrun", "state", sorted(pairs(RUN_STEPS)))),
        OnTheWayBack(
            FreezeFields(
                "payoutrun",
                [
                    *("currency", "execute_on", "total_minor", "payment_count"),
                    *("prepared_by", "prepared_at"),
                ],
            )
        ),
        migrations.AddField(
            model_name="bankaccount",
            name="clearing",
            field=models.CharField(
                blank=True,
                default="",
                max_length=11,
                verbose_name="national clearing code",
            ),
        ),
        migrations.AddField(
            model_name="payoutrun",
            name="way",
            field=models.CharField(
                blank=True, default="", max_length=8, verbose_name="way"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankaccount",
            constraint=models.CheckConstraint(
                condition=Q(is_iban=True, clearing="")
                | (Q(is_iban=False) & ~Q(bic="", clearing="")),
                name="bank_account_names_its_bank",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutrun",
            constraint=models.CheckConstraint(
                condition=Q(way__in=["", "sepa", "transfer", "list"]),
                name="payout_run_way_is_known",
            ),
        ),
        migrations.CreateModel(
            name="RunFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="file name")),
                ("media_type", models.CharField(max_length=100, verbose_name="type")),
                ("sha256", models.CharField(max_length=64, verbose_name="fingerprint")),
                ("sealed", models.BinaryField(verbose_name="content, encrypted")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file",
                        to="commissions.payoutrun",
                        verbose_name="payout run",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a payout run",
                "verbose_name_plural": "files of payout runs",
            },
        ),
        ForbidChanges("runfile"),
        # SQLite rebuilt both tables above and lost what guards them.
        ForbidChanges("bankaccount"),
        AllowSteps("payoutrun", "state", sorted(pairs(RUN_STEPS))),
        FreezeFields(
            "payoutrun",
            [
                *("currency", "way", "execute_on", "total_minor", "payment_count"),
                *("prepared_by", "prepared_at"),
            ],
        ),
    ]
