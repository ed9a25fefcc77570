"""The vocabulary of XLSForm: the words of the type column and of the headings, old ones and short ones too."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from wuxiao.rules.questions.form import Kind
from wuxiao.typed.plain import flat

_K = Kind
#: Word of the type column: kind. The first of a kind is what the kind itself is called.
KINDS: dict[str, Kind] = {
    **{kind.value: kind for kind in Kind if kind not in (_K.ONE, _K.MANY, _K.RANK)},
    **dict.fromkeys(("string", "q string", "add text prompt"), _K.TEXT),
    **dict.fromkeys(("int", "q int", "add integer prompt"), _K.INTEGER),
    **dict.fromkeys(("q decimal", "add decimal prompt"), _K.DECIMAL),
    **dict.fromkeys(("q note", "add note prompt"), _K.NOTE),
    **dict.fromkeys(("gps", "location", "q geopoint", "q location", "add location prompt"), _K.POINT),
    "q geotrace": _K.LINE,
    "q geoshape": _K.SHAPE,
    **dict.fromkeys(("q date", "add date prompt"), _K.DATE),
    **dict.fromkeys(
        ("datetime", "date time", "q dateTime", "q date time", "add dateTime prompt", "add date time prompt"), _K.MOMENT
    ),
    **dict.fromkeys(("photo", "q picture", "q image", "add image prompt", "add photo prompt"), _K.IMAGE),
    **dict.fromkeys(("q audio", "add audio prompt"), _K.AUDIO),
    **dict.fromkeys(("q video", "add video prompt"), _K.VIDEO),
    "add file prompt": _K.FILE,
    **dict.fromkeys(("q barcode", "add barcode prompt"), _K.BARCODE),
    **dict.fromkeys(("q calculate", "add calculate prompt"), _K.CALCULATE),
    **dict.fromkeys(("trigger", "q acknowledge", "add acknowledge prompt"), _K.ACKNOWLEDGE),
    **dict.fromkeys(("start time", "get start time"), _K.START),
    **dict.fromkeys(("end time", "get end time"), _K.END),
    "get today": _K.TODAY,
    **dict.fromkeys(("imei", "device id", "get device id", "uri:deviceid"), _K.DEVICE),
    **dict.fromkeys(("get phone number", "uri:phonenumber"), _K.PHONE),
    "uri:username": _K.USER,
    "uri:email": _K.MAIL,
    **dict.fromkeys(("subscriber id", "get subscriber id", "uri:subscriberid"), _K.SUBSCRIBER),
    **dict.fromkeys(("sim id", "get sim id", "uri:simserial"), _K.SIM),
}
#: Old words that bring a constraint of their own: kind, constraint.
BOUND: dict[str, tuple[Kind, str]] = {
    "phone number": (_K.TEXT, r"regex(., '^\d*$')"),
    "percentage": (_K.INTEGER, "0 <= . and . <= 100"),
    "number of days in last month": (_K.INTEGER, "0 <= . and . <= 31"),
    "number of days in last six months": (_K.INTEGER, "0 <= . and . <= 183"),
    "number of days in last year": (_K.INTEGER, "0 <= . and . <= 365"),
}
#: Types that are good XLSForm and not to be had here, each with the reason.
UNSUPPORTED: dict[str, tuple[str, str]] = {
    "audit": (
        "会记录填表人的操作，本系统不做",
        "it records what the person does while filling in, which is not done here",
    ),
    "background-audio": ("会在后台录音，本系统不做", "it records sound unnoticed, which is not done here"),
    "background-geopoint": ("会在后台定位，本系统不做", "it notes the place unnoticed, which is not done here"),
    "start-geopoint": ("会在后台定位，本系统不做", "it notes the place unnoticed, which is not done here"),
    "xml-external": ("要用另外的数据文件，请改用 choices 表", "it needs another data file: use the choices sheet"),
    "csv-external": ("要用另外的数据文件，请改用 choices 表", "it needs another data file: use the choices sheet"),
    "osm": ("要用地图编辑软件，请改用定位题", "it needs a map editor: ask for a geopoint instead"),
}
_ONE = ("select_one", "select one", "select one from", "select1", "add select one prompt using")
_MANY = ("select_multiple", "select all that apply", "select all that apply from", "add select multiple prompt using")
_FILE = ("select_one_from_file", "select_multiple_from_file", "select one from file", "select multiple from file")
SELECTS: dict[str, Kind | None] = {
    **dict.fromkeys(_ONE, _K.ONE),
    **dict.fromkeys(_MANY, _K.MANY),
    "rank": _K.RANK,
    "select_one_external": _K.ONE,
    **dict.fromkeys(_FILE, None),
}
_SELECT = re.compile(
    rf"({'|'.join(sorted(map(re.escape, SELECTS), key=len, reverse=True))})\s+(\S+)"
    r"(?:\s+(or specify other|or_other|or other))?"
)
_CONTROL = re.compile(r"(begin|end)[ _](group|repeat|lgroup|looped group|loop)(?:\s+(?:over\s+)?(\S+))?")
#: Settings that old forms write as rows of the survey sheet.
SETTING_ROWS = {"form_title": "form_title", "set form title": "form_title", "form_id": "form_id"} | {
    "set form id": "form_id",
    "set_form_title": "form_title",
    "set_form_id": "form_id",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What a cell of the type column says."""

    control: str = ""  # begin or end
    repeat: bool = False
    loop: bool = False
    kind: Kind | None = None
    choices: str = ""
    other: bool = False
    external: bool = False
    constraint: str = ""
    #: The feature that is not to be had here.
    feature: str = ""
    why: tuple[str, str] = ("", "")
    setting: str = ""


