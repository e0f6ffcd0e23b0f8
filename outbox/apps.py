from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from outbox import registry


class OutboxConfig(AppConfig):
    name = "outbox"
    verbose_name = _("Work that must happen")

    def ready(self) -> None:
        """Let every app say what it runs and what the calendar owes."""
        autodiscover_modules("handlers")
        registry.refuse_strangers()
