"""Addresses of feeds."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("exchange/v1/", include("wuxiao.feeds.exchange.urls")),
]
