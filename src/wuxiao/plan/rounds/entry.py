"""The engine's entry in the register of algorithms."""

from __future__ import annotations

from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry

ENTRY = Entry(
    engine="rounds",
    purpose=Said(
        "走访排期与路线：数周内按频次或固定日走访，排到天、人和路线",
        "Rounds over weeks: visits by frequency or on fixed days, planned to day, officer and route",
    ),
    method=Said(
        "先选日子组合，再在所有日子上一起拆除与重排（模拟退火）",
        "Days first, then ruin and recreate over all days at once under annealing",
    ),
    inputs={
        "days": Said("计划期天数", "days of the horizon"),
        "places.id": Said("地点编号", "id of a place"),
        "places.at": Said("在时间表中的行", "its row in the travel tables"),
        "places.minutes": Said("一次走访的分钟数", "minutes one visit lasts"),
        "places.visits": Said("期内走访次数", "visits within the horizon"),
        "places.gap_least": Said("两次之间最短间隔天数", "least days between two visits"),
        "places.gap_most": Said("两次之间最长间隔天数", "most days between two visits"),
        "places.days": Said("可选日子", "days a visit may be on"),
        "places.patterns": Said("可选的日子组合", "sets of days of which one is taken"),
        "places.last_day": Said("计划期前最后一次走访的日子", "day of the last visit before the horizon"),
        "places.opens": Said("最早开始", "earliest begin"),
        "places.closes": Said("最晚开始", "latest begin"),
        "places.must": Said("是否必访", "whether the visits must be made"),
        "places.worth": Said("非必访一次折合分钟", "minutes a visit that need not be made is worth"),
        "places.skills": Said("所需技能", "skills it needs"),
        "places.people": Said("所需人数", "people it needs"),
        "places.usual": Said("平时去的人员编号", "id of the officer who usually goes"),
        "places.load": Said("携带量", "load to be carried"),
        "officers.id": Said("人员或小组编号", "id of an officer or crew"),
        "officers.skills": Said("具备的技能", "skills it has"),
        "officers.people": Said("小组人数", "people who go together"),
        "shifts.officer": Said("人员编号", "id of the officer"),
        "shifts.day": Said("日子", "day"),
        "shifts.start": Said("出班", "start"),
        "shifts.end": Said("收班", "end"),
        "shifts.base": Said("出发点在时间表中的行", "row of the base in the travel tables"),
        "shifts.mode": Said("出行方式", "way of travel"),
        "shifts.longest": Said("路上加走访的上限", "limit of travel and visits together"),
        "shifts.capacity": Said("携带上限", "limit of loads"),
        "shifts.breaks.first": Said("用餐或休息最早开始", "earliest begin of a meal or rest"),
        "shifts.breaks.last": Said("用餐或休息最晚开始", "latest begin of a meal or rest"),
        "shifts.breaks.minutes": Said("用餐或休息时长", "minutes of a meal or rest"),
        "minutes": Said("各出行方式的时间表", "tables of travel minutes by way of travel"),
        "other_officer_minutes": Said("换人去一次折合分钟", "minutes a visit by another officer counts as"),
        "change_minutes": Said("改动原计划一次折合分钟", "minutes a change of the earlier plan counts as"),
        "today": Said("今天是第几天，之前的不动", "the day it is; what lies before stays"),
    },
    output=Said(
        "每人每天的路线与时刻、留下的访次及原因",
        "each officer's round and times a day, and the visits left with reasons",
    ),
    limits=Said(
        "没有证明的界限；路上时间不含拥堵；不懂两人分头到达同一处，需按小组排；不得用来评价人员",
        "No proven bound; travel without jams; two officers who meet at a place must be planned as one crew; not for "
        "judging officers",
    ),
    decides=Said("派出所或社区的值班负责人", "the duty lead of the station or community"),
    sources=(
        "Cordeau, Gendreau & Laporte 1997 (instances)",
        "Christiaens & Vanden Berghe 2020 (string removals)",
        "Vidal et al. 2012 (periods as part of the search)",
    ),
)
