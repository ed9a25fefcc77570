"""Addresses of the measured peer."""

from django.urls import include, path

urlpatterns = [path("", include("helpdesk.urls"))]
