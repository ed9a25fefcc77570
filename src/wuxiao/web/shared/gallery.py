# ruff: noqa: E501
"""A gallery of every macro and of five made-up pages, in both languages: the look to be judged before and beside the product.

`python -m wuxiao.web.shared.gallery OUT_DIR` writes plain HTML files with their style sheets; no database, no server.
The county, the people and the figures in it are invented.
"""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from wuxiao.rules.words import Text

WEB = Path(__file__).resolve().parents[1]
PAGES = (
    "start", "report", "report_error", "kind", "receipt", "progress", "rate", "inbox", "matter", "matter_open",
    "report_month", "sheet_matter", "parts_resident", "parts_staff", "parts_public",
)  # fmt: skip
SOURCE = {"report_error": "report", "matter_open": "matter"}


def _configure() -> None:
    if not settings.configured:
        settings.configure(
            USE_I18N=True,
            USE_TZ=True,
            LANGUAGE_CODE="zh-hans",
            LANGUAGES=[("zh-hans", "中文"), ("en", "English")],
            LOCALE_PATHS=[WEB / "locale"],
            STATIC_URL="static/",
            INSTALLED_APPS=["django.contrib.staticfiles"],
        )
        django.setup()


def wilson(k: int, n: int) -> tuple[float, float, float]:
    """Return a share with its 95 % Wilson interval, for the made-up figures only."""
    z, p = 1.96, k / n
    mid, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, (mid - half) / (1 + z * z / n), (mid + half) / (1 + z * z / n)


