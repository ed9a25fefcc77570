"""What a reader of calendar files has to say: a sentence at a line and how to mend it, and not a thousand times."""

from __future__ import annotations

from dataclasses import dataclass, field

from wuxiao.rules.words import Text

#: So many findings are told one by one; the rest is a number.
MOST_TOLD = 100

#: What cannot be read. Code: (the sentence, how to mend it).
ERRORS: dict[str, tuple[Text, Text]] = {
    "not_there": (
        Text("文件打不开:{found}", "The file cannot be opened: {found}"),
        Text("请核对文件名和权限", "Look at its name and whether you may read it"),
    ),
    "our_fault": (
        Text("读这个文件时本系统出了错({found})", "Our reader failed on this file ({found})"),
        Text(
            "请重新导出再试;仍不行,请把文件交给管理员",
            "Export it again; if that does not help, give it to the administrator",
        ),
    ),
    "empty": (Text("这是空文件", "The file is empty"), Text("请重新导出日历", "Export the calendar again")),
    "too_big": (
        Text("文件有 {size} MB,最多读 {most} MB", "The file has {size} MB; at most {most} MB are read"),
        Text("请按年份分开导出", "Export it year by year"),
    ),
    "too_many_lines": (
        Text("文件超过 {most} 行", "The file has more than {most} lines"),
        Text("请按年份分开导出", "Export it year by year"),
    ),
    "web_page": (
        Text("这是网页,不是日历,多半是登录页", "This is a web page and no calendar, most likely a sign-in page"),
        Text(
            "请在浏览器里打开该地址,登录后下载 .ics 文件",
            "Open the address in a browser, sign in, and download the .ics file",
        ),
    ),
    "other_file": (
        Text("这是 {kind} 文件,不是日历", "This is a {kind} file and no calendar"),
        Text("请从日历程序里导出 .ics 文件", "Export an .ics file from the calendar program"),
    ),
    "no_calendar": (
        Text("文件里没有日历(没有 BEGIN:VCALENDAR)", "There is no calendar in the file (no BEGIN:VCALENDAR)"),
        Text("请从日历程序里导出 .ics 文件", "Export an .ics file from the calendar program"),
    ),
    "encoding": (
        Text("这一行的字既不是 UTF-8,也不是 GB18030", "The letters of this line are neither UTF-8 nor GB18030"),
        Text("请把文件另存为 UTF-8", "Save the file as UTF-8"),
    ),
    "calendar_kind": (
        Text("日历用的历法是“{found}”,只读公历", "The calendar counts by “{found}”; only Gregorian dates are read"),
        Text("请导出公历(CALSCALE:GREGORIAN)", "Export it with Gregorian dates (CALSCALE:GREGORIAN)"),
    ),
    "cut_off": (
        Text("{found} 有开头没有结尾,文件可能没有传完", "{found} begins and does not end; the file may be cut off"),
        Text("请重新下载,或补上 END:{found}", "Download it again, or add END:{found}"),
    ),
    "stray_end": (
        Text("END:{found} 没有对应的 BEGIN", "END:{found} has no BEGIN"),
        Text("请删去这一行,或补上 BEGIN:{found}", "Take the line out, or add BEGIN:{found}"),
    ),
    "too_deep": (
        Text("BEGIN 一层套一层,超过 {most} 层", "BEGIN is nested more than {most} deep"),
        Text("请从日历程序里重新导出", "Export the calendar again"),
    ),
    "bad_line": (
        Text("{name} 后面没有冒号和值", "{name} is not followed by a colon and a value"),
        Text("请写成“{name}:值”", "Write it as “{name}:value”"),
    ),
    "no_start": (
        Text("这一项没有开始时间(DTSTART)", "This entry has no beginning (DTSTART)"),
        Text("请补上一行,例如 DTSTART;VALUE=DATE:20260901", "Add a line such as DTSTART;VALUE=DATE:20260901"),
    ),
    "given_twice": (
        Text("{name} 写了两次,不知以哪个为准", "{name} is given twice, and nobody can say which counts"),
        Text("请只留一行 {name}", "Keep one line {name}"),
    ),
    "bad_date": (
        Text("{name} 的“{found}”不是日期或时间", "“{found}” in {name} is no date or time"),
        Text("请写成 20260901(全天)或 20260901T090000", "Write 20260901 (whole day) or 20260901T090000"),
    ),
    "out_of_range": (
        Text("{name} 的“{found}”不在 1900 到 2199 年之间", "“{found}” in {name} is not from 1900 to 2199"),
        Text("请核对年份", "Look at the year again"),
    ),
    "date_and_time": (
        Text("{name} 标为日期,却带着时间“{found}”", "{name} says it is a date and gives the time “{found}”"),
        Text("请去掉 VALUE=DATE,或只写日期", "Take VALUE=DATE out, or write the date alone"),
    ),
    "zone": (
        Text(
            "时区“{found}”既不是通用时区名,文件里也没有说明,不知是几点",
            "The zone “{found}” is no known one and the file does not describe it: nobody can say what hour is meant",
        ),
        Text("请改为 TZID=Asia/Shanghai 等通用名", "Write a common name such as TZID=Asia/Shanghai"),
    ),
    "zone_rule": (
        Text("文件里对时区“{found}”的说明读不出来", "What the file says of the zone “{found}” cannot be read"),
        Text(
            "请改为 TZID=Asia/Shanghai 等通用名,或补全 VTIMEZONE",
            "Write a common name such as TZID=Asia/Shanghai, or mend the VTIMEZONE",
        ),
    ),
    "too_many_zones": (
        Text("文件自带的时区超过 {most} 个", "The file brings more than {most} zones of its own"),
        Text("请从日历程序里重新导出", "Export the calendar again"),
    ),
    "mixed": (
        Text("开始和结束,一个是全天日期,一个带钟点", "Of beginning and end one is a day and one has an hour"),
        Text("请把 DTSTART 和 DTEND 写成同一种", "Write DTSTART and DTEND in the same way"),
    ),
    "ends_early": (
        Text("结束早于开始", "It ends before it begins"),
        Text("请核对 DTSTART 和 DTEND", "Look at DTSTART and DTEND again"),
    ),
    "bad_length": (
        Text("时长“{found}”读不懂", "The length “{found}” cannot be read"),
        Text("请写成 PT1H30M(一个半小时)或 P2D(两天)", "Write PT1H30M (an hour and a half) or P2D (two days)"),
    ),
    "length_negative": (
        Text("时长是负的:“{found}”", "The length is negative: “{found}”"),
        Text("请写正的时长,例如 PT1H", "Write a length that runs forward, such as PT1H"),
    ),
    "length_huge": (
        Text("时长“{found}”超过十年", "The length “{found}” is more than ten years"),
        Text("请核对时长,或改写 DTEND", "Look at the length again, or write DTEND"),
    ),
    "two_ends": (
        Text("DTEND 和 DURATION 说的不是同一个结束", "DTEND and DURATION do not say the same end"),
        Text("请只留一个", "Keep one of them"),
    ),
    "bad_rule": (
        Text("重复规则读不懂:{why}", "The recurrence rule cannot be read: {why}"),
        Text("请改正这一行 RRULE,或逐次写出日期", "Mend this RRULE line, or write the dates one by one"),
    ),
    "bad_again": (
        Text(
            "RECURRENCE-ID“{found}”读不懂,不知改的是哪一次",
            "RECURRENCE-ID “{found}” cannot be read: which time it changes is unknown",
        ),
        Text("请写成原来那一次的开始时间", "Write the beginning of the time that is changed"),
    ),
    "too_many_rules": (
        Text("一项里的 RRULE 超过 {most} 条", "One entry has more than {most} RRULE lines"),
        Text("请分成几项", "Divide the entry"),
    ),
    "too_many_dates": (
        Text("一项里的 {name} 超过 {most} 个日期", "One entry has more than {most} dates in {name}"),
        Text("请改用 RRULE,或分成几项", "Use an RRULE, or divide the entry"),
    ),
}

