"""The project's own app: commands and the pages that belong to nobody else."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from portal.second_factor import record_changes  # noqa: PLC0415
        from portal.sign_ins import record_sign_ins  # noqa: PLC0415

        record_changes()
        record_sign_ins()
