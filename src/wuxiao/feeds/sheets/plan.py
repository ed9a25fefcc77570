"""How a source's table is read: which column holds what, and what its words mean here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from zoneinfo import ZoneInfo

from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.files.tables import How, plain
from wuxiao.desk.matters.intake import NAMES
from wuxiao.feeds.sheets.moments import ORDERS
from wuxiao.rules.positions import ASK
from wuxiao.rules.words import Text
from wuxiao.typed.crs import named

#: The ways a promise of a past matter is given: counted by our rule book; as the source told it (ours where it told
#: none); or only as the source told it, and rows without a date are refused.
PROMISES = ("own", "given", "given_only")

#: Headings by which a column is known, best first; compared without blanks, marks and case.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "external_id": (
        "工单编号", "工单号", "留言编号", "事项编号", "受理编号", "案件编号", "原编号", "编号", "流水号",
        "序号",
        "external_id", "service_request_id", "service_request_number", "servicerequestnum", "srnumber",
        "srrecordid",
        "request_id", "ticket", "case_id", "number", "id",
    ),
    "received_at": (
        "登记时间", "受理时间", "来电时间", "留言时间", "诉求时间", "反映时间", "创建时间", "接收时间",
        "提交时间",
        "收到时间", "登记日期", "日期", "时间", "received_at", "received", "requested_datetime", "created_date",
        "creation_date", "created", "created_at", "opened", "open_date",
    ),
    "title": (
        "标题", "主题", "留言主题", "工单标题", "诉求标题", "事项标题", "title", "subject", "summary",
    ),
    "words": (
        "内容", "留言详情", "诉求内容", "工单内容", "反映内容", "留言内容", "问题描述", "具体内容", "事项描述",
        "描述",
        "详情", "正文", "words", "description", "details", "body", "message", "text", "comments",
    ),
    "category": (
        "分类", "类别", "诉求类别", "事项分类", "问题类别", "问题分类", "一级分类", "事项类型", "工单分类",
        "标签",
        "category", "service_name", "service_code", "type", "request_type", "srtype",
        "type_of_service_request", "label",
    ),
    "handling_class": ("办理类别", "诉求类型", "工单类型", "诉求性质", "handling_class", "class"),
    "division": (
        "区划", "所属区域", "所属街道", "镇街", "乡镇街道", "街道", "区域", "辖区", "属地", "division",
        "district",
    ),
    "place": (
        "地点", "地址", "事发地址", "事发地点", "诉求地址", "详细地址", "发生地点", "place", "address",
        "street_address",
        "location_address",
    ),
    "lat": ("纬度", "lat", "latitude", "y"),
    "lon": ("经度", "lon", "lng", "long", "longitude", "x"),
    "name": (
        "称呼", "姓名", "来电人", "诉求人", "联系人", "反映人", "留言人", "name", "requester", "caller",
        "reporter",
    ),
    "phone": ("电话", "联系电话", "来电号码", "手机", "手机号", "联系方式", "phone", "telephone", "mobile"),
    "channel": (
        "渠道", "来源", "来源渠道", "诉求来源", "受理渠道", "channel", "method_received", "request_source",
        "source",
    ),
    "unit": (
        "承办单位", "办理单位", "责任单位", "主办单位", "答复单位", "handling_unit", "unit",
        "agency_responsible",
    ),
    "promised_at": (
        "承诺期限", "办理期限", "办结期限", "截止时间", "到期时间", "应办结时间", "要求办结时间", "promised_at",
        "expected_datetime", "due_date", "due", "service_date", "deadline",
    ),
    "answered_at": ("答复时间", "回复时间", "反馈时间", "answered_at", "answered", "replied"),
    "answer": (
        "答复内容", "答复意见", "回复内容", "答复", "办理情况", "处理结果", "办理意见", "answer", "reply",
        "status_notes",
    ),
    "closed_at": (
        "办结时间", "结案时间", "完成时间", "关闭时间", "办结日期", "closed_at", "closed", "close_date",
        "closed_date",
        "completion_date",
    ),
    "outcome": ("办理结果", "办理状态", "状态", "工单状态", "结果", "outcome", "status", "sr_status"),
    "rating": ("评价", "满意度", "满意情况", "满意度评价", "rating", "satisfaction"),
    "solved": ("是否解决", "解决情况", "solved", "resolved"),
    "kept_from": (
        "对谁保密", "保密单位", "回避单位", "是否保密", "保密", "保密标识", "kept_from", "confidential", "secret",
    ),
}  # fmt: skip
KNOWN = frozenset(plain(h) for words in HEADINGS.values() for h in words)


@dataclass(slots=True)
class Plan:
    """Everything a person decides about a source; stored as JSON with each import of it.

    `columns` gives for each name of `desk.intake.NAMES` the headings its value stands under (joined if several).
    `categories`, `channels` and `outcomes` say what the source's words mean here; a `*` in a word stands for anything
    (the word that says most wins), several category codes with `|` between leave the choice to the words of the
    matter. `crs` is the system of its positions, needed where it has any.
    """

    source: str
    columns: dict[str, list[str]] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    zone: str = "Asia/Shanghai"
    order: str = ""
    day_ends: bool = False
    promise: str = "given"
    division: str = ""
    channel: str = "import"
    handling_class: str = ""
    placeholders: list[list[float]] = field(default_factory=list)
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_line: int = 0
    crs: str = ""

    @property
    def how(self) -> How:
        """How the file itself is read."""
        return How(self.encoding, self.delimiter, self.sheet, self.header_line)

    def to_json(self) -> dict[str, Any]:
        """Return the form that is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """Read the stored form; what it does not know is left out. Raises `Invalid` for nonsense."""
        known = {f.name for f in fields(cls)}
        plan = cls(**{name: value for name, value in data.items() if name in known})
        plan.columns = {n: [h] if isinstance(h, str) else list(h) for n, h in plan.columns.items() if h}
        plan.check()
        return plan

    def check(self) -> None:
        """Raise `Invalid` for choices that make no sense."""
        errors: dict[str, Text] = {}
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, KeyError):
            errors["zone"] = Text(f"没有这个时区:{self.zone}", f"no such time zone: {self.zone}")
        if self.order not in {"", *ORDERS}:
            errors["order"] = Text("日期写法应是 ymd、mdy 或 dmy", "dates are written ymd, mdy or dmy")
        if self.promise not in PROMISES:
            errors["promise"] = Text("期限应是 own、given 或 given_only", "the promise is own, given or given_only")
        if self.crs and named(self.crs) is None:
            errors["crs"] = ASK
        for name in self.columns:
            if name not in NAMES:
                errors["columns"] = Text(f"没有“{name}”这一项", f"there is no field “{name}”")
        if errors:
            raise Invalid(errors)

    def missing(self, headings: Sequence[str]) -> dict[str, Text]:
        """Return what stops this plan from reading a table with these headings."""
        errors: dict[str, Text] = {}
        for name, wanted in self.columns.items():
            for heading in wanted:
                if heading not in headings:
                    text = Text(f"表里没有“{heading}”这一列", f"the table has no column “{heading}”")
                    errors[name] = text
        if not (self.columns.get("words") or self.columns.get("title") or self.columns.get("category")):
            errors["words"] = Text("请选择哪一列是内容", "choose the column that holds the words")
        if not self.columns.get("received_at"):
            errors["received_at"] = Text("请选择哪一列是登记时间", "choose the column with the time of receipt")
        if self.columns.get("lat") and self.columns.get("lon") and named(self.crs) is None:
            errors["crs"] = ASK
        return errors


def guess_columns(headings: Sequence[str]) -> dict[str, list[str]]:
    """Return for each name the heading that most likely holds it; each heading serves once."""
    found: dict[str, list[str]] = {}
    plains = {heading: plain(heading) for heading in headings}
    used: set[str] = set()
    for exact in (True, False):
        for name, words in HEADINGS.items():
            if name not in found:
                heading = _match(words, plains, used, exact=exact)
                if heading is not None:
                    found[name] = [heading]
                    used.add(heading)
    return {name: found[name] for name in NAMES if name in found}


def _match(words: Iterable[str], plains: Mapping[str, str], used: set[str], *, exact: bool) -> str | None:
    for word in map(plain, words):
        for heading, own in plains.items():
            if heading in used or not own:
                continue
            if own == word or (not exact and len(word) >= 2 and own not in KNOWN and _inside(word, own)):
                return heading
    return None


def _inside(word: str, own: str) -> bool:
    # Latin words are too often part of others (id, type, x): only their ends count, and only longer ones.
    return word in own if not word.isascii() else len(word) >= 5 and (own.startswith(word) or own.endswith(word))