def typed(text: str) -> Typed | None:
    """Return what a type is; `None` for a word that is none."""
    word = " ".join(flat(text).split())
    if found := _CONTROL.fullmatch(word):
        if found[2] == "loop":
            return Typed(control=found[1], loop=True, choices=found[3] or "")
        return Typed(control=found[1], repeat=found[2] != "group")
    if found := _SELECT.fullmatch(word):
        return _selected(found[1], found[2], bool(found[3]))
    if word in UNSUPPORTED or word.partition(" ")[0] == "osm":
        feature = word.partition(" ")[0] if word not in UNSUPPORTED else word
        return Typed(feature=feature, why=UNSUPPORTED[feature])
    if word in BOUND:
        return Typed(kind=BOUND[word][0], constraint=BOUND[word][1])
    if word in SETTING_ROWS:
        return Typed(setting=SETTING_ROWS[word])
    return Typed(kind=KINDS[word]) if word in KINDS else None


def _selected(command: str, name: str, other: bool) -> Typed:
    kind = SELECTS[command]
    if kind is None:
        why = (
            "选项要从另外的文件里取，请写进 choices 表",
            "the choices come from another file: put them on the choices sheet",
        )
        return Typed(feature=command.replace(" ", "_"), why=why)
    if "${" in name:
        why = ("选项取自前面的回答，请改用文字题", "the choices come from earlier answers: ask for a text instead")
        return Typed(feature=f"{command.replace(' ', '_')} ${{…}}", why=why)
    return Typed(kind=kind, choices=name, other=other, external=command == "select_one_external")


def alike(text: str) -> str:
    """Return the type that a wrong word was probably meant to be; "" when none is near."""
    word, _, rest = " ".join(flat(text).split()).partition(" ")
    known = [*KINDS, *BOUND, "select_one", "select_multiple", "rank", "begin_group", "end_group", "begin_repeat"]
    near = difflib.get_close_matches(f"{word} {rest}".strip().lower(), [one.lower() for one in known], 1, 0.8)
    near = near or difflib.get_close_matches(word.lower(), [one.lower() for one in known], 1, 0.75)
    return next((one for one in known if near and one.lower() == near[0]), "")


# -- headings ----------------------------------------------------------------------------------------------------------

_SURVEY_NAMES = {
    "command": "type",
    "tag": "name",
    "value": "name",
    "caption": "label",
    "relevance": "relevant",
    "read_only": "readonly",
    "calculate": "calculation",
    "constraining_message": "constraint_message",
    "requiredmsg": "required_message",
    "count": "repeat_count",
    "jr:count": "repeat_count",
}
_CHOICE_NAMES = {"list name": "list_name", "value": "name", "caption": "label"}
_SETTING_NAMES = {
    "id_string": "form_id",
    "set_form_id": "form_id",
    "title": "form_title",
    "set_form_title": "form_title",
}
_NAMES = {
    "survey": _SURVEY_NAMES,
    "choices": _CHOICE_NAMES,
    "external_choices": _CHOICE_NAMES,
    "settings": _SETTING_NAMES,
}
#: Second halves of `bind::…`, `control::…`, `body::…` that are columns of their own.
_BOUND_NAMES = {
    "relevant": "relevant",
    "constraint": "constraint",
    "calculate": "calculation",
    "required": "required",
    "readonly": "readonly",
    "jr:constraintmsg": "constraint_message",
    "jr:requiredmsg": "required_message",
    "appearance": "appearance",
    "jr:count": "repeat_count",
}
MEDIA = ("image", "big-image", "audio", "video")
SPOKEN = frozenset({"label", "hint", "guidance_hint", "constraint_message", "required_message", *MEDIA, "form_title"})


#: How a title in a further language is headed: XLSForm has one title, and converters choke on `form_title::language`.
TITLE_IN = "title in "


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its name as we know it, its language ("" for none), and how it was written."""

    name: str
    language: str
    written: str
    place: int


def heading(text: str, sheet: str, place: int, *, double: bool) -> Heading:
    """Return which column a heading means; `double` where the sheet uses `::`, so that one `:` is nothing special."""
    written = " ".join(text.split())
    if sheet == "settings" and written.lower().startswith(TITLE_IN):
        return Heading("form_title", written[len(TITLE_IN) :].strip(), written, place)
    whole = _named(written, sheet)
    if whole in SPOKEN or ("::" not in written and (double or ":" not in written)):
        return Heading(whole, "", written, place)
    mark = "::" if "::" in written else ":"
    parts = [part.strip() for part in written.split(mark)]
    if "jr" in parts[:-1] and mark == ":":
        at = parts.index("jr")
        parts[at : at + 2] = [f"jr:{parts[at + 1]}"]
    first = _named(parts[0], sheet)
    if first in ("bind", "control", "body", "media") and len(parts) > 1:
        inner = parts[1].lower()
        known = _BOUND_NAMES.get(inner) if first != "media" else inner if inner in MEDIA else None
        if known is None:
            return Heading(written, "", written, place)
        first, parts = known, parts[1:]
    if first in SPOKEN and len(parts) == 2:
        return Heading(first, parts[1], written, place)
    return Heading(first if len(parts) == 1 else written, "", written, place)


def _named(text: str, sheet: str) -> str:
    low = "_".join(text.lower().split())
    names = _NAMES.get(sheet, {})
    if sheet in ("choices", "external_choices"):
        low = names.get(low.replace("_", " "), names.get(low, low))
        # A filter names a column as it is written; only what we know ourselves is evened.
        return low if low in {"list_name", "name", *SPOKEN} else text
    return names.get(low, low)
