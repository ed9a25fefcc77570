"""Addresses of residents' pages. A code in an address is a secret the resident carries."""

from django.urls import URLPattern, URLResolver, path

from wuxiao.web import resident
from wuxiao.web.resident import call_back, genuine, pages, party, progress, report
from wuxiao.web.shared import converters as converters
from wuxiao.web.shared import routes

urlpatterns: list[URLPattern | URLResolver] = [
    *routes.said_by(resident.__path__, resident.__name__),
    path("", pages.start, name="resident_start"),
    path("robots.txt", pages.robots, name="resident_robots"),
    path("find", pages.find, name="resident_find"),
    path("help", pages.help_page, name="resident_help"),
    path("privacy", pages.privacy, name="resident_privacy"),
    path("addresses", pages.address_hints, name="resident_addresses"),
    path("new", report.words, name="resident_new"),
    path("new/again", report.forget, name="resident_new_again"),
    path("new/danger", report.danger, name="resident_new_danger"),
    path("new/place", report.place, name="resident_new_place"),
    path("new/place/other", report.place_other, name="resident_new_place_other"),
    path("new/photos", report.photos, name="resident_new_photos"),
    path("new/photos/<str:token>", report.photo, name="resident_new_photo"),
    path("new/contact", report.contact, name="resident_new_contact"),
    path("new/kind", report.kind, name="resident_new_kind"),
    path("new/check", report.check, name="resident_new_check"),
    path("p/<str:code>", progress.progress, name="resident_progress"),
    path("p/<str:code>/receipt", progress.receipt, name="resident_receipt"),
    path("p/<str:code>/receipt.txt", progress.receipt_text, name="resident_receipt_text"),
    path("p/<str:code>/do/<str:verb>", progress.do, name="resident_do"),
    path("p/<str:code>/readers", progress.readers, name="resident_readers"),
    path("p/<str:code>/data", progress.data, name="resident_data"),
    path("p/<str:code>/data.json", progress.data_json, name="resident_data_json"),
    path("p/<str:code>/erase", progress.erase, name="resident_erase"),
    path("p/<str:code>/file/<file:file_id>", progress.file, name="resident_file"),
    path("o/<str:code>", party.party, name="resident_party"),
    path("o/<str:code>/do/<slug:verb>", party.do, name="resident_party_do"),
    path("o/<str:code>/data.json", party.data, name="resident_party_data"),
    path("o/<str:code>/file/<file:file_id>", party.file, name="resident_party_file"),
    path("o/<str:code>/paper/<str:paper_code>/<slug:form>", party.paper, name="resident_party_paper"),
    path("p/<str:code>/papers", genuine.own, name="resident_papers"),
    path("p/<str:code>/paper/<str:paper_code>/<slug:form>", genuine.own_file, name="resident_own_paper"),
    path("paper", genuine.find, name="paper_find"),
    path("paper/<str:code>", genuine.check, name="paper_check"),
    path("s/<str:token>", pages.paper_page, name="resident_paper"),
    path("c/<str:token>", call_back.call_back, name="resident_call_back"),
]
