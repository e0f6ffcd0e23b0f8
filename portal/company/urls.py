"""/company/…, /join/… and /invitations/…"""

from django.urls import path

from portal.company import doors, log, views

app_name = "company"

urlpatterns = [
    path("company/people/", views.people, name="people"),
    path("company/log/", log.log, name="log"),
    path("company/log/entries.csv", log.log_csv, name="log_csv"),
    path("company/people/invite/", views.invite_person, name="invite"),
    path("company/people/<uuid:person_id>/", views.person, name="person"),
    path("company/people/<uuid:person_id>/role/", views.change_role, name="role"),
    path("company/people/<uuid:person_id>/remove/", views.remove, name="remove"),
    path("company/invitations/<uuid:invitation_id>/revoke/", views.revoke, name="revoke"),
    path(
        "company/join-requests/<uuid:request_id>/",
        views.join_request,
        name="join_request",
    ),
    path(
        "company/join-requests/<uuid:request_id>/refuse/",
        views.refuse_request,
        name="join_refuse",
    ),
    path("join/", doors.join, name="join"),
    path("join/sent/", doors.join_sent, name="join_sent"),
    path("join/<str:token>/", doors.join_confirm, name="join_confirm"),
    path("invitations/<str:token>/", doors.accept, name="accept"),
]
