"""Every address of the portal, one include per app."""

from importlib.util import find_spec

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# The admin's own form knows neither limits nor second factors; everybody signs in once.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler400 = "ui.views.bad_request"

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("ui.urls")),
]
for _app in ("deals", "clients", "partners", "commissions", "benefits"):
    if find_spec(f"{_app}.urls"):
        urlpatterns.append(path("", include(f"{_app}.urls")))
