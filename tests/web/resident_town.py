"""A small town with matters in every state a resident can meet, for the pages' tests and for looking at them.

`python -m tests.web.resident_town` fills the town of the environment's settings and prints the codes as JSON.
"""

from __future__ import annotations

import io
import json
import os
from datetime import datetime, timedelta

WORDS = "文庙街 12 号门口的路灯三盏都不亮，一个多星期了，晚上看不清路，请尽快修好。"
NOISE = "幸福小区东门工地夜里十二点还在打桩，吵得老人孩子睡不着，请管一管。"


def photo(color: tuple[int, int, int] = (200, 120, 40), size: tuple[int, int] = (640, 480)) -> bytes:
    """A small JPEG that carries a comment and a camera's name, to be redrawn."""
    from PIL import Image

    image = Image.new("RGB", size, color)
    exif = Image.Exif()
    exif[0x0110] = "SecretCamera 9000"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"secret comment")
    return out.getvalue()


def load_places(at: datetime) -> None:
    """Load a few standard addresses."""
    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.town import addresses, places

    rows = [
        places.AddressRow(
            code=f"A{street}{n}",
            division=division,
            street=zh,
            street_en=en,
            door=f"{n}号",
            estate=estate,
            estate_en="Xingfu Court" if estate else "",
            building=f"{n}幢" if estate else "",
            full=f"{town}{zh}{n}号" + (f"{estate}{n}幢" if estate else ""),
            full_en=f"{n} {en}, {town_en}",
        )
        for street, (division, town, town_en, zh, en, estate) in enumerate(
            [
                ("990101001002", "清平街道", "Qingping", "文庙街", "Wenmiao Street", ""),
                ("990101001003", "清平街道", "Qingping", "东门路", "Dongmen Road", "幸福小区"),
                ("990101100001", "柳溪镇", "Liuxi", "桃花巷", "Taohua Lane", ""),
            ]
        )
        for n in range(1, 31)
    ]
    places.load_addresses(rows, by=SYSTEM, at=at)
    addresses.forget()


def fill(now: datetime) -> dict[str, str]:
    """Make the town and return the codes of its matters by name, and the token of one call-back link."""
    from tests.desk.people import of_unit, settle
    from wuxiao.desk.base.actor import RESIDENT
    from wuxiao.desk.case.act import act
    from wuxiao.desk.diary import diary
    from wuxiao.desk.files import files
    from wuxiao.desk.matters import call_backs, matters
    from wuxiao.desk.matters.matters import Report
    from wuxiao.desk.town import books
    from wuxiao.records.models import CallBack, Matter

    town = settle()
    load_places(now)
    book = books.current(now).book
    hour = timedelta(hours=1)
    start = now - timedelta(days=4)
    plain = next(k for k, e in book.evidence_kinds.items() if not e.file)
    upload = files.check("灯.jpg", photo(), book.uploads)

    def report(words: str, **more: object) -> Matter:
        values: dict[str, object] = {"division": "990101001002", "phone": "13900000001", "name": "王女士", **more}
        return matters.receive(Report(words=words, **values), by=RESIDENT, at=start)  # type: ignore[arg-type]

    def assigned(matter: Matter, items: str = "停止夜间施工") -> tuple[Matter, object]:
        given = {"category": "env.noise.construction", "handling_class": "complaint", "items": items}
        matter = act(matter.pk, "classify", given, by=town.operator, at=start + hour)
        lead = matter.route_why["lead"]
        matter = act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=start + hour)
        return matter, of_unit(town, lead)

    def handled(matter: Matter, items: str = "停止夜间施工") -> tuple[Matter, object]:
        matter, handler = assigned(matter, items)
        return act(matter.pk, "accept", {}, by=handler, at=start + 2 * hour), handler  # type: ignore[arg-type]

    def answered(matter: Matter) -> Matter:
        matter, handler = handled(matter, "停止夜间施工\n告诉我处理结果")
        given = {
            "evidence": plain,
            "reply": "已到工地制止，夜间不再打桩；施工单位已书面承诺。以后再有，请直接拨打 0990-5550011。",
            "ticked": ["0", "1"],
        }
        return act(matter.pk, "answer", given, by=handler, at=start + 30 * hour)  # type: ignore[arg-type]

    codes: dict[str, str] = {}
    fresh = report(WORDS, uploads=(upload,))
    codes["fresh"] = fresh.code
    refused, handler = assigned(report(NOISE))
    given = {"reason": "该工地属省重点项目，由住建部门监管，不属我局职责。"}
    act(refused.pk, "refuse", given, by=handler, at=start + 3 * hour)  # type: ignore[arg-type]
    refused, handler = assigned(refused)
    refused = act(refused.pk, "accept", {}, by=handler, at=start + 5 * hour)  # type: ignore[arg-type]
    diary.log_read(refused, by=town.operator, at=start + 6 * hour, fields=["phone"], purpose="核实情况")
    codes["handling"] = refused.code
    waiting, handler = handled(report(NOISE))
    question = {"reply": "请问是哪一栋楼能听到？最近一次是哪天夜里？"}
    act(waiting.pk, "ask", question, by=handler, at=start + 6 * hour)  # type: ignore[arg-type]
    codes["waiting"] = waiting.code
    codes["answered"] = answered(report(NOISE)).code
    codes["answered2"] = answered(report(NOISE)).code
    main, _ = handled(report(NOISE + "这是第一个人说的，门牌 5 幢 301。"))
    joined = report("幸福小区工地太吵了", phone="13900000009")
    act(joined.pk, "merge", {"matter": main.number}, by=town.operator, at=start + 8 * hour)
    codes["merged"], codes["main"] = joined.code, main.code
    late = matters.receive(Report(words=NOISE, phone="13900000003"), by=RESIDENT, at=now - timedelta(days=30))
    codes["late"] = late.code
    danger = matters.receive(
        Report(words="邻居拿着刀堵在我家门口要杀人", division="990101001"), by=RESIDENT, at=now - hour
    )
    codes["danger"] = danger.code
    declining, handler = handled(report("法院判的案子我不服，请改判"))
    reason = next(iter(book.decline_reasons))
    declined = {"decline_reason": reason, "reply": "法院已经判决的事，行政机关不能改。", "channel": "中级人民法院"}
    act(declining.pk, "decline", declined, by=handler, at=start + 8 * hour)  # type: ignore[arg-type]
    act(declining.pk, "uphold", {"reason": "属实"}, by=town.shift_lead, at=start + 9 * hour)
    codes["declined"] = declining.code
    for n in range(40):
        if CallBack.objects.filter(state="drawn").exists():
            break
        done = answered(report(NOISE + f" 第{n}次"))
        act(done.pk, "rate", {"rating": "4", "solved": "yes"}, by=RESIDENT, at=start + 31 * hour)
        codes["closed"] = done.code
    drawn = CallBack.objects.filter(state="drawn").select_related("matter").first()
    assert drawn is not None, "no call-back was drawn in forty closed matters"
    assert call_backs.by_token(drawn.token).pk == drawn.pk
    codes["closed"], codes["token"] = drawn.matter.code, drawn.token
    return codes


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuxiao.site.settings")
    import django

    django.setup()
    from django.utils import timezone

    print(json.dumps(fill(timezone.now())))
