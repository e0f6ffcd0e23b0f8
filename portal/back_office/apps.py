"""Makes our site the one that `django.contrib.admin` registers models on."""

from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    default_site = "portal.back_office.site.BackOfficeSite"

    def ready(self) -> None:
        from ui.back_office import write_as_the_portal  # noqa: PLC0415 (apps are ready)

        write_as_the_portal()
        super().ready()
