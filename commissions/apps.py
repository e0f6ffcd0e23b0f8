import pkgutil
from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommissionsConfig(AppConfig):
    name = "commissions"
    verbose_name = _("Commissions")

    def ready(self) -> None:
        # They register the system check of the payer, the list of schedules, and which
        # deals stay with their partner.
        from commissions import checks, listings  # noqa: F401, PLC0415
        from commissions.selectors import stated  # noqa: F401, PLC0415

        # Each module declares the kinds of notifications of one part of the money.
        package = import_module("commissions.notifications")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
