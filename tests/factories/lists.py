"""Files and views of lists."""

from datetime import UTC, datetime

import factory
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from factory.django import DjangoModelFactory

from partners.models import Export, SavedView
from tests.factories.partners import UserFactory


class ExportFactory(DjangoModelFactory[Export]):
    """A CSV of the deals that is being prepared; `ready` has its file stored."""

    class Meta:
        model = Export

    class Params:
        ready = factory.Trait(
            state=Export.State.READY,
            row_count=1,
            expires_at=datetime(2199, 1, 1, tzinfo=UTC),
            file_name=factory.LazyFunction(
                lambda: default_storage.save("exports/file.csv", ContentFile(b"Deal\n"))
            ),
        )

    user = factory.SubFactory(UserFactory)
    partner = factory.LazyAttribute(lambda export: export.user.partner)
    page = "deals"
    file_format = Export.Format.CSV
    created_at = datetime(2026, 11, 23, 11, tzinfo=UTC)


class SavedViewFactory(DjangoModelFactory[SavedView]):
    """A private view of the won deals."""

    class Meta:
        model = SavedView

    user = factory.SubFactory(UserFactory)
    partner = factory.LazyAttribute(lambda view: view.user.partner)
    page = "deals"
    name = factory.Sequence(lambda n: f"View {n}")
    query = "stage=won"
    columns = factory.LazyFunction(list)
