"""The forms of the act bar, drawn from the needs of each step: nothing is asked that the step table does not name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from markupsafe import Markup

from wuxiao.desk.assist import suggest
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.case import wishes
from wuxiao.desk.case.needs import CALL_WAYS, CALLER_CHECKS, DIVERT_WAYS, LABELS, RATINGS
from wuxiao.desk.files import files
from wuxiao.desk.look import matter as look
from wuxiao.desk.matters import secrecy
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Matter
from wuxiao.rules import hide
from wuxiao.rules.book_model import type_names
from wuxiao.rules.flow import DESK_TYPES, Need, Step, Who, for_caller_only
from wuxiao.rules.words import Text
from wuxiao.web.shared import fields
from wuxiao.web.shared.dates import Lang
from wuxiao.web.shared.punctuation import full_width

#: Needs that several form fields of one name answer.
MANY = frozenset({Need.CO_UNITS, Need.TICKED, Need.WHOM})
Choice = tuple[str, str, str]


@dataclass(slots=True)
class Field:
    """One field of a form, finished for the macro that draws it; `kind` names the drawing."""

    name: str
    id: str
    kind: str
    label: str
    required: bool = True
    hint: str = ""
    value: Any = ""
    options: Sequence[Choice] = ()
    extra: Markup | str = ""
    error: str = ""
    rows: int = 3
    notes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@lru_cache(maxsize=8)
def unit_options(book_id: int, lang: Lang) -> Markup:
    """Return every unit as grouped `<option>`s, drawn once per rule book and language."""
    book = books.of_version(book_id).book
    out = Markup("")
    for code, name in type_names.items():
        units = [u for u in book.units.values() if u.type == code]
        if units:
            out += Markup('<optgroup label="{}">').format(name.say(lang))
            for unit in units:
                out += Markup('<option value="{}">{}</option>').format(unit.code, unit.name.say(lang))
            out += Markup("</optgroup>")
    return out


@lru_cache(maxsize=8)
def category_options(book_id: int, lang: Lang) -> Markup:
    """Return the category tree as grouped `<option>`s: branches as groups, leaves with their branch for the search."""
    book = books.of_version(book_id).book
    out, group = Markup(""), ""
    for leaf in book.leaves():
        parent = book.categories[leaf.parent] if leaf.parent else leaf
        if parent.code != group:
            out += Markup("</optgroup>") if group else Markup("")
            top = book.categories[parent.parent].name.say(lang) + " / " if parent.parent else ""
            out += Markup('<optgroup label="{}{}">').format(top, parent.name.say(lang))
            group = parent.code
        out += Markup('<option value="{}" data-words="{}">{}</option>').format(
            leaf.code, " ".join(leaf.keywords), leaf.name.say(lang)
        )
    return out + (Markup("</optgroup>") if group else Markup(""))


def category_path(rules: Rules, code: str, lang: Lang) -> str:
    """Return a category with its branch, such as 环境保护 / 噪声 / 施工噪声; an unknown code as it is."""
    found = rules.book.categories.get(code)
    if found is None:
        return code
    chain = [rules.book.categories[c].name.say(lang) for c in reversed(found.chain) if c in rules.book.categories]
    return " / ".join(chain)


def division_choices(rules: Rules, lang: Lang) -> list[Choice]:
    """Return the divisions for a picker, indented by level."""
    return [(code, name, "") for code, name in fields.divisions(rules.book, lang)]


def why_shown(answer: suggest.Answer, one: suggest.Ranked, lang: str) -> str:
    """Return why a code was suggested: the words that spoke, and how sure a trained model is."""
    words = ("、" if lang != "en" else ", ").join(one.words)
    said = _("依据：%(words)s") % {"words": words} if words else ""
    if answer.source.startswith("model"):
        sure = _("把握 %(share)s") % {"share": f"{one.score:.0%}"}
        return f"{said} · {sure}" if said else sure
    return said


class Former:
    """Draws the fields of every step for one matter; heavy things are looked up once."""

    def __init__(self, matter: Matter, rules: Rules, lang: Lang, words: str, by: frozenset[Who] = frozenset()) -> None:
        self.matter = matter
        self.rules = rules
        self.lang = lang
        self.words = words
        self.by = by
        self._people: dict[str, list[tuple[int, str]]] = {}

    def fields(
        self, step: Step, given: Mapping[str, Any] | None = None, errors: Mapping[str, Text] | None = None
    ) -> list[Field]:
        """Return the fields of a step, with what was given before and what was wrong with it."""
        made = []
        for need in (*step.needs, *step.may):
            one = self._field(step, need)
            if step.verb == "bypass" and need is Need.WORDS and not self._told_of_danger(one):
                continue
            one.required = need in step.needs or one.kind == "ticks"
            if need is Need.FOR_CALLER and for_caller_only(step, self.by):
                one.required = True
            if given is not None and need is not Need.FILES:
                one.value = given.get(need.value, [] if need in MANY else "")
            if errors and need.value in errors:
                one.error = errors[need.value].say(self.lang)
            made.append(one)
        return made

    def _field(self, step: Step, need: Need) -> Field:
        label = LABELS[need].say(self.lang)
        made = Field(need.value, f"f-{step.verb}-{need.value}", "text", label[:1].upper() + label[1:])
        if step.verb == "read_out" and need is Need.WORDS:
            made.label = _("用中文写下大意")
        draw = getattr(self, f"_{need.value}", None)
        if draw is not None:
            draw(step, made)
        return made

    def _told_of_danger(self, made: Field) -> bool:
        """Draw the words for 110 where the matter is kept from it; tells whether there is anything to ask."""
        book = self.rules.book
        told = book.units.get(hide.told_of_danger(book, self.matter.hidden))
        if told is None:
            return False
        made.kind = "area"
        made.label = _("告诉%(unit)s的话") % {"unit": told.name.say(self.lang)}
        made.hint = _(
            "这件事对它保密，它只会看到这一句和地点，不知道是谁、反映谁。请写正在发生什么，比如“有人砸门，屋里有老人”。"
            "留空就不告诉它：请让诉求人自己打 110。"
        )
        return True

    # -- one drawing per need ------------------------------------------------------------------------------------

    def _unit(self, step: Step, made: Field) -> None:
        made.kind = "unit"
        made.extra = unit_options(self.rules.id, self.lang)
        book, why = self.rules.book, self.matter.route_why
        lead = why.get("lead", "")
        if step.verb == "divert":
            centre = next(u for u in book.units.values() if u.type == "centre")
            made.value = centre.code
            made.options = [(centre.code, centre.name.say(self.lang), "")]
            made.hint = _("转交 12345；也可以直接转给有职权的单位。")
        elif (
            step.verb in {"assign", "decide", "reassign"}
            and lead in book.units
            and not hide.barred(book, self.matter.hidden, lead)
        ):
            made.options = [(lead, _("建议：%(unit)s") % {"unit": book.units[lead].name.say(self.lang)}, "")]
            if step.verb != "reassign":
                made.value = lead
            made.hint = full_width(why.get("en" if self.lang == "en" else "zh", ""))

    def _body(self, step: Step, made: Field) -> None:
        made.kind = "select"
        bodies = self.rules.book.hide.bodies.values()
        made.options = [("", _("没有"), ""), *((one.code, one.name.say(self.lang), "") for one in bodies)]

    def _whom(self, step: Step, made: Field) -> None:
        """Draw whom the house alone wanted it kept from: what she asked for herself is hers to take back."""
        house = [one.about for one in wishes.of(self.matter) if one.by in wishes.OF_THE_HOUSE]
        made.kind = "ticks" if any(house) else "none"
        made.value = []
        made.options = [(one, hide.name_of(self.rules.book, one).say(self.lang), "") for one in house if one]
        made.hint = _("先问过诉求人本人。她自己要求的不在这里，由她在进度页改。")

    def _open_name(self, step: Step, made: Field) -> None:
        made.kind = "check" if self.matter.shielded else "none"

    def _co_units(self, step: Step, made: Field) -> None:
        book = self.rules.book
        proposed = [u for u in self.matter.route_why.get("co_units", []) if u in book.units]
        made.kind = "co_units"
        made.options = [(u, book.units[u].name.say(self.lang), "") for u in proposed]
        made.value = []
        made.extra = unit_options(self.rules.id, self.lang)

    def _category(self, step: Step, made: Field) -> None:
        made.kind = "category"
        said = suggest.category(self.words, self.rules)
        options: list[Choice] = [
            (r.code, category_path(self.rules, r.code, self.lang), why_shown(said, r, self.lang)) for r in said.ranked
        ]
        if self.words and not said.known:
            made.hint = _("没有把握，请您判断分类。")
        now = self.matter.category
        if now and now not in {o[0] for o in options}:
            options.insert(0, (now, category_path(self.rules, now, self.lang), _("现在的分类")))
        made.options = options
        made.value = now or said.best
        made.extra = category_options(self.rules.id, self.lang)

    def _handling_class(self, step: Step, made: Field) -> None:
        made.kind = "select"
        made.options = [
            (c.code, c.name.say(self.lang), c.meaning.say(self.lang)) for c in self.rules.book.classes.values()
        ]
        made.value = self.matter.handling_class
        if step.verb == "classify" and self.words:
            chosen = self.matter.category or suggest.category(self.words, self.rules).best
            said = suggest.handling_class(self.words, self.rules, chosen)
            if said.best:
                name = self.rules.book.classes[said.best].name.say(self.lang)
                why = why_shown(said, said.ranked[0], self.lang)
                made.hint = _("建议：%(name)s") % {"name": name} + (f" · {why}" if why else "")

    def _division(self, step: Step, made: Field) -> None:
        made.kind = "select"
        made.options = [("", _("未定"), ""), *division_choices(self.rules, self.lang)]
        made.value = self.matter.division

    def _items(self, step: Step, made: Field) -> None:
        made.value = "\n".join(item["text"] for item in self.matter.items)
        made.hint = _("把诉求人要的一条一条写下来，答复时要逐条回应。")

    def _petition(self, step: Step, made: Field) -> None:
        category = self.rules.book.categories.get(self.matter.category)
        made.kind = "check"
        made.value = "1" if self.matter.petition or (category and category.petition) else ""
        made.hint = _("按《信访工作条例》的日历日时限办理。")

    def _parts(self, step: Step, made: Field) -> None:
        made.rows = 5
        made.hint = _("每行一件，最多 %(n)s 件；原事项保留。") % {"n": self.rules.book.merging.parts}

    def _ticked(self, step: Step, made: Field) -> None:
        made.kind = "ticks" if self.matter.items else "none"
        made.value = []
        made.options = [(str(n), item["text"], "") for n, item in enumerate(self.matter.items)]
        made.hint = _("逐条回应后打勾；有一条没有回应就不能答复。")

    def _way(self, step: Step, made: Field) -> None:
        ways = CALL_WAYS if step.verb == "call_back" else DIVERT_WAYS
        made.kind = "choice"
        made.options = [(code, name.say(self.lang), "") for code, name in ways.items()]
        made.value = "phone" if step.verb == "call_back" else "push"

    def _yes_no(self, made: Field) -> None:
        made.kind = "choice"
        made.options = [("yes", _("是"), ""), ("no", _("否"), "")]

    def _caller_agrees(self, step: Step, made: Field) -> None:
        self._yes_no(made)
        if step.verb == "unshield":
            made.label = _("诉求人同意也告诉另一个平台（110 或 12345）")
            made.kind = "choice" if secrecy.copies(self.matter) else "none"

    def _solved(self, step: Step, made: Field) -> None:
        self._yes_no(made)

    def _in_danger(self, step: Step, made: Field) -> None:
        self._yes_no(made)

    def _contacted(self, step: Step, made: Field) -> None:
        self._yes_no(made)

    def _rating(self, step: Step, made: Field) -> None:
        made.kind = "choice"
        made.options = [(str(n), name.say(self.lang), "") for n, name in RATINGS.items()]

    def _term_days(self, step: Step, made: Field) -> None:
        made.kind = "number"
        made.value = "3"
        book = self.rules.book
        if step.verb == "extend" and self.matter.handling_class in book.extension.terms:
            cap = book.petition.extension if self.matter.petition else book.extension.term(self.matter.handling_class)
            if book.petition.extension is cap:
                made.label = _("天数（自然日）")
            made.hint = _("最多 %(term)s，批准后会告诉诉求人新期限和理由。") % {"term": cap.words.say(self.lang)}

    def _staff(self, step: Step, made: Field) -> None:
        made.kind = "select"
        unit = self.matter.offered_to if step.verb == "accept" else self.matter.holder
        if unit not in self._people:
            kind = self.rules.book.units[unit].type if unit in self.rules.book.units else ""
            self._people[unit] = [] if kind in DESK_TYPES else look.people_of(unit, self.lang)
        made.options = [("", _("以后再定"), ""), *((str(pk), name, "") for pk, name in self._people[unit])]
        made.value = str(self.matter.handler_id or "")
        if not self._people[unit]:
            made.kind = "none"

    def _matter(self, step: Step, made: Field) -> None:
        made.kind = "line"
        made.hint = _("填主件编号；两位诉求人都会继续收到进展。")

    def _evidence(self, step: Step, made: Field) -> None:
        made.kind = "select"
        need_file = _("要附文件")
        made.options = [
            ("", _("请选择"), ""),
            *(
                (e.code, e.name.say(self.lang) + (f"（{need_file}）" if e.file else ""), "")
                for e in self.rules.book.evidence_kinds.values()
            ),
        ]

    def _decline_reason(self, step: Step, made: Field) -> None:
        made.kind = "reasons"
        reasons = self.rules.book.decline_reasons.values()
        made.options = [
            ("", _("请选择"), ""),
            *((r.code, f"{r.name.say(self.lang)}（{r.law.say(self.lang)}）", "") for r in reasons),
        ]
        made.notes = {r.code: (r.law.say(self.lang), r.channel.say(self.lang)) for r in reasons}

    def _channel(self, step: Step, made: Field) -> None:
        made.kind = "line"
        made.hint = _("选了理由会自动带出，可以改。")

    def _for_caller(self, step: Step, made: Field) -> None:
        made.kind = "select"
        must = for_caller_only(step, self.by)
        first = _("请选择") if must else _("不是，是我们自己要做的")
        made.options = [("", first, ""), *((code, text.say(self.lang), "") for code, text in CALLER_CHECKS.items())]
        made.hint = _("会记进办理记录，诉求人的页面上写明是电话办理的。")

    def _keep(self, step: Step, made: Field) -> None:
        made.kind = "check"
        made.hint = _("不勾选，就直接交回原来办理的单位，不用逐级审核。")

    def _seen(self, step: Step, made: Field) -> None:
        made.kind = "check"

    def _reply(self, step: Step, made: Field) -> None:
        made.rows = 5
        made.hint = {
            "answer": _("说人话：做了什么、什么时候、还有什么没做到。诉求人看到的就是这些字。"),
            "ask": _("只问办这件事必须知道的；期间时限暂停。"),
            "decline": _("讲清为什么不能办、该找谁。"),
        }.get(step.verb, _("诉求人会看到。"))

    def _reason(self, step: Step, made: Field) -> None:
        made.hint = "" if not step.seen else _("这段话会给诉求人看。")

    def _words(self, step: Step, made: Field) -> None:
        made.hint = {
            "note": _("只给工作人员看，除非勾选“诉求人可见”。"),
            "call_back": _("诉求人的原话。"),
            "read_out": _("谁读的也写上，比如“派出所翻译读的：丈夫在打她”。"),
        }.get(step.verb, "")

    def _files(self, step: Step, made: Field) -> None:
        made.kind = "files"
        made.hint = _("照片或 PDF，最多 %(n)s 个。") % {"n": self.rules.book.uploads.files}


def given_of(request: HttpRequest, step: Step) -> dict[str, Any]:
    """Return what a form gave for a step, by need; lists for needs that may hold several."""
    given: dict[str, Any] = {}
    for need in (*step.needs, *step.may):
        if need is Need.FILES:
            continue
        if need in MANY:
            given[need.value] = [v for v in request.POST.getlist(need.value) if v]
        elif need.value in request.POST:
            given[need.value] = request.POST[need.value]
        elif need in {Need.SEEN, Need.PETITION, Need.KEEP, Need.OPEN_NAME}:
            given[need.value] = "no"
    if given.get("category") in {"", "other"} and "category_other" in request.POST:
        given["category"] = request.POST["category_other"]
    return given


def uploads_of(request: HttpRequest, rules: Rules) -> tuple[files.Upload, ...]:
    """Return the uploaded files, checked and redrawn; raises `Invalid` for the field `files`."""
    limits = rules.book.uploads
    got = request.FILES.getlist("files")
    if len(got) > limits.files:
        raise Invalid({"files": Text(f"一次最多{limits.files}个文件", f"at most {limits.files} files at a time")})
    # One byte over the limit is enough to refuse a file; the rest need not be read.
    return tuple(files.check(one.name or "file", one.read(limits.bytes + 1), limits) for one in got)
