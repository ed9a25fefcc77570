"""From a line of a table to a past matter of the desk, by a plan."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from zoneinfo import ZoneInfo

from wuxiao.desk.case.needs import RATINGS
from wuxiao.desk.files.tables import Line, plain
from wuxiao.desk.matters import matters, mend, secrecy
from wuxiao.desk.matters.intake import NAMES, OUTCOMES, Bad, Past, Row
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.feeds.sheets.moments import NoMoment, read_moment
from wuxiao.feeds.sheets.plan import Plan
from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text
from wuxiao.typed import crs, ids
from wuxiao.typed.numbers import spoilt

#: What a source may call an outcome; `open` means that the matter has not ended.
_OUTCOMES: Mapping[str, str] = {
    plain(word): code
    for code, words in {
        "answered": (
            "answered",
            "closed",
            "completed",
            "resolved",
            "办结",
            "已办结",
            "已答复",
            "已完成",
            "完成",
            "结案",
        ),
        "declined": ("declined", "rejected", "referred out", "transferred", "不予受理", "不受理", "退回"),
        "withdrawn": ("withdrawn", "cancelled", "canceled", "撤回", "已撤回", "撤销", "取消"),
        "merged": ("merged", "duplicate", "并案", "重复", "合并"),
        "open": (
            "open",
            "new",
            "pending",
            "in progress",
            "acknowledged",
            "办理中",
            "处理中",
            "待受理",
            "待办",
            "未办结",
        ),
    }.items()
    for word in words
}
_CHANNELS: Mapping[str, str] = {
    plain(word): code
    for code, words in {
        "phone": ("phone", "call", "电话", "来电", "热线", "12345来电"),
        "call_110": ("call_110", "110", "110来电"),
        "web": ("web", "网站", "网页", "网络", "微信", "小程序", "app", "mobileapp"),
        "desk": ("desk", "walkin", "窗口", "现场"),
        "visit": ("visit", "走访"),
        "mail": ("mail", "letter", "email", "来信", "信件", "邮件", "邮箱"),
        "open311": ("open311",),
        "api": ("api", "接口"),
    }.items()
    for word in words
}
_YES, _NO = {"1", "yes", "y", "true", "是", "已解决", "解决"}, {"0", "no", "n", "false", "否", "未解决"}
_SECRET = {plain(word) for word in ("1", "yes", "y", "true", "是", "保密", "要", "要求保密", "匿名")}
_OPEN = {plain(word) for word in ("0", "no", "n", "false", "否", "不保密", "不用", "公开", "无", "-")}
#: What stands between several whom a row is kept from.
_PARTS = re.compile(r"[、，,;；\n]+")
_RATINGS: Mapping[str, int] = {
    **{plain(name.zh): level for level, name in RATINGS.items()},
    **{plain(name.en): level for level, name in RATINGS.items()},
    **{str(level): level for level in range(1, 6)},
}


class _Wrong(Exception):
    def __init__(self, name: str, text: Text) -> None:
        self.name, self.text = name, text


class Reader:
    """Turns the lines of one table into rows for the desk; remembers what labels mean."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.zone = ZoneInfo(plan.zone)
        self._codes: dict[tuple[int, str], str | None] = {}

    def read(self, line: Line) -> Row:
        """Return the past matter of a line, or what is wrong with it in a sentence."""
        try:
            if line.trouble is not None:
                return Bad(line.line, "", line.trouble, line.cells)
            return self._past(line)
        except _Wrong as wrong:
            name = NAMES[wrong.name]
            text = Text(f"{name.zh}:{wrong.text.zh}", f"{name.en}: {wrong.text.en}")
            return Bad(line.line, "", text, line.cells)

    def label(self, line: Line) -> str:
        """Return the source's own word for the category of a line."""
        return self._get(line, "category")

    def _get(self, line: Line, name: str, joint: str = " ") -> str:
        headings = self.plan.columns.get(name, ())
        return joint.join(t for h in headings if (t := line.cells.get(h, "").strip()))

    def _moment(self, line: Line, name: str, *, day_ends: bool = False) -> datetime | None:
        text = self._get(line, name)
        if not text:
            return None
        try:
            return read_moment(text, self.zone, self.plan.order, day_ends=day_ends)
        except NoMoment as wrong:
            raise _Wrong(name, wrong.text) from None

    def _past(self, line: Line) -> Past:
        plan = self.plan
        for name in ("external_id", "phone"):
            if any(h in line.rounded for h in plan.columns.get(name, ())):
                raise _Wrong(name, Text(
                    "超过15位的数字已被表格软件改掉末尾：请把这一列设成“文本”再填",
                    "a number over 15 digits has lost its end in the spreadsheet: format the column as text",
                ))  # fmt: skip
            if spoilt(value := self._get(line, name)):
                raise _Wrong(name, Text(
                    f"“{value[:30]}”是表格软件改写过的数字：请把这一列设成“文本”再填",
                    f"“{value[:30]}” is a number that a spreadsheet has rewritten: format the column as text",
                ))  # fmt: skip
        received = self._moment(line, "received_at")
        if received is None:
            raise _Wrong("received_at", Text("没有填", "is empty"))
        rules = books.current(received)
        title, label = self._get(line, "title"), self.label(line)
        words = self._get(line, "words", "\n")
        whole = words if not title or title in words else f"{title}\n{words}".strip()
        whole = whole or label
        category = self._category(label, whole, rules)
        closed, answered, outcome = self._ended(line)
        lat, lon = self._spot(line)
        division, place = self._division(line, rules.book)
        unit = _unit(self._get(line, "unit"), rules.book) if closed or answered else ""
        promised = self._moment(line, "promised_at", day_ends=plan.day_ends) if plan.promise != "own" else None
        about, shielded = self._kept_from(line, rules.book)
        key = ids.number(self._get(line, "external_id"))
        extra = {"label": label[:60]} if label and not category else {}
        if promised is not None and promised < received:
            # Seen in one of ten rows of real sets: a planned day carried over. No promise to the requester was that.
            extra["given_due"] = promised.isoformat()
            promised = None
        if promised is None and plan.promise == "given_only":
            raise _Wrong("promised_at", Text("没有期限，或期限早于登记时间", "no date, or one before the receipt"))
        report = Report(
            words=whole,
            channel=self._channel(self._get(line, "channel")),
            category=category,
            handling_class=self._class(self._get(line, "handling_class"), rules.book),
            division=division,
            place=place,
            lat=lat,
            lon=lon,
            name=self._get(line, "name"),
            phone=self._get(line, "phone"),
            external_id=key,
            unit=unit,
            about=about,
            shielded=shielded,
            extra=extra,
        )
        return Past(
            line=line.line,
            key=key or _content_key(line),
            report=report,
            received_at=received,
            title=matters.title_of(title) if title else "",
            promised_at=promised,
            answered_at=answered,
            answer=self._get(line, "answer", "\n"),
            closed_at=closed,
            outcome=outcome,
            rating=self._rating(line),
            solved=self._solved(line),
            cells=line.cells,
        )

    def _ended(self, line: Line) -> tuple[datetime | None, datetime | None, str]:
        said = self._get(line, "outcome")
        outcome = _meaning(said, self.plan.outcomes) if said else ""
        outcome = outcome if outcome is not None else _OUTCOMES.get(plain(said), "")
        if outcome and outcome not in {*OUTCOMES, "open"}:
            raise _Wrong("outcome", Text(f"没有这种结果:{outcome}", f"no such outcome: {outcome}"))
        if outcome == "open":
            return None, None, ""
        closed, answered = self._moment(line, "closed_at"), self._moment(line, "answered_at")
        if outcome and closed is None and answered is None:
            raise _Wrong(
                "closed_at", Text(f"结果是“{said}”,却没有办结时间", f"it is “{said}” but has no time of closing")
            )
        return closed, answered, outcome

    def _spot(self, line: Line) -> tuple[float | None, float | None]:
        texts = self._get(line, "lat"), self._get(line, "lon")
        if not all(texts):
            return None, None
        found = []
        for name, text in (("lat", texts[0]), ("lon", texts[1])):
            try:
                found.append(float(text))
            except ValueError:
                raise _Wrong(name, Text(f"“{text[:30]}”不是数字", f"“{text[:30]}” is no number")) from None
        if crs.swapped((found[0], found[1])):
            turned = f"{found[1]},{found[0]}"
            raise _Wrong(
                "lat",
                Text(f"看起来经纬度写反了,应是纬度、经度:{turned}", f"latitude and longitude look swapped: {turned}"),
            )
        for name, value, most in (("lat", found[0], 90), ("lon", found[1], 180)):
            if not -most <= value <= most:
                raise _Wrong(name, Text(f"{value}不在±{most}之内", f"{value} is not within ±{most}"))
        # A placeholder says "somewhere in this city": worse on a map than nothing.
        if found in self.plan.placeholders:
            return None, None
        return crs.to_wgs84((found[0], found[1]), crs.named(self.plan.crs) or crs.Crs.WGS84)

    def _division(self, line: Line, book: Book) -> tuple[str, str]:
        said, place = self._get(line, "division"), self._get(line, "place")
        code = _division_code(said, book) if said else self.plan.division
        if said and not code:
            place = place if said in place else f"{said} {place}".strip()
            code = self.plan.division
        return code, place

    def _category(self, label: str, words: str, rules: Rules) -> str:
        if not label:
            return ""
        where = (rules.id, label)
        if where not in self._codes:
            self._codes[where] = category_code(label, self.plan.categories, rules.book)
        code = self._codes[where] or ""
        if "|" not in code:
            return code
        branches = [c for c in code.split("|") if c in rules.book.categories]
        for guess in matters.guesses(words, rules, 5):
            chain = rules.book.categories[guess.code].chain
            if found := next((b for b in branches if b in chain), None):
                return found
        return branches[0] if branches else ""

    def _class(self, said: str, book: Book) -> str:
        if not said:
            return self.plan.handling_class
        found = {plain(t): c.code for c in book.classes.values() for t in (c.code, c.name.zh, c.name.en)}
        if plain(said) not in found:
            raise _Wrong("handling_class", Text(f"没有这种类别:{said[:30]}", f"no such class: {said[:30]}"))
        return found[plain(said)]

    def _channel(self, said: str) -> str:
        found = _meaning(said, self.plan.channels) if said else None
        return found or _CHANNELS.get(plain(said), "") or self.plan.channel

    def _rating(self, line: Line) -> int | None:
        said = self._get(line, "rating")
        if not said:
            return None
        if plain(said) not in _RATINGS:
            raise _Wrong("rating", Text(f"看不懂的评价:{said[:30]}", f"no such rating: {said[:30]}"))
        return _RATINGS[plain(said)]

    def _kept_from(self, line: Line, book: Book) -> tuple[tuple[str, ...], bool | None]:
        """Return from whom it is kept and whether it is at all, as the file says; nothing where it does not say."""
        said = self._get(line, "kept_from", "、")
        if not said:
            return (), None
        if plain(said) in _SECRET or plain(said) in _OPEN:
            return (), plain(said) in _SECRET
        found = [one for part in _PARTS.split(said) if part.strip() for one in self._whom(part.strip(), book)]
        return tuple(dict.fromkeys(found)), True

    def _whom(self, said: str, book: Book) -> tuple[str, ...]:
        bodies = {plain(t): one.code for one in book.hide.bodies.values() for t in (one.code, one.name.zh, one.name.en)}
        if plain(said) in bodies:
            return (bodies[plain(said)],)
        found = secrecy.find_units(said, book)
        if found.wrong is None:
            return found.units
        if body := secrecy.begins_with(said, book).body:
            return (body,)
        kinds = [one.name for one in book.hide.bodies.values()]
        raise _Wrong("kept_from", Text(
            f"“{said[:40]}”对不上一个单位：请写“是”“否”、单位全名，或者{'、'.join(k.zh for k in kinds)}",
            f"“{said[:40]}” is not one office: write yes, no, its whole name, or {', '.join(k.en for k in kinds)}",
        ))  # fmt: skip

    def _solved(self, line: Line) -> bool | None:
        said = plain(self._get(line, "solved"))
        return True if said in _YES else False if said in _NO else None


