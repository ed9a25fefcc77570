"""Addresses of feeds."""

from django.urls import URLPattern, URLResolver, include, path

from wuxiao.feeds.forms import views as forms

urlpatterns: list[URLPattern | URLResolver] = [
    path("open311/v2/", include("wuxiao.feeds.open311.urls")),
    path("api/v1/", include("wuxiao.feeds.api.urls")),
    path("forms/<slug:name>.xlsx", forms.file, name="form_file"),
    path("", include("wuxiao.feeds.calendars.urls")),
    path("exchange/v1/", include("wuxiao.feeds.exchange.urls")),
]
