"""/benefits/…"""

from django.urls import path

from benefits import views

app_name = "benefits"

urlpatterns = [path("benefits/", views.benefit_list, name="list")]
