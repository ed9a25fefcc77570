"""Addresses of the public pages."""

from django.urls import URLPattern, URLResolver, path, re_path

from wuxiao.web import public
from wuxiao.web.public import measures, opendata, published, views
from wuxiao.web.shared import converters as converters
from wuxiao.web.shared import routes

urlpatterns: list[URLPattern | URLResolver] = [
    *routes.said_by(public.__path__, public.__name__),
    path("report", views.this_month, name="public_report"),
    re_path(r"^report/(?P<month>\d{4}-(?:0[1-9]|1[0-2]))$", views.month, name="public_month"),
    path("report/definitions", views.definitions, name="public_definitions"),
    path("report/data", views.data, name="public_data"),
    path("report/data.csv", opendata.as_csv, name="public_csv"),
    path("report/data.json", opendata.as_json, name="public_json"),
    path("report/subjects", measures.page, name="public_subjects"),
    path("report/measures.json", measures.as_json, name="public_measures_json"),
    path("published/<slug:kind>", published.listed, name="public_texts"),
    path("published/<slug:kind>/<str:code>", published.one, name="public_text"),
    path("report/checkpoints", views.checkpoints, name="public_checkpoints"),
    path("report/checkpoints.json", opendata.checkpoints, name="public_checkpoints_json"),
    path("report/checkpoint", opendata.checkpoint, name="public_checkpoint"),
    path("report/checkpoints.txt", opendata.checkpoint_notes, name="public_checkpoints_txt"),
    path("report/log-key", opendata.log_key, name="public_log_key"),
    path("report/consistency/<id:first>/<id:second>", opendata.consistency, name="public_consistency"),
    path("report/proof/<id:leaf>", opendata.proof, name="public_proof"),
]
