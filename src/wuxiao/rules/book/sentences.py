"""Every rule of a book as a plain sentence, for people who answer for it and do not read TOML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wuxiao.rules.access import ROLES, Role
from wuxiao.rules.book import lives
from wuxiao.rules.book_model import CLASSES, EVERYWHERE, Book, Moment, Unit, type_names
from wuxiao.rules.hours import span_words
from wuxiao.rules.promise.parts import Term
from wuxiao.rules.route import place_name, scope
from wuxiao.rules.words import Text

_THEN = {
    "erase": Text("删除", "erased"),
    "anonymise": Text("匿名化", "made anonymous"),
    "freeze": Text("封存", "frozen"),
}
_WAYS = {
    "sms": Text("短信", "SMS"),
    "phone": Text("电话", "phone"),
    "visit": Text("上门（需同意）", "visit (with consent)"),
}
_STEPS = {"accept": Text("受理", "acceptance"), "answer": Text("答复", "answer")}


def words(book: Book, lang: str) -> Iterator[str]:
    """Yield every rule of the book as one sentence, in the order a reader needs them; headings begin with `# `.

    `lang` is a language code; Chinese unless it begins with `en`.
    """
    for text in sentences(book):
        yield text.say(lang)


def sentences(book: Book) -> Iterator[Text]:
    """Yield every rule of the book as one sentence in both languages; headings begin with `# `."""
    for section in (
        _town,
        _classes,
        _promises,
        _hand_over,
        _clocks,
        _petition,
        _answers,
        _call_back,
        _secrecy,
        _data,
        _tree,
        _units,
        _registers,
        lives.sentences,
        _routes,
    ):
        yield from section(book)


def _join(texts: Iterable[Text]) -> Text:
    held = list(texts)
    return Text("、".join(t.zh for t in held), ", ".join(t.en for t in held))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of(term: Term) -> Text:
    return term.words


def _role(code: str) -> Text:
    return ROLES[Role(code)].name


def at_words(at: Moment) -> Text:
    """Return a moment on a promise in words."""
    if at.after is not None:
        return Text(f"到期后{at.after.words.zh}", f"{at.after.words.en} after it is due")
    if at.share == 1.0:
        return Text("到期时", "when it is due")
    return Text(f"时限过去 {at.share:.0%} 时", f"when {at.share:.0%} of the time is gone")


def rung_words(book: Book, climbed: int) -> Text:
    """Return the rung that comes after so many were climbed, in words; beyond the last, the how-manieth time it is."""
    ladder = book.ladder
    last = ladder[-1]
    if climbed < len(ladder) or last.again is None:
        return at_words(ladder[min(climbed, len(ladder) - 1)].at)
    times = climbed - len(ladder) + 2
    return Text(
        f"仍未答复，每{last.again.words.zh}再督办（第{times}次）",
        f"still unanswered, again every {last.again.words.en} (no. {times})",
    )


def danger_words(book: Book, climbed: int) -> Text:
    """Return the rung of open danger that comes after so many were climbed, in words."""
    ladder = book.danger
    rung = ladder[min(climbed, len(ladder) - 1)]
    to = _role(rung.to)
    if climbed < len(ladder):
        return Text(
            f"说到危险已过{rung.after.words.zh}还没有人看，已告诉{to.zh}",
            f"nobody has looked {rung.after.words.en} after danger was told of; the {to.en} is told",
        )
    times = climbed - len(ladder) + 2
    return Text(
        f"说到危险还没有人看，再告诉{to.zh}（第{times}次）",
        f"nobody has looked at the danger yet; the {to.en} is told again (no. {times})",
    )


def unread_words(book: Book, climbed: int) -> Text:
    """Return the rung of words nobody could read that comes after so many were climbed, in words."""
    ladder = book.unread
    rung = ladder[min(climbed, len(ladder) - 1)]
    to = _role(rung.to)
    if climbed < len(ladder):
        return Text(
            f"写来已过{rung.after.words.zh}还没有人读懂，已告诉{to.zh}",
            f"nobody could read them {rung.after.words.en} after they came; the {to.en} is told",
        )
    times = climbed - len(ladder) + 2
    return Text(
        f"还没有人读懂，再告诉{to.zh}（第{times}次）",
        f"nobody could read them yet; the {to.en} is told again (no. {times})",
    )


def _town(book: Book) -> Iterator[Text]:
    town, hours = book.town, book.office_hours
    yield Text(f"# {town.name.zh} {town.code}", f"# {town.name.en} {town.code}")
    if town.fictional:
        yield Text("这是虚构的地方，不得用于正式运行。", "This place is fictional and must not be run for real.")
    yield Text(
        f"由{town.operator.zh}运行,电话 {town.phone}。", f"It is run by the {town.operator.en}, phone {town.phone}."
    )
    for spans, zh, en in (
        (hours.spans, "工作日办公时间", "Office hours on working days"),
        *(
            (
                s,
                f"{season.first[0]}月{season.first[1]}日至{season.last[0]}月{season.last[1]}日办公时间",
                f"Office hours from {season.first[0]}/{season.first[1]} to {season.last[0]}/{season.last[1]}",
            )
            for season in hours.seasons
            for s in (season.spans,)
        ),
        *(
            (s, f"每周{'一二三四五六日'[day]}办公时间", f"Office hours on weekday {day + 1}")
            for day, s in hours.weekdays
        ),
    ):
        text = "、".join(span_words(a, b) for a, b in spans)
        yield Text(f"{zh}:{text}。", f"{en}: {text.replace('、', ', ')}.")
    if hours.due.value == "close":
        yield Text("按日计的时限在最后一天下班时届满。", "A term of days ends when the office closes on the last day.")
    else:
        yield Text("按日计的时限在最后一天结束时届满。", "A term of days ends at the end of the last day.")
    for n in town.emergency_numbers:
        yield Text(
            f"{n.when.zh}:先拨 {n.number}({n.name.zh})。", f"Ring {n.number} ({n.name.en}) first for {n.when.en}."
        )


def _classes(book: Book) -> Iterator[Text]:
    yield Text("# 五小与办理类别", "# Kinds and handling classes")
    for kind in book.kinds.values():
        yield Text(f"{kind.name.zh}:{kind.meaning.zh}。", f"{kind.name.en}: {kind.meaning.en}.")
    for item in book.classes.values():
        yield Text(f"{item.name.zh}:{item.meaning.zh}。", f"{item.name.en}: {item.meaning.en}.")
        if item.shield:
            yield Text(
                f"{item.name.zh}默认不让被反映的单位看到诉求人。",
                f"For a {item.name.en.lower()} the requester is hidden from the unit complained of by default.",
            )


def _promises(book: Book) -> Iterator[Text]:
    yield Text("# 办理时限", "# Promises")
    yield Text(f"现行的是“{book.profile.name.zh}”。", f'In force: "{book.profile.name.en}".')
    for profile in book.profiles.values():
        yield Text(
            f"“{profile.name.zh}”出处:{profile.source.zh}。", f'"{profile.name.en}" comes from: {profile.source.en}.'
        )
        for code in CLASSES:
            name = book.classes[code].name
            accept, answer = profile.accept[code], profile.answer[code]
            zh = f"“{profile.name.zh}”:{name.zh}在{accept.words.zh}内受理,{answer.words.zh}内答复"
            en = f'"{profile.name.en}": {name.en}: accepted within {accept.words.en}, answered within {answer.words.en}'
            own = [_STEPS[step] for step in _STEPS if f"{step}.{code}" in profile.own_choice]
            if own:
                zh += f"(其中{_join(own).zh}时限为自定,不出自上述来源)"
                en += f" (the limit for {_join(own).en} is our own choice, not from that source)"
            yield Text(zh + "。", en + ".")
        for change in profile.overrides:
            what = _join(book.categories[c].name for c in change.categories)
            who = _join(book.classes[c].name for c in change.classes)
            limits = [
                (_STEPS[s], t) for s, t in (("accept", change.accept), ("answer", change.answer)) if t is not None
            ]
            how = _join(Text(f"{t.words.zh}内{s.zh}", f"{s.en} within {t.words.en}") for s, t in limits)
            yield Text(
                f"“{profile.name.zh}”:{what.zh}的{who.zh}改为{how.zh}({change.why.zh})。",
                f'"{profile.name.en}": {who.en} about {what.en}: {how.en} instead ({change.why.en}).',
            )


def _hand_over(book: Book) -> Iterator[Text]:
    yield Text("# 审核与移交", "# Sign-off and hand-over")
    yield Text(f"{book.sign_note.zh}。", _upper(f"{book.sign_note.en}."))
    for level in book.sign_levels:
        to = level.escalation
        if to.to_level is not None:
            above = book.sign_levels[to.to_level - 1].name
        else:
            above = book.units[to.to_unit].name if to.to_unit else Text("", "")
        yield Text(
            f"第 {level.level} 层“{level.name.zh}”限 {level.term.words.zh};超时由“{above.zh}”处理。",
            f'Level {level.level}, "{level.name.en}", has {level.term.words.en}; after that "{above.en}" takes it up.',
        )
    h = book.handover
    yield Text(
        f"移交后 {h.accept_term.words.zh}内接收或说明理由退回;接收前仍由首接单位负责。",
        f"A hand-over is accepted or refused with a reason within {h.accept_term.words.en}; "
        "until then the first receiver keeps the matter.",
    )
    decider = _role(Role.CENTRE_LEAD)
    yield Text(
        f"第 {h.refusals_before_joint} 次被拒即召开联席会议,{h.joint_term.words.zh}内"
        f"由{decider.zh}指定承办单位,指定后不得再退。",
        f"The refusal number {h.refusals_before_joint} calls a joint meeting; within {h.joint_term.words.en} the "
        f"{decider.en} names the unit, and what was decided cannot be returned.",
    )


def _clocks(book: Book) -> Iterator[Text]:
    yield Text("# 催办、延期、暂停、重办", "# Reminders, extension, pause, reopening")
    for rung in book.ladder:
        at, to = at_words(rung.at), _role(rung.to)
        yield Text(f"{at.zh}:{rung.name.zh},送{to.zh}。", f"{rung.name.en}: the {to.en} is told {at.en}.")
        if rung.again is not None:
            yield Text(
                f"仍未答复的，此后每{rung.again.words.zh}再{rung.name.zh}一次，最多{rung.most}次。",
                f"{rung.name.en} again every {rung.again.words.en} until it is answered, at most {rung.most} times.",
            )
    for one in book.danger:
        to = _role(one.to)
        yield Text(
            f"有人说到危险，{one.after.words.zh}内没有人看过的：{one.name.zh}，告诉{to.zh}，事项已答复、已办结也一样。",
            f"Danger that was told of and not looked at within {one.after.words.en}: {one.name.en}, the {to.en} is "
            "told, also when the matter is answered or closed.",
        )
        if one.again is not None:
            yield Text(
                f"还没有人看的，此后每{one.again.words.zh}再告诉一次，最多{one.most}次。",
                f"Told again every {one.again.words.en} until somebody has looked, at most {one.most} times.",
            )
    for one in book.unread:
        to = _role(one.to)
        yield Text(
            f"有人用程序读不懂的话写的，{one.after.words.zh}内没有人读懂的：{one.name.zh}，告诉{to.zh}，事项已答复、已办结也一样。",
            f"Words in a language the program does not read, which nobody read within {one.after.words.en}: "
            f"{one.name.en}, the {to.en} is told, also when the matter is answered or closed.",
        )
        if one.again is not None:
            yield Text(
                f"还没有人读懂的，此后每{one.again.words.zh}再告诉一次，最多{one.most}次。",
                f"Told again every {one.again.words.en} until somebody has read them, at most {one.most} times.",
            )
    e = book.extension
    for code in CLASSES:
        name = book.classes[code].name
        if e.allowed(code):
            most, by = e.term(code).words, _role(e.approver)
            yield Text(
                f"{name.zh}最多延期 {e.times} 次,每次不超过{most.zh},须经{by.zh}批准并告知诉求人。",
                f"{name.en} may be extended {e.times} time(s) by at most {most.en}, approved by the {by.en}; "
                "the resident is told.",
            )
        else:
            yield Text(f"{name.zh}不得延期。", f"{name.en} may not be extended.")
    p, lead = book.pause, _role(Role.LEAD)
    yield Text(
        f"等待诉求人补充时停表,每次不超过{p.cap.words.zh},合计不超过{p.total.words.zh};"
        f"第 {p.approver_from} 次起须由{lead.zh}提出。",
        f"The clock stands still while waiting for the resident, {p.cap.words.en} at a time and "
        f"{p.total.words.en} in all; from wait number {p.approver_from} on only the {lead.en} may ask.",
    )
    yield Text(
        f"不予受理须由另一人在{_of(book.second_look).zh}内复看。",
        f"A decline is looked at by a second person within {_of(book.second_look).en}.",
    )
    yield Text(
        f"答复后 {_of(book.silence).zh}诉求人没有回应,事项办结。",
        f"A matter closes {_of(book.silence).en} after the answer if the resident says nothing.",
    )
    r = book.reopen
    again = (
        Text("按原类别重新计时", "with a fresh promise of its class")
        if r.answer is None
        else Text(f"须在{r.answer.words.zh}内重新答复", f"with an answer due within {r.answer.words.en}")
    )
    yield Text(
        f"诉求人可在答复后{r.window.words.zh}内提出异议,最多重办 {r.times} 次,{again.zh}。",
        f"The resident may object within {r.window.words.en} of the answer, at most {r.times} times, {again.en}.",
    )
    m = book.merging
    yield Text(
        f"同一件事{m.within.words.zh}内可合并,最多 {m.reporters} 位诉求人,各自照样得到答复;一件最多拆成 {m.parts} 件。",
        f"Reports of one thing within {m.within.words.en} may be merged, up to {m.reporters} reporters, each still "
        f"informed; a matter may be split into {m.parts} at most.",
    )
    if m.looked is not None:
        yield Text(
            f"诉求人说不是同一件事的，{m.looked.words.zh}内看完并告诉本人；没有看的，再次提醒热线中心。",
            f"Where a reporter says hers is another thing it is looked at within {m.looked.words.en}, and she is told; "
            "then the hotline is reminded.",
        )


def _petition(book: Book) -> Iterator[Text]:
    p = book.petition
    yield Text("# 信访", "# Petitions")
    yield Text(f"依据:{p.law.zh}。", f"Law: {p.law.en}.")
    yield Text(
        f"{p.register.words.zh}内登记转送;{p.handle.words.zh}内办结,经批准最多延长{p.extension.words.zh}。",
        f"Registered and routed within {p.register.words.en}; "
        f"handled within {p.handle.words.en}, at most {p.extension.words.en} more with approval.",
    )
    yield Text(
        f"信访人可在{p.ask_review.words.zh}内请求复查,{p.review.words.zh}内答复;"
        f"可在{p.ask_re_review.words.zh}内请求复核,{p.re_review.words.zh}内答复。",
        f"Review may be asked within {p.ask_review.words.en} and is answered within {p.review.words.en}; "
        f"re-review within {p.ask_re_review.words.en} and {p.re_review.words.en}.",
    )
    yield Text(
        f"单位对转送有异议,应在{p.unit_objection.words.zh}内说明理由。",
        f"A unit objects to a transfer within {p.unit_objection.words.en}, with reasons.",
    )


def _answers(book: Book) -> Iterator[Text]:
    yield Text("# 不予受理与答复依据", "# Declining, and what an answer rests on")
    for reason in book.decline_reasons.values():
        yield Text(
            f"不予受理“{reason.name.zh}”:依据{reason.law.zh};应告知的渠道:{reason.channel.zh}。",
            f'Declined as "{reason.name.en}": {reason.law.en}; the channel to name: {reason.channel.en}.',
        )
    for kind in book.evidence_kinds.values():
        file = Text("需附文件", "with a file") if kind.file else Text("不必附文件", "no file needed")
        yield Text(f"答复依据“{kind.name.zh}”,{file.zh}。", f'An answer may rest on "{kind.name.en}", {file.en}.')


def _call_back(book: Book) -> Iterator[Text]:
    c = book.callback
    yield Text("# 回访与统计", "# Call-back and figures")
    for code in CLASSES:
        name, chance = book.classes[code].name, c.chance(code)
        yield Text(
            f"办结的{name.zh}由系统按 {chance:.0%} 的概率抽取回访。",
            f"A closed matter of class {name.en} is drawn for a call-back with a chance of {chance:.0%}.",
        )
    ways = _join(_WAYS[way] for way in c.ways)
    yield Text(
        f"回访由非承办人在{c.within.words.zh}内进行,最多联系 {c.attempts} 次,方式:{ways.zh}。",
        f"Someone who did not handle it calls back within {c.within.words.en}, {c.attempts} attempts at most, "
        f"by {ways.en}.",
    )
    for q in c.questions:
        choices = _join(a.name for a in q.answers)
        yield Text(f"回访问:{q.text.zh}({choices.zh})", f"Question: {q.text.en} ({choices.en})")
    yield Text(
        f"少于 {book.suppress_below} 件的数字不公布;少于 {book.minimum_n} 个有效答案不比较单位。",
        f"Counts below {book.suppress_below} are not published; "
        f"below {book.minimum_n} valid answers units are not compared.",
    )
    h = book.hot
    yield Text(
        f"热点的热度 = 人数 + {h.growth:g} × 最近 {h.days} 天比之前 {h.days} 天多出的人数;只看最近 {h.window} 天,"
        f"至少 {h.least} 人;热度到 {h.alert:g} 时提醒有关单位;排除过的要增加到 {h.again:g} 倍人数才再出现。",
        f"Heat of an issue = people + {h.growth:g} x the people of the last {h.days} days beyond those of the "
        f"{h.days} days before; over {h.window} days, {h.least} people at least; from {h.alert:g} its units are told; "
        f"a dismissed one returns at {h.again:g} times its people.",
    )


def _secrecy(book: Book) -> Iterator[Text]:
    yield Text("# 隐去范围", "# Who must not see")
    yield Text(
        "反映某个单位的事项,它和它的下属都看不到,也不会分到它们手里。",
        "A matter about a unit is hidden from it and from what is beneath it, and never goes to them.",
    )
    for circle in book.hide.circles:
        of = _join(book.units[code].name for code in circle.units)
        overseer = book.units[circle.overseer].name
        yield Text(
            f"{circle.name.zh}是互通消息的一圈:反映其中任何一个单位,对{of.zh}及其下属全部隐去,由{overseer.zh}接手。",
            f"{_upper(circle.name.en)} are a circle that would tell: a matter about any of them is hidden from all of "
            f"{of.en} and beneath; {overseer.en} takes it.",
        )
    if book.hide.danger:
        told = _join(book.units[code].name for code in book.hide.danger)
        yield Text(
            f"人有危险时,对{told.zh}保密的事项也可以告诉它地点和正在发生什么,不写姓名、电话,也不写反映的是谁。",
            f"Where somebody is in danger, {told.en} may be told the place and what happens there even of a matter "
            "kept from it: no name, no number, not whom it is about.",
        )
    if book.hide.bodies:
        names = _join(body.name for body in book.hide.bodies.values())
        yield Text(f"说不出单位名字时可以选:{names.zh}。", f"Who does not know a name may choose: {names.en}.")


def _data(book: Book) -> Iterator[Text]:
    yield Text("# 个人信息、限流与附件", "# Personal data, throttles and files")
    for r in book.retention.values():
        then = _THEN[r.then]
        yield Text(
            f"{r.name.zh}:用于{r.purpose.zh};办结后保存 {r.days} 天,到期{then.zh}。依据:{r.basis.zh}。",
            f"{r.name.en}: kept {r.purpose.en}; {r.days} days after closing it is {then.en}. Basis: {r.basis.en}.",
        )
    t, u = book.throttle, book.uploads
    yield Text(
        f"同一来源每分钟最多查询 {t.lookups_per_minute} 次、每小时最多提交 {t.reports_per_hour} 件、"
        f"登录最多连错 {t.sign_in_attempts} 次;接口每分钟最多 {t.api_per_minute} 次;"
        f"同一来源对一个服务点一天评一次，每小时最多试 {t.ratings_per_hour} 次。",
        f"One source may look up {t.lookups_per_minute} times a minute, report {t.reports_per_hour} times an hour, "
        f"fail to sign in {t.sign_in_attempts} times; a machine may call {t.api_per_minute} times a minute; "
        f"one source may rate a service point once a day, and try {t.ratings_per_hour} times an hour.",
    )
    yield from _unusual(book)
    types = ", ".join(u.types)
    yield Text(
        f"每件最多 {u.files} 个附件,每个不超过 {u.bytes} 字节、{u.pixels} 像素,类型:{types}。",
        f"At most {u.files} files a matter, {u.bytes} bytes and {u.pixels} pixels each, of type {types}.",
    )


def _unusual(book: Book) -> Iterator[Text]:
    night = " – ".join(f"{m // 60:02}:{m % 60:02}" for m in (book.unusual.night_from, book.unusual.night_to))
    named = [(Text("一般岗位", "posts in general"), book.unusual.usual)]
    named += [(ROLES[Role(role)].name, rows) for role, rows in book.unusual.roles.items()]
    for name, r in named:
        yield Text(
            f"{name.zh}一天内查看联系方式超过 {r.contacts} 件、查看事项超过 {r.matters} 件、"
            f"夜间（{night}）超过 {r.at_night} 件、"
            f"同一地点涉及超过 {r.units_of_place} 个单位的事项、导出超过 {r.exports} 次，提醒审计员。",
            f"For {name.en} the auditor is told beyond {r.contacts} contacts or {r.matters} matters in a day, "
            f"{r.at_night} at night ({night}), matters of one place with more than {r.units_of_place} units, "
            f"or {r.exports} exports.",
        )


def _tree(book: Book) -> Iterator[Text]:
    yield Text("# 事项分类", "# Categories")
    for c in book.categories.values():
        kind, cls = book.kinds[c.kind].name, book.classes[c.handling_class].name
        zh, en = f"{c.code} {c.name.zh}:{kind.zh},{cls.zh}", f"{c.code} {c.name.en}: {kind.en}, {cls.en}"
        flags = []
        if c.police:
            flags.append(Text("属公安职责", "a police duty"))
        if c.committee_ok:
            flags.append(Text("村（居）委会可承担", "a residents' committee may take it"))
        if c.child:
            flags.append(
                Text(
                    "涉及未成年人，联系方式经负责人同意才能看", "concerns a child: contacts only with a lead's consent"
                )
            )
        if c.petition:
            flags.append(Text("按信访办理", "handled as a petition"))
        for flag in flags:
            zh, en = f"{zh},{flag.zh}", f"{en}, {flag.en}"
        if c.keywords:
            zh, en = f"{zh};关键词:{'、'.join(c.keywords)}", f"{en}; keywords: {', '.join(c.keywords)}"
        yield Text(zh + "。", en + ".")


def _powers(book: Book, unit: Unit) -> Text:
    given: list[Text] = []
    taken: list[Text] = []
    for power in unit.powers:
        name = power.removeprefix("-")
        text = Text("全部事项", "everything") if name == EVERYWHERE else book.categories[name].name
        (taken if power.startswith("-") else given).append(text)
    if not given:
        return Text("没有主办的职权", "has no power to lead")
    has = _join(given)
    if not taken:
        return Text(f"有权答复{has.zh}", f"has the power to answer {has.en}")
    but = _join(taken)
    return Text(f"有权答复{has.zh},但不含{but.zh}", f"has the power to answer {has.en}, but not {but.en}")


def _units(book: Book) -> Iterator[Text]:
    yield Text("# 单位与职权", "# Units and their powers")
    for unit in book.units.values():
        over, powers, where = book.units[unit.supervisor].name, _powers(book, unit), book.divisions[unit.division].name
        yield Text(
            f"{unit.name.zh}({type_names[unit.type].zh},{where.zh},电话 {unit.phone}){powers.zh};由{over.zh}监督。",
            f"{unit.name.en} ({type_names[unit.type].en}, {where.en}, phone {unit.phone}) {powers.en}; "
            f"overseen by {over.en}.",
        )


def _registers(book: Book) -> Iterator[Text]:
    if not book.registers:
        return
    yield Text("# 登记册", "# Registers")
    for kinds in book.registers.values():
        for kind in kinds.values():
            unit = book.units[kind.unit].name
            named = Text("；本人同意的，可以公开在岗人员姓名", "; who is on duty is named if they agreed")
            more = named if kind.names else Text("", "")
            if (by := kind.terms) is not None:
                more = Text(
                    f"{more.zh}；按{by.name.zh}的校历：开学前{by.before_days}天内看，避开考试",
                    f"{more.en}; by the calendar of {by.name.en}: in the {by.before_days} days before a term opens, "
                    "not during examinations",
                )
            yield Text(
                f"{kind.name.zh}：每{kind.cycle_days}天核对一次，行业主管部门是{unit.zh}{more.zh}。",
                f"{_upper(kind.name.en)}: looked at every {kind.cycle_days} days; the trade department is "
                f"{unit.en}{more.en}.",
            )


def _routes(book: Book) -> Iterator[Text]:
    yield Text("# 派单目录", "# Routing")
    yield Text(
        "分类越具体越优先，其次区划越具体越优先；主办取第一个存在且有职权的单位。",
        "The closer category wins, then the closer division; the first unit that exists there and has the power leads.",
    )
    for rule in book.routes:
        what = scope(book, rule)
        lead = [place_name(book, p) for p in rule.lead]
        zh = f"规则 {rule.id}:{what.zh}由{'主办,没有的由'.join(t.zh for t in lead)}主办"
        en = f"Rule {rule.id}: {what.en} is led by {', or else '.join(t.en for t in lead)}"
        if rule.co:
            co = _join(place_name(book, p) for p in rule.co)
            zh, en = f"{zh},{co.zh}协办", f"{en}, with {co.en}"
        if rule.supervisor is not None:
            over = book.units[rule.supervisor].name
            zh, en = f"{zh},{over.zh}督办", f"{en}, supervised by {over.en}"
        if rule.why is not None:
            zh, en = f"{zh}({rule.why.zh})", f"{en} ({rule.why.en})"
        yield Text(zh + "。", en + ".")
