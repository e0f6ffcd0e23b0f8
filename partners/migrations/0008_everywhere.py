import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from partners.create_models import CreateModels


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0007_tier_life'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='SavedView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('page', models.CharField(max_length=30, verbose_name='list')),
                    ('name', models.CharField(max_length=60, verbose_name='name')),
                    ('query', models.CharField(blank=True, max_length=2000, verbose_name='query')),
                    ('columns', models.JSONField(default=list, verbose_name='columns')),
                    ('shared', models.BooleanField(default=False, verbose_name='shared with the company')),
                    ('partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner', verbose_name='partner')),
                    ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL, verbose_name='of')),
                ],
                options={
                    'verbose_name': 'saved view',
                    'verbose_name_plural': 'saved views',
                    'constraints': [models.UniqueConstraint(fields=('user', 'page', 'name'), name='one_saved_view_per_person_list_and_name'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='saved_view_has_a_name'), models.CheckConstraint(condition=models.Q(('shared', False), ('partner__isnull', False), _connector='OR'), name='saved_view_is_shared_only_within_a_company')],
                },
            ),
            migrations.CreateModel(
                name='DefaultView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('page', models.CharField(max_length=30, verbose_name='list')),
                    ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='for')),
                    ('view', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.savedview', verbose_name='view')),
                ],
                options={
                    'verbose_name': 'default view',
                    'verbose_name_plural': 'default views',
                    'constraints': [models.UniqueConstraint(fields=('user', 'page'), name='one_default_view_per_person_and_list')],
                },
            ),
            migrations.CreateModel(
                name='CalendarFeed',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('fingerprint', models.CharField(max_length=64, unique=True, verbose_name='fingerprint')),
                    ('created_at', models.DateTimeField(verbose_name='made at')),
                    ('revoked_at', models.DateTimeField(null=True, verbose_name='revoked at')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner', verbose_name='partner')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feeds', to=settings.AUTH_USER_MODEL, verbose_name='for')),
                ],
                options={
                    'verbose_name': 'calendar feed',
                    'verbose_name_plural': 'calendar feeds',
                    'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('user',), name='one_open_calendar_feed_per_person'), models.CheckConstraint(condition=models.Q(('revoked_at', None), ('revoked_at__gte', models.F('created_at')), _connector='OR'), name='calendar_feed_is_revoked_after_it_was_made')],
                },
            ),
            migrations.CreateModel(
                name='Export',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('page', models.CharField(max_length=30, verbose_name='list')),
                    ('query', models.CharField(blank=True, max_length=2000, verbose_name='query')),
                    ('file_format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'XLSX')], max_length=4, verbose_name='format')),
                    ('state', models.CharField(choices=[('preparing', 'Being prepared'), ('ready', 'Ready'), ('failed', 'Not made')], default='preparing', max_length=10, verbose_name='state')),
                    ('row_count', models.IntegerField(null=True, verbose_name='rows')),
                    ('file_name', models.CharField(blank=True, max_length=100, verbose_name='file')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                    ('created_at', models.DateTimeField(verbose_name='asked for at')),
                    ('expires_at', models.DateTimeField(null=True, verbose_name='expires at')),
                    ('partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner', verbose_name='partner')),
                    ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='exports', to=settings.AUTH_USER_MODEL, verbose_name='for')),
                ],
                options={
                    'verbose_name': 'export',
                    'verbose_name_plural': 'exports',
                    'indexes': [models.Index(fields=['user', '-created_at', '-id'], name='exports_of')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('file_format__in', ('csv', 'xlsx'))), name='export_format_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', False), ('row_count__isnull', False), ('state', 'ready'), models.Q(('file_name', ''), _negated=True)), models.Q(('file_name', ''), ('row_count', None), ('state__in', ('preparing', 'failed'))), _connector='OR'), name='export_has_its_file_iff_ready')],
                },
            ),
        ]),
    ]