def _context(lang: str, page: str) -> dict[str, Any]:
    from wuxiao.web.shared import charts, dates
    from wuxiao.web.shared.jinja import ICON_DIR
    from wuxiao.web.shared.nav import Event, NavGroup, NavItem
    from wuxiao.web.shared.punctuation import full_width

    def say(zh: str, en: str) -> str:
        return en if lang == "en" else full_width(zh)

    def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2026, month, day, hour, minute, tzinfo=dates.TOWN_ZONE)

    now, due_at = at(2, 25, 9, 40), at(2, 26, 17, 30)
    words = say(
        "桃花巷从 1 月 20 号左右路灯就不亮了,三盏全黑。昨天晚上我爸出门倒垃圾,没看清台阶摔了一跤,胳膊擦破了。\n"
        "巷子里住的多是老人。打过社区电话,说归供电管;打供电,说归市政管。到底谁来修?",
        "The street lamps in Taohua Lane have been out since about 20 January, all three. Last night my father went out with"
        " the rubbish, missed the step and fell; his arm is grazed.\nMostly old people live here. The community office says it"
        " is the power company's, the power company says it is the county's. Who repairs them?",
    )
    e = [
        Event(say("预计答复您", "Answer expected"), dates.when(due_at), due_at.isoformat(), "", "next"),
        Event(
            say("县住建局市政科已签收,正在办理", "Accepted by the Construction Bureau; being handled"),
            dates.when(at(2, 24, 10, 5)), at(2, 24, 10, 5).isoformat(), say("周明", "Zhou Ming"), "now",
        ),
        Event(
            say("供电公司退回", "Returned by the power company"),
            dates.when(at(2, 13, 16, 20)), "", say("供电公司青溪所 李强", "Li Qiang, Qingxi branch"), "refused",
            quote=say("这三盏灯的线路 2023 年已移交县住建局,不归我们管。", "The line of these three lamps was handed to the county in 2023."),
        ),
        Event(
            say("110 逐级审核后转到 12345", "Signed off by 110 and handed to 12345"),
            dates.when(at(2, 12, 10, 31)), "", say("县公安局指挥中心,四级审核", "County command centre, four sign-offs"), "done", "handover",
        ),
        Event(say("您打 110 反映", "You called 110"), dates.when(at(2, 12, 10, 0)), "", say("接警员 0417", "Call-taker 0417"), "done", "phone"),
    ]  # fmt: skip

    def row(
        n: int,
        zh: str,
        en: str,
        gist: tuple[str, str],
        due: datetime | None,
        st: tuple[str, str, str],
        place: tuple[str, str],
        unit: tuple[str, str],
        nxt: tuple[str, str],
        paused: bool = False,
    ) -> dict[str, Any]:
        return {
            "id": f"WC20260212-{n:05d}", "title": say(zh, en), "gist": say(*gist), "due": dates.due_view(due, now, paused=paused),
            "state": say(*st[:2]), "tone": st[2], "place": say(*place), "unit": say(*unit), "next": say(*nxt),
        }  # fmt: skip

    work, sign, wait, offer = (
        ("办理中", "handled", "work"),
        ("审核中", "sign-off", "ask"),
        ("等居民补充", "waiting", "wait"),
        ("待签收", "offered", "new"),
    )
    rows = [
        row(3655, "老城菜场早上五点装卸货吵人", "Unloading at the old market from 5 am", ("“天天五点不到就开始,窗户关了也没用”,已是第三次反映", "“Every day before five”; reported for the third time"), at(2, 23, 9), work, ("城关镇 东街", "Chengguan, East St"), ("县商务局", "Commerce"), ("答复", "answer")),
        row(3702, "工地拖欠 6 人工钱共 4.8 万元", "Six workers' wages, ¥48,000, unpaid", ("包工头电话不接,年前说好的没给", "The contractor no longer answers the phone"), at(2, 24, 17, 30), work, ("白石镇", "Baishi"), ("县人社局", "Labour"), ("答复", "answer")),
        row(3790, "楼上漏水两家协商不成", "Leak from upstairs, neighbours cannot agree", ("三楼说是公共管道,物业不认", "Third floor says it is the common pipe"), at(2, 25, 11, 30), sign, ("城关镇 柳岸小区", "Chengguan, Liu'an"), ("柳岸社区", "Liu'an committee"), ("二级审核", "sign-off 2")),
        row(3801, "丢失电动车请求帮查", "E-bike missing", ("2月20日晚停在超市门口,锁了车", "Parked and locked by the shop on 20 Feb"), at(2, 25, 15), ("待受理", "at the desk", "new"), ("城关镇 人民路", "Chengguan, Renmin Rd"), ("城关派出所", "Chengguan police"), ("受理", "accept")),
        row(3871, "桃花巷路灯不亮,晚上老人摔倒", "Street lamps out in Taohua Lane; an old man fell", ("三盏全黑,社区、供电互相推", "All three dark; two offices point at each other"), due_at, work, ("青溪镇 桃花巷", "Qingxi, Taohua Lane"), ("县住建局", "Construction"), ("答复", "answer")),
        row(3874, "消防通道长期停车", "Cars parked in the fire lane", ("6 号楼东侧,物业贴过条没用", "East of block 6"), at(2, 26, 17, 30), offer, ("城关镇 锦园", "Chengguan, Jinyuan"), ("消防救援大队", "Fire brigade"), ("签收", "accept")),
        row(3880, "办房产证窗口让跑了四趟", "Four trips to the property window", ("每次都说少一样材料", "Each time another paper was missing"), at(2, 27, 17, 30), work, ("县政务大厅", "Service hall"), ("县自然资源局", "Land"), ("答复", "answer")),
        row(3885, "咨询:异地医保怎么报销", "How to claim medical costs from elsewhere", ("在杭州住院,回来怎么报", "Treated in Hangzhou"), at(2, 27, 17, 30), wait, ("青溪镇", "Qingxi"), ("县医保局", "Insurance"), ("等补充", "wait"), True),
        row(3890, "村口井盖破了一半", "Half a manhole cover is broken at the village gate", ("孩子上学都从那走", "Children walk over it to school"), at(3, 2, 17, 30), work, ("白石镇 上湾村", "Baishi, Shangwan"), ("白石镇政府", "Baishi town"), ("答复", "answer")),
        row(3893, "邻居养鸡气味大", "Smell from a neighbour's chickens", ("二十多只,就在窗下", "More than twenty, under the window"), at(3, 3, 17, 30), offer, ("青溪镇 石桥村", "Qingxi, Shiqiao"), ("石桥村调委会", "Shiqiao mediators"), ("签收", "accept")),
    ]  # fmt: skip
    side = [
        {"url": "#", "title": r["title"], "meta": r["state"], "due": r["due"], "current": r["id"].endswith("03871")}
        for r in rows
    ]
    link = NavItem
    nav = [
        NavGroup(say("我的", "Mine"), [
            link(say("待办", "Inbox"), "inbox.html", 48, "", "i", "inbox", True),
            link(say("待审核", "Sign-off"), "#", 6, "ask", "s", "sign"),
            link(say("待签收", "Hand-overs"), "#", 4, "ask", "h", "handover"),
            link(say("回访", "Call-backs"), "#", 12, "", "b", "callback"),
        ]),
        NavGroup(say("盯着", "Watch"), [
            link(say("超时", "Late"), "#", 3, "late", "l", "late"),
            link(say("催办督办", "Urging"), "#", 2, "", "d", "supervise"),
            link(say("联席会", "Joint meetings"), "#", 1, "", "m", "joint"),
            link(say("延期审批", "Extensions"), "#", 5, "", "e", "extend"),
            link(say("无人负责", "Orphans"), "#", 0, "", "o", "orphan"),
        ]),
        NavGroup(say("全局", "Whole"), [
            link(say("登记", "Phone intake"), "#", None, "", "n", "phone"),
            link(say("看板", "Dashboard"), "#", None, "", "p", "chart"),
        ]),
    ]  # fmt: skip
    months = [date(2025 + (m > 12), (m - 1) % 12 + 1, 1) for m in range(3, 15)]
    came = [1312, 1405, 1466, 1530, 1788, 1742, 1498, 1420, 1391, 1466, 1500, 1284]
    shut = [1290, 1388, 1441, 1502, 1660, 1801, 1560, 1402, 1377, 1450, 1488, 1197]
    labels = [dates.month(m) for m in months]
    short = [f"{m.month}月" if lang != "en" else f"{m:%b}" for m in months]
    kinds = [
        ("纠纷", "Disputes"),
        ("诉求", "Requests"),
        ("小案件", "Minor cases"),
        ("隐患", "Hazards"),
        ("作风问题", "Conduct"),
    ]
    shares = (0.17, 0.55, 0.09, 0.15, 0.04)
    wave = [
        [round(v * s * (1 + 0.12 * math.sin(i * 0.9 + k * 1.7))) for i, v in enumerate(came)]
        for k, s in enumerate(shares)
    ]
    cats = [
        ("市政照明", "Street lighting", 61, 66), ("社保医保", "Insurance", 88, 97), ("劳动工资", "Wages", 41, 54), ("邻里纠纷", "Neighbours", 39, 52),
        ("道路井盖", "Roads", 47, 58), ("物业管理", "Property management", 31, 52), ("噪声", "Noise", 22, 40),
    ]  # fmt: skip

    def bar(zh: str, en: str, k: int, n: int) -> charts.Bar:
        p, lo, hi = wilson(k, n)
        return charts.Bar(say(zh, en), p, lo, hi, n)

    towns: Sequence[tuple[str, str, int, int, int, int]] = [
        ("城关镇", "Chengguan", 612, 561, 158, 204), ("青溪镇", "Qingxi", 286, 259, 74, 92), ("白石镇", "Baishi", 231, 210, 58, 74),
        ("上湾乡", "Shangwan", 98, 91, 27, 33), ("石桥乡", "Shiqiao", 57, 52, 12, 16),
    ]  # fmt: skip
    table_rows = [
        [say(z, en), dates.number(a), dates.percent(b / a), "{} ({}–{})".format(*map(dates.percent, wilson(k, n)))]
        for z, en, a, b, k, n in towns
    ]
    return {
        "L": say, "lang_code": lang, "town_name": Text("望川县", "Wangchuan County"), "words": words if page != "report_error" else "",
        "errors": {"words": say("请写几句话,告诉我们出了什么事", "Please write a few words about what happened")} if page == "report_error" else {},
        "due_full": dates.when(due_at), "since": dates.when(at(2, 24, 10, 5)), "events": e, "rows": rows, "side": side, "nav": nav,
        "d": dates.due_view(due_at, now), "open_panel": page == "matter_open", "home_url": "start.html", "public_url": "report_month.html",
        "me": {"name": say("周明", "Zhou Ming"), "role": say("经办人", "Handler"), "unit": say("县住建局", "Construction Bureau")},
        "public_nav": [NavItem(say("每月公开", "Monthly"), "#", current=True), NavItem(say("指标定义", "Definitions"), "#"), NavItem(say("办事规则", "Rules"), "#")],
        "states": [(say("待受理", "at the desk"), "new"), (say("办理中", "being handled"), "work"), (say("待审核", "to sign"), "ask"), (say("等您补充", "waiting for you"), "wait"), (say("快到期", "due soon"), "soon"), (say("已超时", "late"), "late"), (say("已答复", "answered"), "done"), (say("已办结", "closed"), "closed"), (say("不予受理", "declined"), "refused"), (say("紧急处置", "emergency"), "urgent")],
        "dues": [dates.due_view(now + timedelta(days=3), now), dates.due_view(now + timedelta(hours=3), now), dates.due_view(now - timedelta(days=2, hours=4), now), dates.due_view(now, now, paused=True), dates.due_view(now, now, closed=True), dates.due_view(None, now)],
        "icons": sorted(p.stem for p in ICON_DIR.glob("*.svg")),
        "table_rows": table_rows, "table_foot": [say("全县", "County"), "1,284", "91.3%", "78.5% (74.3%–82.2%)"],
        "c_lines": charts.lines(say("每月收到和办结的件数,2025年3月至2026年2月", "Matters received and closed per month, March 2025 to February 2026"), labels, [charts.Line(say("收到", "received"), came), charts.Line(say("办结", "closed"), shut)], head=say("月份", "Month"), short_labels=short),
        "c_multi": charts.small_multiples(say("五类事项每月收到的件数", "Matters received per month, by kind"), short, [charts.Line(say(*k), w) for k, w in zip(kinds, wave, strict=True)], head=say("月份", "Month")),
        "c_dots": charts.dots(say("回访中说“解决了”的比例,按类别", "Share who said it was solved, by category"), [*(bar(*c) for c in cats), charts.Bar(say("殡葬", "Funerals"), None)], reference=(0.786, say("全县", "county"))),
        "c_bars": charts.bars(say("没有按时办结的原因", "Why matters were not closed in time"), [charts.Bar(say("等其他单位", "Waiting for another unit"), 41), charts.Bar(say("承办单位拖延", "Delay in the unit"), 33), charts.Bar(say("现场情况复杂", "Difficult on site"), 19), charts.Bar(say("等材料", "Waiting for papers"), 11)]),
        "c_stack": charts.stacked(say("还没办结的事项开了多少天", "Age of matters still open"), [(say("纠纷", "Disputes"), (32, 21, 9, 4)), (say("诉求", "Requests"), (88, 40, 12, 6)), (say("隐患", "Hazards"), (30, 11, 8, 9))], [say("5 天内", "to 5 days"), say("6–15 天", "6–15 days"), say("16–30 天", "16–30 days"), say("超时", "late")]),
    }  # fmt: skip


def build(out: Path, *, large: bool = False) -> list[Path]:
    """Write every page in both languages under `out` and return the files."""
    _configure()
    from django.utils import translation
    from jinja2 import FileSystemLoader

    from wuxiao.web.shared.jinja import environment

    env = environment(loader=FileSystemLoader(WEB / "templates"))
    written: list[Path] = []
    for lang, code in (("zh", "zh-hans"), ("en", "en")):
        folder = out / lang
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(WEB / "static", folder / "static", dirs_exist_ok=True)
        with translation.override(code):
            for page in PAGES:
                template = env.get_template(f"shared/gallery/{SOURCE.get(page, page)}.html")
                html = template.render(_context(lang, page))
                html = html.replace('"/static/', '"static/')
                if large:
                    html = html.replace("<html ", '<html data-size="large" ', 1)
                target = folder / f"{page}.html"
                target.write_text(html, encoding="utf-8")
                written.append(target)
    return written


def main(arguments: list[str]) -> int:
    """Build the gallery into the folder named."""
    if len(arguments) != 1:
        print("usage: python -m wuxiao.web.shared.gallery OUT_DIR")
        return 2
    print(f"{len(build(Path(arguments[0])))} pages written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
