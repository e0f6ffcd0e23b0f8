"""The portal's addresses, and beside them the pages that its own are measured against."""

from django.urls import include, path

urlpatterns = [
    path("bench/", include(("benchmarks.page_views", "bench"))),
    path("", include("portal.urls")),
]