def _content_key(line: Line) -> str:
    text = "\x1f".join(f"{h}\x1e{t}" for h, t in sorted(line.cells.items()) if h not in (mend.LINE, mend.REASON))
    return "sha:" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _meaning(said: str, table: Mapping[str, str]) -> str | None:
    """Look a word up in a person's table: exactly first, then by the pattern that says most.

    Not by the first pattern: a table comes back from the database in any order.
    """
    low = said.casefold().strip()
    lowered = {word.casefold(): code for word, code in table.items()}
    if low in lowered:
        return lowered[low]
    fits = [word for word in lowered if "*" in word and fnmatchcase(low, word)]
    return lowered[max(fits, key=lambda word: (len(word.replace("*", "")), word))] if fits else None


def category_code(label: str, table: Mapping[str, str], book: Book) -> str | None:
    """Return the category code (or codes with `|`) of a source's label: by the table, by code, or by a name here.

    `None` where nothing fits or a name is borne by several categories: the desk then decides, with a suggestion.
    """
    meant = _meaning(label, table)
    if meant is not None:
        return meant or None
    if label in book.categories:
        return label
    return _names(book).get(plain(label))


@lru_cache(maxsize=8)
def _names(book: Book) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for category in book.categories.values():
        for name in (category.name.zh, category.name.en):
            key = plain(name)
            found[key] = None if key in found and found[key] != category.code else category.code
    return found


@lru_cache(maxsize=8)
def _division_names(book: Book) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for division in book.divisions.values():
        for name in (division.name.zh, division.name.en):
            found[plain(name)] = None if plain(name) in found else division.code
    return found


def _division_code(said: str, book: Book) -> str:
    return said if said in book.divisions else _division_names(book).get(plain(said)) or ""


def _unit(said: str, book: Book) -> str:
    if said in book.units or not said:
        return said
    return next((u.code for u in book.units.values() if plain(said) in {plain(u.name.zh), plain(u.name.en)}), "")
