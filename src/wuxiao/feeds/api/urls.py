"""Addresses of the JSON API."""

from django.urls import path, re_path

from wuxiao.feeds.api import subjects, views

urlpatterns = [
    path("openapi.json", views.openapi, name="api-openapi"),
    path("codes", views.codes, name="api-codes"),
    path("matters", views.matters_, name="api-matters"),
    path("matters/<str:number>", views.matter, name="api-matter"),
    path("matters/<str:number>/entries", views.entries, name="api-entries"),
    path("matters/<str:number>/contact", views.contact, name="api-contact"),
    path("matters/<str:number>/files/<str:file_id>", views.file, name="api-file"),
    path("matters/<str:number>/<str:verb>", views.step, name="api-step"),
    path("registers/<str:register>", subjects.rows, name="api-rows"),
    path("registers/<str:register>/<str:code>", subjects.row, name="api-row"),
    path("registers/<str:register>/<str:code>/<str:verb>", subjects.row_act, name="api-row-act"),
    path("cases/<str:life>", subjects.all_cases, name="api-cases"),
    path("cases/<str:life>/<str:number>", subjects.case, name="api-case"),
    path("cases/<str:life>/<str:number>/<str:verb>", subjects.case_step, name="api-case-step"),
    re_path(r"^.*$", views.nothing, name="api-nothing"),
]
