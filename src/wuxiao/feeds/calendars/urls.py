"""Addresses of calendar feeds."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from wuxiao.feeds.calendars import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("calendar/<str:token>.ics", views.mine, name="calendar_mine"),
    path("reception.ics", views.reception, name="calendar_reception"),
]
