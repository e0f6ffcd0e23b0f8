"""Every address of the portal, one include per app."""

from django.contrib import admin
from django.urls import include, path

from portal import views
from portal.errors import not_here

handler400 = "ui.views.bad_request"
handler500 = "portal.errors.server_error"

portal_urls = [
    path("", views.home, name="home"),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
]

urlpatterns = [
    path("", include((portal_urls, "portal"))),
    path("", include("partners.urls")),
    path("", include("deals.urls")),
    path("", include("clients.urls")),
    path("", include("benefits.urls")),
    path("", include("ui.urls")),
    # Who somebody is follows from the address the programme knows: it is changed there.
    path("accounts/email/", not_here),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
