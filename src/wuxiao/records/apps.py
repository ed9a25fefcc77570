"""The Django app that holds every table."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """One app, one migration history."""

    name = "wuxiao.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
