"""Addresses of Open311; codes of services hold dots, so the form is what stands after the last one."""

from django.urls import re_path

from wuxiao.feeds.open311 import views

_FORM = r"\.(?P<form>json|xml)$"
urlpatterns = [
    re_path(rf"^discovery{_FORM}", views.discovery, name="open311-discovery"),
    re_path(rf"^services{_FORM}", views.service_list, name="open311-services"),
    re_path(rf"^services/(?P<code>[^/]+){_FORM}", views.definition, name="open311-definition"),
    re_path(rf"^requests{_FORM}", views.requests, name="open311-requests"),
    re_path(rf"^requests/(?P<number>[^/]+){_FORM}", views.request_, name="open311-request"),
    re_path(rf"^tokens/(?P<token>[^/]+){_FORM}", views.token, name="open311-token"),
    re_path(r"^.*$", views.nothing, name="open311-nothing"),
]
