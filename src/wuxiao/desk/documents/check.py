"""Is a DOCX template of a town's own fit for use? What it may say, which fields it uses, whether the worst paper fits.

A template may print fields, go through lists and ask whether something is there, and nothing else: no calls, no
arithmetic, no attributes but those of an item. That is looked at before anything of it is run; then it is run in the
sandbox with the hardest paper there is (sixty items, long names, rare characters, marks that look like code).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, nodes

from wuxiao.desk.documents import documents, word
from wuxiao.rules.papers import FIELDS, KINDS, MUST, OF_ITEM, Content, Item
from wuxiao.rules.words import Text

#: The largest template, packed and unpacked, and how deep lists may be gone through.
MOST, MOST_UNPACKED, DEEPEST = 2_000_000, 40_000_000, 2
#: What a template may be made of.
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const,
    nodes.For, nodes.If, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.Test,
)  # fmt: skip
_WIDE = re.compile(r"[｛﹛]\s*[｛﹛%％].{0,40}|[｛{]\s*[%％].{0,40}")
_TAG = re.compile(r"<[^>]+>")
_XML_PART = re.compile(r"word/(document|header\d*|footer\d*)\.xml")

_HARD_ITEM = "第{n}处：安全出口<被占用>&“{{{{ x }}}}”，宽不足1.4m，𬎆姓业主称“马上改”"
HARD = Content(
    to="买买提·阿不都热依木江·艾合买提（上海）餐饮管理有限责任公司望川县清平街道东门路分店𠮷",
    opening=("二〇二六年九月八日，检查发现下列六十处问题：" + "长" * 400,),
    items=tuple(
        Item(_HARD_ITEM.format(n=n), "《中华人民共和国消防法》第二十八条" if n % 3 else "") for n in range(1, 61)
    ),
    closing=("以上问题应当在2026年9月15日24:00以前改正。", "改正以后告诉本单位。"),
    notes=("不服本通知的，可以自收到之日起六十日内依法申请行政复议。",),
    english=("For your convenience: the Chinese text counts.",),
)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing about a template: an `error` keeps it from use, a `hint` does not; near which words it stands."""

    level: str
    text: Text
    near: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, which fields are used, and the preview with the hardest paper (`None` where it cannot be)."""

    found: tuple[Found, ...]
    used: frozenset[str]
    preview: bytes | None

    @property
    def ok(self) -> bool:
        """Whether it may be used."""
        return not any(one.level == "error" for one in self.found)


def _error(zh: str, en: str, near: str = "") -> Found:
    return Found("error", Text(zh, en), near[:80])


def _hint(zh: str, en: str, near: str = "") -> Found:
    return Found("hint", Text(zh, en), near[:80])


def hardest(kind: str) -> dict[str, Any]:
    """Return the fields of the hardest paper of a kind."""
    return documents.fields(
        KINDS[kind],
        HARD,
        number=KINDS[kind].number(2026, 12345),
        body="望川县公安局清平街道东门路社区派出所（流动警务站）",
        town="望川县",
        day=date(2026, 12, 31),
        code="7F3K9QXM7F3K",
    )


def check(data: bytes, kind: str) -> Report:
    """Return what there is to say of a DOCX template for a kind of papers; never raises for what is in the file."""
    parts, wrong = _parts(data)
    if wrong is not None:
        return Report((wrong,), frozenset(), None)
    found = [*_carried(parts), *_faces(parts)]
    used, said = _words(data)
    found += said
    found += _missing(used)
    preview = None
    if not any(one.level == "error" for one in found):
        try:
            preview = word.filled(data, hardest(kind), qr=documents.qr_png("https://example.org/paper/0"))
        except TemplateError as error:
            found.append(_error(f"填不进去：{error}", f"it cannot be filled: {error}", _near(error)))
        except Exception as error:
            # Whatever else the library meets in a file somebody made is a fault of that file.
            found.append(_error(f"填好以后打不开：{error}", f"filled, it cannot be put together: {error}"))
    return Report(tuple(found), used, preview)


def _parts(data: bytes) -> tuple[dict[str, str], Found | None]:
    """Return the XML parts of the archive, or what keeps it from being read."""
    no = _error("不是 Word 文件（.docx）：请用 Word 或 WPS 另存为 .docx", "this is no Word file: save it as .docx")
    if len(data) > MOST:
        return {}, _error("文件超过2MB：请去掉大图片", "the file is over 2 MB: take large pictures out")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > MOST_UNPACKED:
                return {}, _error("展开以后太大", "it is too large when unpacked")
            names = archive.namelist()
            parts = {
                name: archive.read(name).decode("utf-8", "replace")
                for name in names
                if name.endswith((".xml", ".rels"))
            }
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
        return {}, no
    if any("vbaProject" in name for name in names):
        return {}, _error("里面带有宏，不能用：请另存为不带宏的 .docx", "it holds macros: save it without them")
    return (parts, None) if "word/document.xml" in parts else ({}, no)


def _carried(parts: dict[str, str]) -> Iterator[Found]:
    """What would be fetched from elsewhere when somebody opens the paper, and embedded objects."""
    for name, xml in parts.items():
        if name.endswith(".rels"):
            for target in re.findall(r'<Relationship\b[^>]*TargetMode="External"[^>]*>', xml):
                if "/hyperlink" not in target:
                    yield _error(
                        "里面有从别处取的内容（图片或模板），不能用",
                        "it fetches something from elsewhere (a picture or a template)",
                        target,
                    )
            if "/oleObject" in xml or "/package" in xml.replace("/package/2006", ""):
                yield _error("里面嵌有别的文件，不能用", "it carries other files")
        if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
            yield _error("文件的格式不对", "the file is not made as Word makes one", name)
        if re.search(r"<w:instrText[^>]*>[^<]*\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE)\b", xml):
            yield _error("里面有会取外部内容的域，不能用", "it has a field that fetches something", name)


def _faces(parts: dict[str, str]) -> Iterator[Found]:
    styles = parts.get("word/styles.xml", "") + parts.get("word/settings.xml", "")
    if "ja-JP" in styles or 'w:eastAsia="en-US"' in styles or "ＭＳ" in styles:
        yield _hint(
            "样式里的东亚语言不是中文，“直、骨、令”可能显示成日文字形：请把文档语言设为简体中文",
            "its East Asian language is not Chinese: some characters may be shown in a Japanese shape",
        )


def _text_of(xml: str) -> str:
    return _TAG.sub("", re.sub(r"</w:p>", "\n", xml))


def _words(data: bytes) -> tuple[frozenset[str], list[Found]]:
    """Return the fields a template uses, and what it says that it may not, part by part."""
    found: list[Found] = []
    used: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if _XML_PART.fullmatch(name)}
    template = word.docxtpl.DocxTemplate(io.BytesIO(data))
    for xml in parts.values():
        for wide in _WIDE.finditer(_text_of(xml)):
            if not wide.group().startswith("{%"):
                found.append(
                    _error(
                        "括号是全角的，不会填进去：请用英文半角的 {{ 和 }}",
                        "these braces are full width and would not be filled: type {{ and }}",
                        wide.group(),
                    )
                )
        try:
            tree = word.environment().parse(template.patch_xml(xml))
        except TemplateSyntaxError as error:
            found.append(_error(f"写法不对：{error.message}", f"this cannot be read: {error.message}", _near(error)))
            continue
        names, said = _judged(tree)
        used |= names
        found += said
    return frozenset(used), found


def _judged(tree: nodes.Template) -> tuple[set[str], list[Found]]:
    """Walk through what a template says: only allowed pieces, known fields, lists not too deep."""
    found: list[Found] = []
    used: set[str] = set()

    def walk(node: nodes.Node, own: frozenset[str], depth: int) -> None:
        if not isinstance(node, _ALLOWED):
            name = type(node).__name__
            found.append(
                _error(
                    f"模板里只能写项目、“for”和“if”，不能写这个（{name}）",
                    f"a template may hold fields, for and if only, not this ({name})",
                    f"第{node.lineno}行 line {node.lineno}",
                )
            )
            return
        if isinstance(node, nodes.Name) and node.name not in own:
            if node.name in FIELDS:
                used.add(node.name)
            else:
                found.append(
                    _error(f"没有“{node.name}”这个项目", f"there is no field “{node.name}”", f"{{{{ {node.name} }}}}")
                )
        if isinstance(node, nodes.Getattr) and node.attr not in OF_ITEM:
            found.append(_error(f"每条没有“{node.attr}”", f"an item has no “{node.attr}”", node.attr))
            return
        if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
            found.append(_error("方括号里只能写固定的字", "only fixed words stand in square brackets"))
            return
        if isinstance(node, nodes.For):
            if depth >= DEEPEST:
                found.append(_error("“for”套得太多", "for stands inside for inside for"))
                return
            walk(node.iter, own, depth)
            mine = own | {one.name for one in node.target.find_all(nodes.Name)} | {"loop"}
            if isinstance(node.target, nodes.Name):
                mine |= {node.target.name}
            for below in (*node.body, *node.else_):
                walk(below, mine, depth + 1)
            return
        for below in node.iter_child_nodes():
            walk(below, own, depth)

    walk(tree, frozenset(), 0)
    return used, found


def _missing(used: frozenset[str]) -> Iterator[Found]:
    for name in MUST:
        if name not in used:
            yield _error(
                f"缺“{FIELDS[name].zh}”：请写 {{{{ {name} }}}}", f"{FIELDS[name].en} is missing: write {{{{ {name} }}}}"
            )
    for name in sorted(FIELDS.keys() - used - set(MUST)):
        yield _hint(f"没有用到“{FIELDS[name].zh}”（{name}）", f"not used: {FIELDS[name].en} ({name})")


def _near(error: TemplateError) -> str:
    lines = getattr(error, "docx_context", None)
    return " ".join(" ".join(str(line) for line in lines).split()) if lines is not None else ""
