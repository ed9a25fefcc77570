"""Every address of the site, by audience."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from wuxiao.site.watch import health, metrics
from wuxiao.web.shared.prefs import set_preference

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.ready, name="healthz"),
    path("healthz/live", health.live, name="healthz_live"),
    path("healthz/ready", health.ready, name="healthz_ready"),
    path("metrics", metrics.page, name="metrics"),
    path("prefs", set_preference, name="prefs"),
    path("staff", RedirectView.as_view(pattern_name="staff:home"), name="staff"),
    path("staff/", include("wuxiao.web.staff.urls")),
    path("", include("wuxiao.feeds.urls")),
    path("", include("wuxiao.web.public.urls")),
    path("", include("wuxiao.web.resident.urls")),
]

handler400 = "wuxiao.web.shared.errors.bad_request"
handler403 = "wuxiao.web.shared.errors.forbidden"
handler404 = "wuxiao.web.shared.errors.not_found"
handler500 = "wuxiao.site.available.fault"
