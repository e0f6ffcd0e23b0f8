"""/deals/…"""

from django.urls import path

from deals import views

app_name = "deals"

urlpatterns = [
    path("deals/", views.deal_list, name="list"),
    path("deals/<uuid:deal_id>/", views.deal_detail, name="detail"),
]
