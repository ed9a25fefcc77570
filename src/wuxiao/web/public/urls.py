"""Addresses of the public pages."""

from django.urls import URLPattern, URLResolver, path, re_path

from wuxiao.web.public import opendata, views
from wuxiao.web.shared import converters as converters

urlpatterns: list[URLPattern | URLResolver] = [
    path("report", views.this_month, name="public_report"),
    re_path(r"^report/(?P<month>\d{4}-(?:0[1-9]|1[0-2]))$", views.month, name="public_month"),
    path("report/definitions", views.definitions, name="public_definitions"),
    path("report/data", views.data, name="public_data"),
    path("report/data.csv", opendata.as_csv, name="public_csv"),
    path("report/data.json", opendata.as_json, name="public_json"),
    path("report/checkpoints", views.checkpoints, name="public_checkpoints"),
    path("report/checkpoints.json", opendata.checkpoints, name="public_checkpoints_json"),
    path("report/proof/<id:leaf>", opendata.proof, name="public_proof"),
]
