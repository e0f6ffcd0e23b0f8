from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("Clients")

    def ready(self) -> None:
        # They speak for the points sources, and for the list.
        from clients import listings, receipts  # noqa: F401, PLC0415
