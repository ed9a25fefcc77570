"""Addresses of feeds."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("wuxiao.feeds.api.urls")),
    path("exchange/v1/", include("wuxiao.feeds.exchange.urls")),
]
