from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealsConfig(AppConfig):
    name = "deals"
    verbose_name = _("Deals")

    def ready(self) -> None:
        # They speak for the points sources, and for the list.
        from deals import listings, receipts  # noqa: F401, PLC0415
