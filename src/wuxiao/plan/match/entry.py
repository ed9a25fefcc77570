"""The engine's entry in the algorithm register."""

from __future__ import annotations

from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry

ENTRY = Entry(
    engine="match",
    purpose=Said(
        "调解排期：当事人、调解员、语言、房间、时段", "Hearing times: parties, mediators, languages, rooms, slots"
    ),
    method=Said("弹出链搜索，HiGHS给出界限", "ejection chains, bounds by HiGHS"),
    inputs={
        "days": Said("每个时段属于哪天", "the day of each slot"),
        "cases.name": Said("案件编号", "code of a case"),
        "cases.parties": Said("案件当事人编号", "codes of a case's parties"),
        "cases.skills": Said("所需专长", "skills wanted"),
        "cases.length": Said("所需时段数", "slots it lasts"),
        "cases.seats": Said("所需座位", "seats wanted"),
        "cases.needs": Said("房间须有的设施", "what the room must offer"),
        "cases.barred": Said("应回避的调解员", "mediators who are barred"),
        "cases.first": Said("最早时段", "first slot"),
        "cases.last": Said("最晚时段", "last slot"),
        "cases.weight": Said("权重（如期限近）", "weight (a near time limit, say)"),
        "parties.name": Said("当事人编号", "code of a party"),
        "parties.languages": Said("可用的语言", "languages it can be spoken to in"),
        "parties.slots": Said("能来的时段", "slots it can come in"),
        "mediators.name": Said("调解员编号", "code of a mediator"),
        "mediators.languages": Said("会的语言", "languages spoken"),
        "mediators.skills": Said("专长", "skills"),
        "mediators.slots": Said("在岗时段", "slots on duty"),
        "mediators.most_a_day": Said("每天最多件数", "most cases a day"),
        "rooms.name": Said("房间名", "name of a room"),
        "rooms.seats": Said("座位数", "seats"),
        "rooms.offers": Said("设施", "what it offers"),
        "rooms.slots": Said("可用时段", "slots it is free in"),
        "fixed.case": Said("已通知的案件", "case already told"),
        "fixed.mediator": Said("已通知的调解员", "its mediator"),
        "fixed.room": Said("已通知的房间", "its room"),
        "fixed.start": Said("已通知的时段", "its slot"),
    },
    output=Said("谁在何时何地调解哪件，未排者及原因", "who hears which case when and where; those left over and why"),
    limits=Said("不衡量调解员优劣；等待天数没有证明", "mediators are not compared; waiting has no bound"),
    decides=Said("由调解委员会负责人决定", "the head of the mediation committee decides"),
    sources=("Glover 1996 (ejection chains)", "Morris 1993 (breakout)", "HiGHS (mixed integer bound)"),
)
