import pkgutil
from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        # Registers the system checks, and what speaks for the lists.
        from partners import checks, listings  # noqa: F401, PLC0415

        # Every app says what people are told about; this one in several modules.
        autodiscover_modules("notifications")
        package = import_module("partners.notifications")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
