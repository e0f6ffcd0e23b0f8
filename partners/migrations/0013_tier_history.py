from collections import defaultdict
from datetime import UTC, datetime, time

import django.db.models.deletion
from django.db import migrations, models

from partners.append_only import ForbidChanges


def write_history(apps, schema_editor):
    """Write when partners were admitted to Elite's numbers, as far as it was kept.

    A day that staff entered without a review counts as known since that day. Who was
    Elite and is not any more is invited no more.
    """
    of_partners = defaultdict(list)
    for each in (
        apps.get_model("partners", "EliteReview")
        .objects.filter(invited_on__isnull=False)
        .order_by("pk")
    ):
        rows = of_partners[each.partner_id]
        rows.append((each.invited_on, each.invited_at, True))
        if each.state in ("declined", "closed"):
            rows.append((each.closed_on, each.closed_at, False))
    Partner = apps.get_model("partners", "Partner")
    for pk, on in Partner.objects.filter(elite_invited_on__isnull=False).values_list(
        "pk", "elite_invited_on"
    ):
        if all(row[0] != on for row in of_partners[pk]):
            of_partners[pk].append((on, datetime.combine(on, time(), UTC), True))
    was_elite = set()
    changes = apps.get_model("partners", "TierChange").objects.filter(
        partner_id__in=list(of_partners)
    )
    for each in changes.order_by("on", "pk"):
        if each.tier == "elite":
            was_elite.add(each.partner_id)
        elif each.partner_id in was_elite:
            was_elite.discard(each.partner_id)
            if any(row[0] <= each.on for row in of_partners[each.partner_id]):
                of_partners[each.partner_id].append((each.on, each.recorded_at, False))
    EliteAdmission = apps.get_model("partners", "EliteAdmission")
    over = []
    for pk, rows in of_partners.items():
        # Of one day the later record holds.
        rows.sort(key=lambda row: row[:2])
        EliteAdmission.objects.bulk_create(
            EliteAdmission(partner_id=pk, on=on, recorded_at=at, admitted=admitted)
            for on, at, admitted in rows
        )
        if not rows[-1][2]:
            over.append(pk)
    Partner.objects.filter(pk__in=over).update(elite_invited_on=None)


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0012_join_questions'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='tierappeal',
            name='one_open_appeal_per_partner',
        ),
        migrations.CreateModel(
            name='EliteAdmission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='from')),
                ('admitted', models.BooleanField(verbose_name='admitted to Elite')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='elite_admissions', to='partners.partner', verbose_name='partner')),
            ],
            options={
                'verbose_name': 'admission to Elite',
                'verbose_name_plural': 'admissions to Elite',
                'indexes': [models.Index(fields=['partner', 'on', 'id'], name='elite_admissions_of_partner')],
            },
        ),
        ForbidChanges("EliteAdmission"),
        migrations.RunPython(write_history, migrations.RunPython.noop),
    ]
