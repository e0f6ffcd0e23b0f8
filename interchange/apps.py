from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InterchangeConfig(AppConfig):
    name = "interchange"
    verbose_name = _("Data in and out")

    def ready(self) -> None:
        import interchange.lookups  # noqa: F401, PLC0415  (registers itself)
