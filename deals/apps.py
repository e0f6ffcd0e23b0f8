import pkgutil
from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealsConfig(AppConfig):
    name = "deals"
    verbose_name = _("Deals")

    def ready(self) -> None:
        # They speak for the points sources, and for the list.
        from deals import listings, receipts  # noqa: F401, PLC0415

        # Each module declares the kinds of notifications of one part of a deal's life.
        package = import_module("deals.notifications")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
