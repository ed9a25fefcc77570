"""Addresses of the public pages."""

from django.urls import URLPattern, URLResolver, path, re_path

from wuxiao.web.public import draws, hazards, measures, opendata, published, receptions, views
from wuxiao.web.shared import converters as converters

urlpatterns: list[URLPattern | URLResolver] = [
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
    path("report/hazards", hazards.page, name="public_hazards"),
    path("reception", receptions.page, name="public_receptions"),
    path("report/draws", draws.page, name="public_draws"),
    path("report/draws/<str:number>", draws.draw, name="public_draw"),
    path("report/draws/<str:number>/list.txt", draws.lists, name="public_draw_list"),
    path("report/draws/<str:number>/round.json", draws.round_, name="public_draw_round"),
    path("report/draws/<str:number>/witness.json", draws.witness, name="public_draw_witness"),
    path("report/checkpoints", views.checkpoints, name="public_checkpoints"),
    path("report/checkpoints.json", opendata.checkpoints, name="public_checkpoints_json"),
    path("report/checkpoint", opendata.checkpoint, name="public_checkpoint"),
    path("report/checkpoints.txt", opendata.checkpoint_notes, name="public_checkpoints_txt"),
    path("report/log-key", opendata.log_key, name="public_log_key"),
    path("report/consistency/<id:first>/<id:second>", opendata.consistency, name="public_consistency"),
    path("report/proof/<id:leaf>", opendata.proof, name="public_proof"),
]