#: What was put right while reading.
NOTES: dict[str, Text] = {
    "gb18030": Text("文字按 GB18030 读", "Read as GB18030"),
    "utf16": Text("文字按 UTF-16 读", "Read as UTF-16"),
    "no_outer": Text("缺 BEGIN:VCALENDAR,仍照读", "BEGIN:VCALENDAR is missing; read all the same"),
    "no_version": Text("日历没有写 VERSION", "The calendar says no VERSION"),
    "no_maker": Text("日历没有写 PRODID", "The calendar says no PRODID"),
    "no_events": Text("日历里没有可用的安排", "There is no entry in the calendar that could be used"),
    "before": Text("日历之前的字没有读", "What stands before the calendar was not read"),
    "after": Text("日历之后的字没有读", "What stands after the calendar was not read"),
    "stray_line": Text("这一行不是“名称:值”,跳过了", "This line is no “name:value” and was passed over"),
    "no_uid": Text("这一项没有编号(UID),按内容编了一个", "This entry has no UID; one was made from what it says"),
    "same_uid": Text("同一编号出现多次,以最新的一项为准", "The same UID comes more than once; the newest counts"),
    "two_of_a_uid": Text(
        "两项编号相同、内容不同、不分新旧,都留下了",
        "Two entries have one UID, differ, and neither is newer; both were kept",
    ),
    "no_length": Text("结束等于开始,按{what}算", "It ends as it begins; taken as {what}"),
    "bare_date": Text("{name} 没有标 VALUE=DATE,按日期读", "{name} has no VALUE=DATE; read as a date"),
    "midnight": Text("{name} 标为日期却写了零点,按日期读", "{name} says date and gives midnight; read as a date"),
    "odd_date": Text(
        "{name} 的写法不合标准,意思清楚,照读", "{name} is not written to the standard; its meaning is plain"
    ),
    "utc_and_zone": Text("{name} 既标时区又以 Z 结尾,按 Z(世界时)读", "{name} has a zone and a Z; read as UTC"),
    "floating": Text("没有写时区的时间按北京时间读", "Times without a zone are read as Beijing time"),
    "zone_offset": Text("时区“{found}”按固定时差读", "The zone “{found}” is read as a fixed offset"),
    "bad_zone_unused": Text(
        "时区“{found}”的说明有误,没有用到", "What is said of the zone “{found}” is wrong; it was not needed"
    ),
    "until_kind": Text("UNTIL 与 DTSTART 的写法不同,按当天读", "UNTIL is written unlike DTSTART; read as that day"),
    "outside_rule": Text(
        "开始时间不在自己的重复规则里,仍算第一次",
        "Its beginning is not one of its rule's times; it counts as the first all the same",
    ),
    "empty_value": Text("{name} 是空的", "{name} is empty"),
    "bad_status": Text("STATUS“{found}”不认识,按已定读", "STATUS “{found}” is unknown; read as confirmed"),
    "cut_title": Text("标题太长,只留前 {most} 字", "The title is too long; its first {most} letters are kept"),
    "odd_signs": Text("{name} 里多了分号或引号,照读", "{name} has a semicolon or quote too many; read all the same"),
}

