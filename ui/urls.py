"""/ui/…: choices that every page offers."""

from django.urls import path

from ui import views

app_name = "ui"

urlpatterns = [
    path("ui/theme/", views.set_theme, name="theme"),
    path("ui/language/", views.set_language, name="language"),
]
