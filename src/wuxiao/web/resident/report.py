"""Reporting a matter, one question at a page: words, place, photos, contact, check and send.

What was answered is kept with the visitor's session until it is sent, so that going back, changing the language or an
error loses nothing. Photos wait on disk under random names (`desk.drafts`).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Conflict, Invalid, Throttled
from wuxiao.desk.case import heard
from wuxiao.desk.files import drafts
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Guess, Report
from wuxiao.desk.town import addresses
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Matter
from wuxiao.rules import hide
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.words import Text
from wuxiao.typed import mail
from wuxiao.typed.numbers import whole_number
from wuxiao.typed.phones import Phone
from wuxiao.typed.plain import flat, line
from wuxiao.typed.trouble import Trouble
from wuxiao.web.resident import base
from wuxiao.web.shared import secrecy, tongues
from wuxiao.web.shared.caller import caller_of
from wuxiao.web.shared.dates import active_lang

WORDS_LIMIT = 4000
#: A longer stretch is a sentence and no word; it is not held up to the writer.
SAID_LIMIT = 12
#: Classes in which somebody is complained of: there the reporter is asked whom not to tell.
ABOUT_SOMEBODY = frozenset({"complaint", "report"})
#: As much as passports hold, and more: names of several parts are written out in full.
NAME_LIMIT = 120

Draft = dict[str, Any]


def _draft(request: HttpRequest) -> Draft:
    kept = request.session.get("draft")
    return dict(kept) if isinstance(kept, dict) else {}


def _save(request: HttpRequest, draft: Draft) -> None:
    request.session["draft"] = draft


def _onward(request: HttpRequest, name: str) -> HttpResponseRedirect:
    """Go to the next page, or back to the check page when the visitor came from there."""
    return HttpResponseRedirect(reverse("resident_new_check" if request.POST.get("then") == "check" else name))


def _then(request: HttpRequest) -> str:
    return "check" if "check" in (request.GET.get("then"), request.POST.get("then")) else ""


def _needs_words(request: HttpRequest, draft: Draft) -> HttpResponseRedirect | None:
    """Lead back to the first question where there are no words; what came along with the form is kept.

    Whoever comes back after sending is told that it was sent (no code: the next visitor may sit at the same device),
    and nobody is left with an empty page and no reason.
    """
    if draft.get("words"):
        return None
    if request.method == "POST" and (so_far := base.text_of(request, "so_far")):
        _save(request, {"words": so_far, "key": matters.new_key()})
        how = "1"
    else:
        how = "sent" if request.session.get("sent") else "all"
    return HttpResponseRedirect(f"{reverse('resident_new')}?lost={how}")


def _calm(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:24]


def _alarms(draft: Draft) -> list[str]:
    """Return what was typed, in whatever field, that says for certain that there is danger, and the words where nobody
    could look for it, since they are in a language that nothing here reads."""
    where = draft.get("place", {})
    names = [draft.get("name", ""), where.get("q", ""), where.get("zh", "") if where.get("address") is None else ""]
    words = str(draft.get("words", ""))
    found = [words] if words and drafts.danger_in(words).calls else []
    found += [text for text in map(str, names) if text and drafts.danger_named(text).certain]
    return list(dict.fromkeys(found))


#: The plain way on for whoever may not be able to read the page.
GO_ON = "go_on"


def _alarming(draft: Draft) -> bool:
    alarms = _alarms(draft)
    return bool(alarms) and draft.get("calm") != _calm("\n".join(alarms))


@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest) -> HttpResponse:
    """Step 1: what happened, in the resident's own words."""
    rules, draft = base.rules_now(), _draft(request)
    declared = tongues.says(request, ("danger", "report"), rules.book)
    says: tongues.Says = declared["says"]
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = base.text_of(request, "words")
        draft["words"] = typed
        if says.chosen is not None:
            # Her own answer and no guess: without the tick nobody is told which language she reads.
            draft["reads"] = says.chosen.code if request.POST.get("reads") == says.chosen.code else ""
        draft.setdefault("key", matters.new_key())
        _save(request, draft)
        if not typed:
            errors["words"] = says["write"]
        elif len(typed) > WORDS_LIMIT:
            errors["words"] = says("too_long", n=WORDS_LIMIT)
        elif _alarming(draft):
            then = "?then=check" if _then(request) else ""
            return HttpResponseRedirect(reverse("resident_new_danger") + then)
        else:
            return _onward(request, "resident_new_place")
    context = {
        "words": draft.get("words", ""),
        "limit": WORDS_LIMIT,
        "errors": errors,
        "then": _then(request),
        "hours": base.DRAFT_HOURS,
        "lost": request.GET.get("lost", ""),
        "danger": bool(errors) and heard.calls(draft.get("words")),
        "numbers": rules.book.town.emergency_numbers,
        "reads": says.chosen is not None and draft.get("reads", says.chosen.code) == says.chosen.code,
        **declared,
    }
    return base.page(request, "new_words.html", rules, context, status=400 if errors else 200)


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Throw the unfinished report away and begin again."""
    drafts.drop(_draft(request).get("photos", []))
    request.session.pop("draft", None)
    return HttpResponseRedirect(reverse("resident_new"))


@require_http_methods(["GET", "HEAD", "POST"])
def danger(request: HttpRequest) -> HttpResponse:
    """The words speak of danger: 110, 119 and 120 first, and only then "not an emergency, go on"."""
    rules, draft = base.rules_now(), _draft(request)
    if (back := _needs_words(request, draft)) is not None:
        return back
    found = heard.listen(_alarms(draft)) or drafts.danger_in(draft["words"])
    numbers = sorted(
        rules.book.town.emergency_numbers, key=lambda n: (n.number not in found.numbers, n.number == "122")
    )
    shown = [n for n in numbers if n.number in found.numbers or n.number in {"110", "119", "120"}]
    if request.method == "POST":
        called = request.POST.get("called", "")
        draft["calm"] = _calm("\n".join(_alarms(draft)))
        said = called if called in {n.number for n in shown} else matters.NO_DANGER
        # The first button of a page that may not have been read says nothing about danger.
        draft["said_of_danger"] = "" if called == GO_ON else said
        _save(request, draft)
        return _onward(request, "resident_new_place")
    context = {
        "numbers": shown,
        # Only the writer's own words are given as the reason, and only real ones of danger.
        "said": _quoted_words(found),
        "unread": heard.unread(draft["words"]) and not found.certain,
        "whom": _whom(draft["words"], rules),
        "so_far": draft["words"],
        "then": _then(request),
        **tongues.says(request, ("danger",), rules.book),
    }
    return base.page(request, "new_danger.html", rules, context)


@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest) -> HttpResponse:
    """Step 2: where, chosen among the town's standard addresses; no map, no position of the phone."""
    rules, draft = base.rules_now(), _draft(request)
    if (back := _needs_words(request, draft)) is not None:
        return back
    errors: dict[str, str] = {}
    query = (request.POST.get("q") or request.GET.get("q") or "").strip()[:80]
    if request.method == "POST":
        value = request.POST.get("place", "")
        found = addresses.chosen(value, rules.book) if value else None
        if found is not None:
            address_id, label, division = found
            draft["place"] = {
                "address": address_id,
                "zh": label.zh,
                "en": label.en,
                "division": division,
                "value": value,
                "q": query,
            }
            _save(request, draft)
            return _onward(request, "resident_new_photos")
        errors["place"] = _("请在下面选一个地址；都不对就点“不在里面，或不知道地址”")
    kept = draft.get("place", {})
    if not query and "q" not in request.GET:
        query = kept.get("q", "")
    results = addresses.search(query, rules.book) if query else []
    if query and not results and "place" not in errors:
        errors["q"] = _("没有找到这个地址：换一条路名或小区名试试，或者点“不在里面，或不知道地址”")
    elif "q" in request.GET and not query:
        errors["q"] = _("请写路名、小区名或村名，比如“吟荻路 12 号”")
    context = {
        "q": query,
        "options": [(f.value, base.say(f.label)) for f in results],
        "so_far": draft["words"],
        "value": kept.get("value") if not (results and results[0].exact) else results[0].value,
        "errors": errors,
        "then": _then(request),
    }
    return base.page(request, "new_place.html", rules, context, status=400 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def place_other(request: HttpRequest) -> HttpResponse:
    """Step 2, other way: the township or village, and the place in one's own words; both may be left open."""
    rules, draft = base.rules_now(), _draft(request)
    if (back := _needs_words(request, draft)) is not None:
        return back
    lang, book = active_lang(), rules.book
    errors: dict[str, str] = {}
    kept = draft.get("place", {})
    division, words_ = kept.get("division", ""), kept.get("words", "")
    if request.method == "POST":
        division, words_ = request.POST.get("division", ""), base.text_of(request, "words")
        if division and division not in book.divisions:
            errors["division"] = _("没有这个地方，请重新选择")
        if len(words_) > 160:
            errors["words"] = _("地点写得太长了，最多 160 字")
        if not errors:
            draft["place"] = {"address": None, "zh": words_, "en": words_, "division": division, "words": words_}
            _save(request, draft)
            return _onward(request, "resident_new_photos")
    context = {
        "divisions": _division_options(rules, lang),
        "so_far": draft["words"],
        "division": division,
        "words": words_,
        "errors": errors,
        "then": _then(request),
    }
    return base.page(request, "new_place_other.html", rules, context, status=400 if errors else 200)


def _division_options(rules: Rules, lang: str) -> list[tuple[str, str]]:
    options = [("", _("不知道，或不在本县"))]
    for division in rules.book.divisions.values():
        name = division.name.say(lang)
        if division.level == "community" and division.parent:
            name = f"{rules.book.divisions[division.parent].name.say(lang)} · {name}"
        elif division.level == "county":
            name = _("%(name)s（说不清哪个乡镇）") % {"name": name}
        options.append((division.code, name))
    return options


#: How many posts with photos one address may make in an hour; a village behind one address has room too.
PHOTO_POSTS = 120


@require_http_methods(["GET", "HEAD", "POST"])
def photos(request: HttpRequest) -> HttpResponse:
    """Step 3: photos, as many as the rule book allows; each is redrawn without its hidden data."""
    rules, draft = base.rules_now(), _draft(request)
    if (back := _needs_words(request, draft)) is not None:
        return back
    limits, errors = rules.book.uploads, list[tuple[str, str]]()
    tokens = [t for t in draft.get("photos", []) if drafts.load(t) is not None]
    if request.method == "POST":
        if removed := request.POST.get("remove"):
            drafts.drop([removed] if removed in tokens else [])
            tokens = [t for t in tokens if t != removed]
        if request.FILES:
            # Redrawing costs what a hundred pages cost: a visitor may ask for so many in an hour, and no more.
            throttle.knock("photos", caller_of(request), PHOTO_POSTS, throttle.HOUR, at=base.now())
        tokens, wrong = drafts.add_photos(tokens, chosen_files(request, limits.bytes), limits, at=base.now())
        errors = [("files", base.say(text)) for text in wrong]
        draft["photos"] = tokens
        _save(request, draft)
        if not errors and not removed:
            return _onward(request, "resident_new_contact")
    context = {
        "tokens": tokens,
        "limits": limits,
        "errors": errors,
        "so_far": draft["words"],
        "then": _then(request),
    }
    return base.page(request, "new_photos.html", rules, context, status=400 if errors else 200)


def chosen_files(request: HttpRequest, limit: int) -> list[tuple[str, bytes]]:
    """Return names and content of the files of the form's field `files`, each read to one byte over the limit."""
    return [(file.name or "photo", file.read(limit + 1)) for file in request.FILES.getlist("files")]


@require_safe
def photo(request: HttpRequest, token: str) -> HttpResponse:
    """Show a photo of one's own unsent report."""
    upload = drafts.load(token) if token in _draft(request).get("photos", []) else None
    if upload is None:
        raise Http404
    return file_answer(upload.data, upload.kind, upload.name)


def file_answer(data: bytes, kind: str, name: str) -> HttpResponse:
    """Return a file with headers under which it can do nothing: no scripts, no guessing, photos shown, others saved."""
    response = HttpResponse(data, content_type=kind)
    way = "inline" if kind.startswith("image/") else "attachment"
    plain = name.encode("ascii", "ignore").decode() or "file"
    response.headers["Content-Disposition"] = f"{way}; filename=\"{plain}\"; filename*=UTF-8''{_quoted(name)}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _whom(words: str, rules: Rules) -> str:
    """Return the offices the words speak of, which need not know: nothing where they only say where something is."""
    spoken = secrecy.begins_with(words, rules)
    return ("、" if active_lang() != "en" else ", ").join(
        base.say(hide.name_of(rules.book, one)) for one in spoken.about
    )


def _quoted_words(found: drafts.Danger) -> str:
    words_ = list(dict.fromkeys(span.text for span in found.spans if len(span.text) <= SAID_LIMIT))
    # Of "被困" and "老人被困在" the shorter says it.
    said = [word for word in words_ if not any(other != word and other in word for other in words_)][:3]
    return "、".join(f"“{word}”" for word in said) if active_lang() != "en" else ", ".join(f"“{w}”" for w in said)


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Step 4: how to reach the resident; everything may be left open. Complaints: whom not to tell."""
    rules, draft = base.rules_now(), _draft(request)
    if (back := _needs_words(request, draft)) is not None:
        return back
    errors: dict[str, str] = {}
    whom = _secrecy(draft, rules)
    if request.method == "POST":
        draft["name"] = line(base.text_of(request, "name", 200))
        draft["phone"], draft["email"] = base.text_of(request, "phone", 100), base.text_of(request, "email", 300)
        draft["by_sms"] = request.POST.get("by_sms") == "1"
        draft["visit"] = request.POST.get("visit") == "1"
        whom, errors = secrecy.read(request, rules, whom)
        draft["secrecy"] = {
            "of": _calm(draft["words"]),
            "hide": whom.hide,
            "typed": whom.typed,
            "units": list(whom.units),
            "body": whom.body,
            "more": list(whom.more),
        }
        if len(draft["name"]) > NAME_LIMIT:
            errors["name"] = _("称呼太长了，最多 %(n)s 字") % {"n": NAME_LIMIT}
        for field, read in (
            ("phone", matters.read_phone(draft["phone"], rules.book)),
            ("email", mail.read(draft["email"])),
        ):
            if isinstance(read, Trouble):
                errors[field] = base.say(Text(read.zh, read.en))
            else:
                # Shown as it will be kept; an address in letters of its own stays readable.
                draft[field] = "" if read is None else read.stored if isinstance(read, Phone) else mail.shown(read)
        _save(request, draft)
        if not errors:
            return HttpResponseRedirect(reverse("resident_new_check"))
    context = {
        "draft": draft,
        "so_far": draft["words"],
        "whom": secrecy.fields(whom, rules),
        "errors": errors,
        "then": _then(request),
    }
    return base.page(request, "new_contact.html", rules, context, status=400 if errors else 200)


def _category(draft: Draft, rules: Rules) -> tuple[str, str, str, tuple[str, ...]]:
    """Return kind, category, handling class and the words that spoke for them: as chosen, else as guessed."""
    book = rules.book
    if (chosen := book.categories.get(draft.get("category", ""))) is not None:
        return chosen.kind, chosen.code, chosen.handling_class, ()
    guess = _guess(draft["words"], rules)
    if draft.get("kind") in book.kinds:
        same = guess is not None and guess.kind == draft["kind"]
        return draft["kind"], "", book.categories[guess.code].handling_class if guess and same else "request", ()
    if guess is None:
        return "request", "", "request", ()
    return guess.kind, guess.code, book.categories[guess.code].handling_class, guess.words


def _guess(words: str, rules: Rules) -> Guess | None:
    """Return the category to show, if one is sure enough. Whoever writes about somebody with power means that, whatever
    it was they went there for: then only a guess that says so is shown."""
    guess = next(iter(matters.guesses(words, rules, 1)), None)
    if guess is None or not secrecy.begins_with(words, rules).expected:
        return guess
    against = guess.kind == "conduct_problem" or rules.book.categories[guess.code].handling_class in ABOUT_SOMEBODY
    return guess if against else None


def _secrecy(draft: Draft, rules: Rules) -> secrecy.Answer:
    """Return what was answered about secrecy, or what the question begins with while it was not.

    A "no" holds for the words it was said of: other words are asked about anew. A "yes" stays, and words that name
    somebody else are asked about anew too; what was asked for before is kept beside it.
    """
    # What the resident chose as the kind speaks too; what was guessed does not.
    chosen = draft.get("category") or draft.get("kind")
    kind, _category_code, handling_class, _words = _category(draft, rules) if chosen else ("", "", "", ())
    against = handling_class in ABOUT_SOMEBODY or kind == "conduct_problem"
    before = secrecy.begins_with(draft["words"], rules, chosen_against=bool(chosen) and against)
    kept = draft.get("secrecy")
    if not isinstance(kept, dict) or (not kept["hide"] and kept["of"] != _calm(draft["words"])):
        return before
    units = tuple(code for code in kept["units"] if code in rules.book.units)
    more = tuple(one for one in kept.get("more", ()) if hide.known(rules.book, one))
    answer = secrecy.Answer(kept["hide"], kept["typed"], units, kept["body"], before.expected, more)
    return answer if kept["of"] == _calm(draft["words"]) else secrecy.anew(answer, before) or answer


def _asked_anew(draft: Draft, rules: Rules) -> bool:
    """Tell whether a "yes" was given for other words, and these name somebody it does not cover."""
    kept = draft.get("secrecy")
    if not isinstance(kept, dict) or kept["of"] == _calm(draft["words"]):
        return False
    whom = _secrecy(draft, rules)
    return whom.hide and bool(set(whom.about) - {*kept["units"], kept["body"], *kept.get("more", ())})


@require_http_methods(["GET", "HEAD", "POST"])
def kind(request: HttpRequest) -> HttpResponse:
    """What kind of matter it is: the guesses with the words that spoke for them, and the five kinds."""
    rules, draft = base.rules_now(), _draft(request)
    if (back := _needs_words(request, draft)) is not None:
        return back
    book, lang, errors = rules.book, active_lang(), dict[str, str]()
    if request.method == "POST":
        value = request.POST.get("kind", "")
        if value.startswith("c:") and value[2:] in book.categories:
            draft["category"], draft["kind"] = value[2:], ""
        elif value.startswith("k:") and value[2:] in book.kinds:
            draft["category"], draft["kind"] = "", value[2:]
        else:
            errors["kind"] = _("请选一项；拿不准就选最接近的")
        if not errors:
            _save(request, draft)
            return HttpResponseRedirect(reverse("resident_new_check"))
    options = []
    for guess in matters.guesses(draft["words"], rules, 4) if _guess(draft["words"], rules) is not None else ():
        category = book.categories[guess.code]
        hint = _("因为您写了“%(words)s”") % {"words": "、".join(guess.words[:3])} if guess.words else ""
        label = f"{book.kinds[category.kind].name.say(lang)} · {base.say(category.name)}"
        options.append((f"c:{guess.code}", label, hint, category.kind))
    for k in book.kinds.values():
        label = _("其他%(kind)s") % {"kind": k.name.say(lang)} if options else k.name.say(lang)
        options.append((f"k:{k.code}", label, base.say(k.meaning), k.code))
    shown_kind, shown_category, _class, _words = _category(draft, rules)
    value = f"c:{shown_category}" if shown_category else f"k:{shown_kind}"
    context = {"options": options, "value": value, "errors": errors, "so_far": draft["words"]}
    return base.page(request, "new_kind.html", rules, context, status=400 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Step 5: everything as it will be sent, each answer changeable; then send, once."""
    rules, draft = base.rules_now(), _draft(request)
    errors: dict[str, str] = {}
    if request.method == "POST":
        key = request.POST.get("key", "")[:60]
        if (code := request.session.get("sent", {}).get(key)) is not None:
            return HttpResponseRedirect(reverse("resident_receipt", args=[code]))
        if not draft.get("words") and (words_ := base.text_of(request, "words")):
            # The session is over and with it what was answered; the words came along with the form.
            _save(request, {"words": words_, "key": matters.new_key()})
            return HttpResponseRedirect(reverse("resident_new") + "?lost=1")
    if (back := _needs_words(request, draft)) is not None:
        return back
    if _alarming(draft):
        # Typed as the place or the name: the way goes on from here.
        then = "" if drafts.danger_in(str(draft["words"])).calls else "?then=check"
        return HttpResponseRedirect(reverse("resident_new_danger") + then)
    if _asked_anew(draft, rules):
        return HttpResponseRedirect(reverse("resident_new_contact") + "?then=check#f-hide")
    draft.setdefault("key", matters.new_key())
    if request.session.get("draft") != draft:
        _save(request, draft)
    if request.method == "POST" and _other_than_seen(request, draft, rules):
        errors["__all__"] = _("您在别处改过内容，请再看一遍，然后提交")
    elif request.method == "POST":
        try:
            return _send(request, draft, rules)
        except Invalid as problem:
            errors = {_FIELD_OF.get(name, "__all__"): base.say(text) for name, text in problem.fields.items()}
        except Conflict:
            draft["key"] = matters.new_key()
            _save(request, draft)
            errors["__all__"] = _("您在别处改过内容，请再看一遍，然后提交")
        except Throttled:
            # No wall: whoever answers a small question goes on. Only a wrong answer is called one.
            asked = "sum" in request.POST and bool(draft.get("sum"))
            errors["sum"] = (
                _("答得不对，请再算一遍") if asked else _("请先回答下面的小问题，再点“提交”；您写的内容都在")
            )
            draft["sum"] = _sum()
            _save(request, draft)
    context = {
        "rows": _rows(draft, rules),
        "key": draft["key"],
        "words": draft["words"],
        "seen": _looked_over(draft, rules),
        "puzzle": _asked(draft["sum"]) if draft.get("sum") else "",
        "errors": errors,
        "tokens": draft.get("photos", []),
    }
    return base.page(request, "new_check.html", rules, context, status=400 if errors else 200)


def _looked_over(draft: Draft, rules: Rules) -> str:
    """Return a mark of everything that would be sent: words, place, photos, contact, secrecy, kind."""
    report = replace(_report(draft, rules), uploads=(), lang="")
    return hashlib.sha256(repr((report, draft.get("photos", []))).encode()).hexdigest()[:32]


def _other_than_seen(request: HttpRequest, draft: Draft, rules: Rules) -> bool:
    """Tell whether the draft is another by now than the one this page showed: a second tab changed it, say."""
    words_, seen = request.POST.get("words"), request.POST.get("seen")
    if words_ is not None and flat(words_).split() != flat(str(draft["words"])).split():
        return True
    return seen is not None and seen != _looked_over(draft, rules)


_FIELD_OF = {"words": "words", "address": "place", "files": "files"}


def _kind_words(draft: Draft, rules: Rules) -> str:
    """Return the kind as it was chosen; a guess with the words it was made by; nothing that nobody thought."""
    shown_kind, shown_category, _class, guessed_by = _category(draft, rules)
    book, chosen = rules.book, draft.get("category") or draft.get("kind")
    if not chosen and not shown_category:
        return _("还说不准，由工作人员看了再定；您也可以自己选")
    said = base.say(book.kinds[shown_kind].name)
    if shown_category:
        said += f" · {base.say(book.categories[shown_category].name)}"
    if chosen:
        return said
    why = _("系统按“%(words)s”猜的，不对可以改") % {"words": "、".join(guessed_by[:3])} if guessed_by else ""
    return f"{said}\n{why or _('系统猜的，不对可以改')}"


def _rows(draft: Draft, rules: Rules) -> list[tuple[str, ...]]:
    lang, book = active_lang(), rules.book
    where = draft.get("place", {})
    label = str(where.get("en" if lang == "en" else "zh", ""))
    division = book.divisions.get(where.get("division", ""))
    if where.get("address") is None and division is not None and not label.startswith(division.name.say(lang)):
        label = " ".join(part for part in (division.name.say(lang), label) if part)
    count = len(draft.get("photos", []))
    reach = [draft.get(name, "") for name in ("name", "phone", "email")]
    said = "\n".join(part for part in reach if part) or _("不留（匿名）")
    if draft.get("phone"):
        said += "\n" + (_("发短信告诉我") if draft.get("by_sms", True) else _("不发短信"))
    rows: list[tuple[str, ...]] = [
        (_("事情"), str(draft["words"]), reverse("resident_new") + "?then=check"),
        (_("地点"), label or _("不清楚"), reverse("resident_new_place") + "?then=check"),
        (
            _("照片"),
            ngettext("%(n)s 张", "%(n)s 张", count) % {"n": count} if count else _("没有"),
            reverse("resident_new_photos") + "?then=check",
            "photos",
        ),
        (_("怎么联系您"), said, reverse("resident_new_contact") + "?then=check"),
    ]
    whom = _secrecy(draft, rules)
    kept = secrecy.said(whom, book, where.get("division", ""))
    rows.append(
        (
            _("保密"),
            "\n".join([_("要保密"), *kept]) if whom.hide else _("不用保密"),
            reverse("resident_new_contact") + "?then=check#f-hide",
        )
    )
    if (reads := FOREIGN.get(draft.get("reads", ""))) is not None:
        rows.append((_("您读的语言"), reads.own, reverse("resident_new") + "?then=check#f-reads"))
    rows.append((_("哪一类"), _kind_words(draft, rules), reverse("resident_new_kind")))
    return rows


def _report(draft: Draft, rules: Rules) -> Report:
    kind_code, _category_code, _class, _words = _category(draft, rules)
    where = draft.get("place", {})
    whom = _secrecy(draft, rules)
    return Report(
        words=draft["words"],
        channel="web",
        lang=base.lang_code(),
        reads=draft.get("reads", ""),
        category=draft.get("category", ""),
        kind=kind_code,
        division=where.get("division", ""),
        address_id=where.get("address"),
        place=str(where.get("zh", "")) if where.get("address") is None else "",
        name=draft.get("name", ""),
        phone=draft.get("phone", ""),
        email=draft.get("email", ""),
        by_sms=bool(draft.get("by_sms", True)),
        visit_consent=bool(draft.get("visit", False)),
        about=whom.about,
        # A "no" that merely stood there leaves it to the class; one that was chosen holds.
        shielded=True if whom.hide else False if whom.expected else None,
        uploads=tuple(u for t in draft.get("photos", []) if (u := drafts.load(t)) is not None),
        said_of_danger=draft.get("said_of_danger", "") if draft.get("calm") == _calm("\n".join(_alarms(draft))) else "",
    )


#: The digits as they are asked for: in words, which a screen reader speaks and a mere form filler does not add.
_DIGITS = ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_DIGITS_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_UNCOUNTED = 2**31 - 1


def _sum() -> tuple[int, int]:
    return secrets.randbelow(8) + 2, secrets.randbelow(8) + 2


def _asked(numbers: Sequence[int]) -> str:
    names = _DIGITS_EN if active_lang() == "en" else _DIGITS
    return _("%(a)s加%(b)s等于几？") % {"a": names[numbers[0]], "b": names[numbers[1]]}


def _send(request: HttpRequest, draft: Draft, rules: Rules) -> HttpResponse:
    at = base.now()
    limit = rules.book.throttle.reports_per_hour
    hour_ago = at.timestamp() - throttle.HOUR
    sent_at = [moment for moment in request.session.get("sent_at", []) if moment > hour_ago]
    numbers = draft.get("sum") or (0, 0)
    told = sum(numbers) > 0 and whole_number(request.POST.get("sum", "").strip(), 0, 99) == sum(numbers)
    if len(sent_at) >= limit and not told:
        raise Throttled(throttle.HOUR)
    # A whole village may sit behind one address: it has room for several visitors before anybody is asked.
    room = _UNCOUNTED if told else throttle.SHARED * limit
    knock = throttle.Knock("report", caller_of(request), room, throttle.HOUR, at)

    def keep(matter: Matter) -> None:
        # Written with the matter: the draft is gone exactly when there is a code for it.
        request.session["sent"] = {draft["key"]: matter.code}
        request.session["sent_at"] = [*sent_at, at.timestamp()][-limit:]
        request.session.pop("draft", None)
        with suppress(UpdateError):
            request.session.save()
            request.session.modified = False

    report = _report(draft, rules)
    matter = matters.receive(report, by=RESIDENT, at=at, once=f"web:{draft['key']}", knock=knock, then=keep)
    drafts.drop(draft.get("photos", []))
    response = HttpResponseRedirect(reverse("resident_receipt", args=[matter.code]))
    base.remember_lookup(request, response, matter.code)
    return response
