"""Addresses of the JSON API."""

from django.urls import path, re_path

from wuxiao.feeds.api import views

urlpatterns = [
    path("openapi.json", views.openapi, name="api-openapi"),
    path("codes", views.codes, name="api-codes"),
    path("matters", views.matters_, name="api-matters"),
    path("matters/<str:number>", views.matter, name="api-matter"),
    path("matters/<str:number>/entries", views.entries, name="api-entries"),
    path("matters/<str:number>/contact", views.contact, name="api-contact"),
    path("matters/<str:number>/files/<str:file_id>", views.file, name="api-file"),
    path("matters/<str:number>/<str:verb>", views.step, name="api-step"),
    re_path(r"^.*$", views.nothing, name="api-nothing"),
]
