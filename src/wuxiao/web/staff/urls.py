"""Addresses of staff pages."""

from __future__ import annotations

from django.urls import path

from wuxiao.web.staff import (
    bulk,
    calls,
    dashboard,
    faults,
    imports,
    intake,
    lists,
    matter,
    office,
    search,
    session,
    sheet,
)

app_name = "staff"
urlpatterns = [
    path("", session.home, name="home"),
    path("sign-in", session.sign_in, name="sign_in"),
    path("signout", session.sign_out, name="sign_out"),
    path("password", session.password, name="password"),
    path("q/<slug:name>", lists.queue, name="queue"),
    path("bulk/assign", bulk.assign, name="bulk_assign"),
    path("intake", intake.intake, name="take_call"),
    path("intake/suggest", intake.suggest, name="suggest"),
    path("intake/alike", intake.alike, name="alike"),
    path("intake/places", intake.places, name="places"),
    path("intake/caller", intake.caller, name="caller"),
    path("intake/receipt/<str:number>", intake.receipt, name="receipt"),
    path("search", search.page, name="search"),
    path("search/save", search.save, name="save_filter"),
    path("search/export", search.export, name="export"),
    path("dashboard", dashboard.page, name="dashboard"),
    path("faults", faults.page, name="faults"),
    path("call-backs", calls.queue, name="call_backs"),
    path("call-backs/<str:number>", calls.call_back, name="call_back"),
    path("call-backs/<str:number>/phone", calls.phone, name="call_back_phone"),
    path("call-backs/<str:number>/not-reached", calls.not_reached, name="call_back_not_reached"),
    path("imports", imports.home, name="imports"),
    path("imports/look/<int:job_id>", imports.look, name="import_look"),
    path("imports/<int:job_id>", imports.job, name="import_job"),
    path("imports/<int:job_id>/refused", imports.refused, name="import_refused"),
    path("people", office.people, name="people"),
    path("people/new", office.new_person, name="new_person"),
    path("people/<int:staff_id>", office.person, name="person"),
    path("outbox", office.outbox, name="outbox"),
    path("messages", office.templates, name="templates"),
    path("book", office.book, name="book"),
    path("keys", office.keys, name="keys"),
    path("audit", office.audit, name="audit"),
    path("m/<str:number>", matter.matter, name="matter"),
    path("m/<str:number>/contact", matter.contact, name="contact"),
    path("m/<str:number>/print", sheet.sheet, name="print"),
    path("m/<str:number>/file/<int:file_id>", matter.attachment, name="file"),
    path("m/<str:number>/<slug:verb>", matter.act, name="act"),
]
