"""Every address of the portal, one include per app."""

from django.contrib import admin
from django.urls import include, path

from portal import views

handler400 = "ui.views.bad_request"
handler500 = "portal.errors.server_error"

portal_urls = [path("", views.home, name="home")]

urlpatterns = [
    path("", include((portal_urls, "portal"))),
    path("", include("partners.urls")),
    path("", include("deals.urls")),
    path("", include("clients.urls")),
    path("", include("benefits.urls")),
    path("", include("ui.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
