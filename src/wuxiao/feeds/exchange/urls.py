"""Addresses of the exchange; the platform's name is part of the address, so that its secret can be looked up."""

from django.urls import path

from wuxiao.feeds.exchange import views

urlpatterns = [path("<str:name>/notices", views.notices, name="exchange-notices")]