#: What is good iCalendar and is not used here.
UNSUPPORTED: dict[str, Text] = {
    "component": Text("{found} 不是安排,没有读", "{found} is no entry of a calendar and was not read"),
    "alarm": Text("提醒(VALARM)没有读", "Reminders (VALARM) were not read"),
    "old_version": Text(
        "VERSION:{found} 是旧格式(vCalendar),按 2.0 读", "VERSION:{found} is the old vCalendar; read as 2.0"
    ),
    "this_and_future": Text(
        "“这一次及以后”(RANGE=THISANDFUTURE)只改了这一次",
        "“This and all following” (RANGE=THISANDFUTURE) changed this one time only",
    ),
    "except_rule": Text(
        "EXRULE 已废止,没有读,有的日期可能不该有", "EXRULE is obsolete and was not read: some dates may be too many"
    ),
    "other_calendar": Text(
        "按“{found}”历重复的规则没有读,只有第一次",
        "A rule that counts by the calendar “{found}” was not read; only its first time",
    ),
    "undated": Text(
        "没有开始时间的往来消息没有读", "Messages about an entry (METHOD) that give no beginning were not read"
    ),
    "skip": Text("规则的 SKIP={found} 没有读,只有第一次", "SKIP={found} in the rule was not read; only its first time"),
    "long_lists": Text(
        "写出的次数到了上限,后面的没有展开", "The list of times reached its bound; later ones were not written out"
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say, where (line 1 is the first), and for an error how to mend it. `times`: how often it came."""

    code: str
    line: int
    text: Text
    mend: Text | None = None
    times: int = 1


@dataclass(slots=True)
class Findings:
    """What was found, in order. Notes of one kind are counted; errors are told one by one up to a bound."""

    errors: list[Finding] = field(default_factory=list)
    errors_in_all: int = 0
    _notes: dict[tuple[str, Text], list[int]] = field(default_factory=dict)
    _unsupported: dict[tuple[str, Text], list[int]] = field(default_factory=dict)

    def error(self, code: str, line: int, **found: object) -> None:
        """Say what cannot be read."""
        self.errors_in_all += 1
        if len(self.errors) < MOST_TOLD:
            text, mend = ERRORS[code]
            self.errors.append(Finding(code, line, _filled(text, found), _filled(mend, found)))

    def note(self, code: str, line: int, **found: object) -> None:
        """Say what was put right."""
        self._count(self._notes, code, NOTES[code], line, found)

    def unsupported(self, code: str, line: int, **found: object) -> None:
        """Say what was left unread."""
        self._count(self._unsupported, code, UNSUPPORTED[code], line, found)

    def _count(
        self, where: dict[tuple[str, Text], list[int]], code: str, text: Text, line: int, found: dict[str, object]
    ) -> None:
        key = (code, _filled(text, found))
        if key in where:
            where[key][1] += 1
        elif len(where) < MOST_TOLD:
            where[key] = [line, 1]

    @property
    def notes(self) -> list[Finding]:
        """The notes, each kind once."""
        return [Finding(code, line, text, None, times) for (code, text), (line, times) in self._notes.items()]

    @property
    def left_unread(self) -> list[Finding]:
        """What is not supported, each kind once."""
        return [Finding(code, line, text, None, times) for (code, text), (line, times) in self._unsupported.items()]


def _filled(text: Text, found: dict[str, object]) -> Text:
    zh, en = ({name: _shown(value, lang) for name, value in found.items()} for lang in ("zh", "en"))
    return Text(text.zh.format(**zh), text.en.format(**en))


def _shown(value: object, lang: str) -> str:
    """Return what was found as it may stand in a sentence: short, and nothing a terminal would obey."""
    if isinstance(value, Text):
        return value.say(lang)
    text = "".join(char if char.isprintable() else "·" for char in str(value))
    return text if len(text) <= 40 else text[:39] + "…"
