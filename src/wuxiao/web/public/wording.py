"""The report's sentences, made from its numbers, and its numbers made ready for tables."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup, escape

from wuxiao.rules.measures import Difference, Share
from wuxiao.rules.measures.published import Count, Report
from wuxiao.rules.words import Text
from wuxiao.web.public.base import month_name, say
from wuxiao.web.shared import dates
from wuxiao.web.shared.dates import number, percent


def head(text: Text) -> str:
    """Return a name as it stands alone: in English with a capital."""
    said = say(text)
    return said[:1].upper() + said[1:]


def count_word(count: Count, below: int) -> str:
    """Return a count for print: the number, `<5` for a small one, ※ for one held back to protect it."""
    if count.value is not None:
        return number(count.value)
    return f"<{below}" if count.mark == "small" else "※"


def interval(share: Share) -> str:
    """Return the interval of a printed share as `84.1–90.2%`."""
    return f"{percent(share.low).rstrip('%')}–{percent(share.high)}"


def n_word(n: int) -> str:
    """Return `n = 412` that does not break in the middle."""
    return f"n\u00a0=\u00a0{number(n)}"


def share_cell(share: Share | None) -> Markup | str:
    """Return a share for a cell of a table: the share, and small beneath it the interval and n."""
    if share is None or share.share is None:
        return "–"
    return Markup('{}<br><small class="nowrap">{} · {}</small>').format(
        percent(share.share), interval(share), n_word(share.n)
    )


def points(value: float) -> str:
    """Return a difference of shares in percentage points with its sign: `+2.1`, `−0.4`."""
    text = f"{abs(value) * 100:.1f}"
    return text if text == "0.0" else f"{'+' if value > 0 else '−'}{text}"


def change_cell(change: Difference | None) -> Markup | str:
    """Return a change for a cell: points and interval, and in words whether it is more than chance."""
    if change is None:
        return "–"
    moved = _("升高") if change.value > 0 else _("降低")
    verdict = moved if change.clear else _("在偶然波动之内")
    low, high = points(change.low), points(change.high)
    inside = _("%(low)s 至 %(high)s") % {"low": low, "high": high}
    return Markup("{}<br><small>{}<br>{}</small>").format(points(change.value), inside, verdict)


def title(report: Report, town: str) -> str:
    """Return the report's title."""
    values = {"town": town, "month": month_name(report.month)}
    if report.over:
        return _("%(month)s，%(town)s的小事办得怎么样") % values
    return _("%(month)s到现在，%(town)s的小事办得怎么样") % values


def lead(report: Report) -> str:
    """Return the opening sentences, made from the numbers alone."""
    if report.too_few:
        return _("这个月收到的事项不到 %(below)s 件，件数太少，不公布细目。") % {"below": report.below}
    parts = [_came(report), _answered(report), _asked(report), _most(report)]
    return ("" if dates.active_lang() == "zh" else " ").join(part for part in parts if part)


def _came(report: Report) -> str:
    received = report.counts["received"].value or 0
    before = report.previous.get("received")
    values = {"n": number(received)}
    if not received:
        return _("这个月没有收到事项。")
    if report.over and before is not None and before.value:
        gap = received - before.value
        values["gap"] = number(abs(gap))
        if gap > 0:
            return _("这个月收到 %(n)s 件，比上个月多 %(gap)s 件。") % values
        if gap < 0:
            return _("这个月收到 %(n)s 件，比上个月少 %(gap)s 件。") % values
        return _("这个月收到 %(n)s 件，和上个月一样多。") % values
    if not report.over:
        return _("这个月到现在收到 %(n)s 件。") % values
    return _("这个月收到 %(n)s 件。") % values


def _answered(report: Report) -> str:
    answered, late = report.counts["answered"].value, report.counts["overdue_open"].value
    on_time = report.shares["on_time"]
    if answered is None:
        return _("答复的不到 %(below)s 件。") % {"below": report.below}
    if not answered and not late:
        return _("还没有需要答复的。")
    if on_time.share is None:
        return _("答复 %(n)s 件。") % {"n": number(answered)}
    values = {"n": number(answered), "share": percent(on_time.share)}
    first = _("答复 %(n)s 件；到期应答复的事项中，%(share)s 按时答复了。") % values
    gap = "" if dates.active_lang() == "zh" else " "
    return first + gap + overdue(report)


def overdue(report: Report) -> str:
    """Return the sentence about what was late and unanswered at the end of the period; empty if it is withheld."""
    late = report.counts["overdue_open"].value
    if late is None:
        return ""
    if report.over:
        if not late:
            return _("到月底，没有过了承诺的日子还不答复的。")
        said = ngettext(
            "到月底，有 %(num)s 件过了承诺的日子还没有答复。", "到月底，有 %(num)s 件过了承诺的日子还没有答复。", late
        )
    else:
        if not late:
            return _("现在没有过了承诺的日子还不答复的。")
        said = ngettext(
            "现在有 %(num)s 件过了承诺的日子还没有答复。", "现在有 %(num)s 件过了承诺的日子还没有答复。", late
        )
    return said % {"num": number(late)}


def _asked(report: Report) -> str:
    solved = report.shares["solved"]
    if solved.share is None:
        return ""
    values = {"n": number(solved.n), "share": percent(solved.share)}
    text = _("%(n)s 位诉求人说了解决没有，其中 %(share)s 说解决了。") % values
    change = report.changes["solved"]
    if change is None or not report.over:
        return text
    gap = "" if dates.active_lang() == "zh" else " "
    if not change.clear:
        return text + gap + _("和上个月的差别在偶然波动之内。")
    said = {"points": f"{abs(change.value) * 100:.1f}"}
    if change.value > 0:
        return text + gap + _("比上个月高 %(points)s 个百分点，超出了偶然波动。") % said
    return text + gap + _("比上个月低 %(points)s 个百分点，超出了偶然波动。") % said


def _most(report: Report) -> str:
    printed = [(line.received.value, n, line) for n, line in enumerate(report.lines) if line.level == 2]
    top = sorted(((v, -n, line) for v, n, line in printed if v and not line.code.endswith("~")), reverse=True)[:3]
    if len(top) < 2 or (not report.over and top[0][0] < report.minimum_n):
        return ""
    zh = dates.active_lang() == "zh"
    names = [f"{say(line.name)}（{number(v)}）" if zh else f"{say(line.name)} ({number(v)})" for v, _n, line in top]
    return _("反映最多的是%(names)s。") % {"names": ("、" if zh else ", ").join(names)}


def indent(level: int, name: str) -> Markup:
    """Return a name set in by its level in a table; the space is printed with the text, so it survives copying."""
    if level < 2:
        return Markup("<strong>{}</strong>").format(name)
    # Set in by a style too, so that a name on two lines stays under itself.
    return Markup('<span class="in{}">{}{}</span>').format(min(level, 3), "\u3000" * (level - 1), escape(name))
