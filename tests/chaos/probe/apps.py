from django.apps import AppConfig


class ProbeConfig(AppConfig):
    name = "tests.chaos.probe"
    label = "probe"
