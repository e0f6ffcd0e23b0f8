"""Every address of the portal, one include per app."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.http import require_GET

from portal import calendars, downloads, saved_views, see_as, views
from portal.back_office.morning import morning
from portal.errors import not_here
from portal.home import views as home
from portal.metrics import metrics
from portal.preferences import preferences
from portal.search import search
from portal.signed_in import end_session, sessions

handler400 = "ui.views.bad_request"
handler429 = "ui.doors.too_many_tries"
handler500 = "portal.errors.server_error"

DOWNLOADS = [
    (name, ending, f"{place}.{ending}", f"{name}_{ending}")
    for name, place in (
        ("points", "points/entries"),
        ("deals", "deals/deals"),
        ("clients", "clients/clients"),
        ("commissions", "commissions/schedules"),
    )
    for ending in ("csv", "xlsx")
]

portal_urls = [
    path("", home.home, name="home"),
    path("diary/", home.diary_page, name="diary"),
    path("diary/movements.csv", home.diary_csv, name="diary_csv"),
    path("receipts/<uuid:partner_id>/rehearsal/", home.rehearsal_page, name="rehearsal"),
    path("settings/", preferences, name="settings"),
    path("settings/calendar/", calendars.calendar_settings, name="calendar"),
    path("settings/calendar/make/", calendars.make, name="calendar_make"),
    path("settings/calendar/revoke/", calendars.revoke, name="calendar_revoke"),
    path("calendar/<str:secret>.ics", calendars.feed, name="calendar_feed"),
    path("search/", search, name="search"),
    path("views/", saved_views.views, name="views"),
    path("views/save/", saved_views.save, name="view_save"),
    path("views/change/", saved_views.change, name="view_change"),
    path("views/delete/", saved_views.delete, name="view_delete"),
    path("views/default/", saved_views.default, name="view_default"),
    path("exports/", downloads.exports, name="exports"),
    path("exports/ask/", downloads.ask, name="export_ask"),
    path("exports/<uuid:export_id>/", downloads.export_file, name="export_file"),
    *(
        path(address, downloads.download, {"name": name, "file_format": ending}, key)
        for name, ending, address, key in DOWNLOADS
    ),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path("metrics", metrics, name="metrics"),
    path("see-as/end/", see_as.end, name="see_as_end"),
    path("admin/morning/", require_GET(admin.site.admin_view(morning)), name="morning"),
]

urlpatterns = [
    path("", include((portal_urls, "portal"))),
    path("", include("portal.notification_centre.urls")),
    path("", include("portal.company.urls")),
    path("", include("partners.urls")),
    path("", include("deals.urls")),
    path("commissions/", include("commissions.urls")),
    path("", include("clients.urls")),
    path("", include("benefits.urls")),
    path("", include("ui.urls")),
    # Who somebody is follows from the address the programme knows: it is changed there.
    path("accounts/email/", not_here),
    path("accounts/sessions/", sessions, name="usersessions_list"),
    path("accounts/sessions/<int:session_id>/end/", end_session, name="usersessions_end"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
