"""The trial of a DOCX template: everything that opens a file somebody made, in a process of its own with bounds.

A template may print fields, go through lists and ask whether something is there, and nothing else: no calls, no
arithmetic, no attributes but those of an item. That is looked at in every part that is rendered before anything of it
is run; nothing is compared, so that no paper says to one addressee what it says to nobody else. Then it is run in the
sandbox with the hardest and with the emptiest paper there is and with what lies between, and all that a paper says is
looked for in what a reader of each would see: neither hidden, nor faint, nor too small. Nothing of it is fetched from
elsewhere when the paper is opened, and no link leads to a stranger: relations and fields are read as XML, in the
template and in the filled paper.
"""

from __future__ import annotations

import base64
import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from defusedxml.ElementTree import fromstring
from jinja2 import TemplateError, TemplateSyntaxError, nodes

from wuxiao.desk.documents import word
from wuxiao.rules.papers import FIELDS, MUST, OF_ITEM
from wuxiao.rules.words import Text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: The largest template, packed and unpacked, and how deep lists may be gone through.
MOST, MOST_UNPACKED, DEEPEST = 2_000_000, 40_000_000, 2
#: Memory of the trial in bytes, its work in seconds of a processor, and the largest filled paper, unpacked.
MOST_MEMORY, MOST_SECONDS, MOST_FILLED = 1 << 30, 20, 40_000_000
#: What a template may be made of, and what may be asked of a value with `is`.
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const,
    nodes.For, nodes.If, nodes.Not, nodes.And, nodes.Or, nodes.Test,
)  # fmt: skip
_TESTS = frozenset({"defined", "undefined", "none", "odd", "even"})
#: Relations that may lead outside, and what may not be carried along or fetched, by the last word of its type.
_LINK = frozenset(
    f"http://{host}/officeDocument/{year}relationships/hyperlink"
    for host, year in (("schemas.openxmlformats.org", "2006/"), ("purl.oclc.org/ooxml", ""))
)
_FETCHED = frozenset({"attachedTemplate", "mailMergeSource", "mailMergeHeaderSource", "recipientData", "frame"})
_EMBEDDED = frozenset({"oleObject", "package", "aFChunk", "subDocument", "control", "vbaProject"})
#: Elements that fetch or carry something, and the fields Word may work out: none that reads another file.
_NO_ELEMENT = frozenset({"altChunk", "subDoc", "object", "control", "mailMerge", "dataSource", "sourceFileName"})
_MAY_WORK = frozenset({
    "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "DATE", "TIME", "CREATEDATE", "SAVEDATE", "PRINTDATE", "REF",
    "PAGEREF", "NOTEREF", "STYLEREF", "SEQ", "TOC", "TC", "TITLE", "SUBJECT", "SYMBOL", "EQ", "HYPERLINK", "FORMTEXT",
    "FORMCHECKBOX", "FORMDROPDOWN",
})  # fmt: skip
#: Parts a reader sees, what in them is no text of the paper, and the marks that hide a run.
_PAGE = re.compile(r"word/(?:document|header\d*|footer\d*)\.xml$")
_NOT_SEEN = frozenset({"del", "moveFrom", "instrText", "rPr", "pPr"})
_HIDES = frozenset({"vanish", "webHidden", "specVanish"})
#: What nobody reads: lighter than this (0 black, 255 white), smaller than 6 points (`w:sz` counts halves), narrower
#: than a third (`w:w` in percent).
_LIGHTEST, _SMALLEST, _NARROWEST = 176, 12, 33
#: Lists of a paper that stand whole in what a reader sees, where a template uses them, beside what `MUST` names.
_SAID = ("opening", "closing")
#: Whom links may lead to, beside where papers are checked: the state's own sites, where its laws stand.
_STATE = (".gov.cn",)
_WEB = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]+:|[/\\]{2})", re.IGNORECASE)
_WIDE = re.compile(r"[｛﹛]\s*[｛﹛%％].{0,40}|[｛{]\s*[%％].{0,40}")
_TAG = re.compile(r"<[^>]+>")
_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
#: The properties of a document that the library renders.
_PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing about a template: an `error` keeps it from use, a `hint` does not; near which words it stands."""

    level: str
    text: Text
    near: str = ""


def error(zh: str, en: str, near: str = "") -> Found:
    """Return what keeps a template from use."""
    return Found("error", Text(zh, en), near[:80])


def _hint(zh: str, en: str, near: str = "") -> Found:
    return Found("hint", Text(zh, en), near[:80])


def tried(
    data: bytes, papers: Sequence[Mapping[str, Any]], qr: bytes
) -> tuple[list[Found], frozenset[str], bytes | None]:
    """Return what was found, the fields used, and the template filled with the first of `papers`, `None` if not fit.

    It is fit where it can be filled with each of them.
    """
    parts, wrong = _parts(data)
    if wrong is not None:
        return [wrong], frozenset(), None
    host = urlsplit(str(papers[0]["address"])).hostname or ""
    found = [*_carried(parts, host), *_faces(parts)]
    if any(one.level == "error" for one in found):
        return found, frozenset(), None
    try:
        used, listed, said = _words(data)
    except Exception as met:
        # Whatever the library meets in a file somebody made is a fault of that file.
        return [*found, error(f"打不开：{_short(met)}", f"it cannot be opened: {_short(met)}")], frozenset(), None
    found += [*said, *_missing(used)]
    if any(one.level == "error" for one in found):
        return found, used, None
    made = []
    for fields in papers:
        preview, wrongs = _filled(data, fields, qr, host, listed)
        if wrongs:
            return [*found, *wrongs], used, None
        made.append(preview)
    return found, used, made[0]


def _filled(
    data: bytes, fields: Mapping[str, Any], qr: bytes, host: str, listed: frozenset[str]
) -> tuple[bytes | None, list[Found]]:
    """Return a template filled with one paper, and what keeps it from use then."""
    try:
        preview = word.filled(data, fields, qr=qr)
    except TemplateError as met:
        return None, [error(f"填不进去：{met}", f"it cannot be filled: {met}", _near(met))]
    except Exception as met:
        return None, [error(f"填好以后打不开：{_short(met)}", f"filled, it cannot be put together: {_short(met)}")]
    # What the words of a template leave away or put together may say what stood nowhere in it.
    parts, wrong = _parts(preview, MOST_FILLED)
    if wrong is not None:
        return None, [wrong]
    again = [one for one in _carried(parts, host) if one.level == "error"]
    return preview, [*again, *_unseen(parts, fields, listed)]


def _unseen(parts: Mapping[str, Element], fields: Mapping[str, Any], listed: frozenset[str]) -> Iterator[Found]:
    """Yield what every paper must show and a reader of this one would not see: left out, or hidden.

    Of a list that the template goes through (`listed`) all is printed; one it does not use is a hint (`_missing`).
    """
    faint = _faint_styles(parts)
    told = "".join(_seen(root, faint) for name, root in parts.items() if _PAGE.match(name))
    for name in MUST:
        if _close(fields[name]) not in told:
            yield error(
                f"文书上看不到“{FIELDS[name].zh}”：每份都要看得到，不能放在“if”里，也不能隐藏、太淡或者太小",
                f"{FIELDS[name].en} is not seen on the paper: it must be on each, outside any if, not hidden, faint or "
                "too small",
                name,
            )
    said = [(name, str(line)) for name in _SAID for line in fields[name]]
    said += [("items", str(item["words"])) for item in fields["items"]]
    said = [(name, line) for name, line in said if name in listed]
    for name, line in said:
        if _close(line) not in told:
            yield error(
                f"文书的话少了，或者看不到：{FIELDS[name].zh}。每一段、每一条都要印出来，不能有的印有的不印",
                f"words of the paper are left out or not seen: {FIELDS[name].en}. Each must be printed, on every paper",
                line,
            )
            return


def _close(text: object) -> str:
    return "".join(str(text).split())


def _seen(root: Element, faint: frozenset[str]) -> str:
    """Return the text of a part that a reader sees, without blanks; `faint` are the styles that nobody reads."""
    found: list[str] = []

    def walk(node: Element, hidden: bool) -> None:
        for one in node:
            tag = _local(one.tag) if isinstance(one.tag, str) else ""
            if tag in _NOT_SEEN:
                continue
            shut = hidden
            if tag == "p":
                shut = "" in faint or _style(one, "pPr", "pStyle") in faint
            elif tag == "r":
                shut = hidden or _style(one, "rPr", "rStyle") in faint or any(map(_unread, _own(one, "rPr")))
            if tag == "t" and not hidden:
                found.append(one.text or "")
            walk(one, shut)

    walk(root, "" in faint)
    return _close("".join(found))


def _own(node: Element, name: str) -> list[Element]:
    return [one for one in node if isinstance(one.tag, str) and _local(one.tag) == name]


def _said(node: Element) -> dict[str, str]:
    return {_local(key): value for key, value in node.attrib.items()}


def _style(node: Element, properties: str, name: str) -> str | None:
    for one in (style for own in _own(node, properties) for style in _own(own, name)):
        return _said(one).get("val")
    return None


def _faint_styles(parts: Mapping[str, Element]) -> frozenset[str]:
    """Return the styles whose text nobody reads, with those that are based on them; "" where all of it is so."""
    found: set[str] = set()
    based: dict[str, str] = {}
    for one in parts["word/styles.xml"].iter() if "word/styles.xml" in parts else ():
        tag = _local(one.tag) if isinstance(one.tag, str) else ""
        unread = any(map(_unread, _own(one, "rPr")))
        if tag == "rPrDefault" and unread:
            found.add("")
        if tag == "style":
            name = _said(one).get("styleId", "")
            found |= {name} if unread else set()
            for base in _own(one, "basedOn"):
                based[name] = _said(base).get("val", "")
    for _ in based:
        found |= {name for name, base in based.items() if base in found}
    return frozenset(found)


def _unread(properties: Element) -> bool:
    """Whether the properties of a run hide it, or make it so faint, small or narrow that nobody reads it."""
    for one in properties:
        tag, value = _local(str(one.tag)), _said(one).get("val", "1")
        number = int(value.rstrip("%")) if value.rstrip("%").isdecimal() else None
        if tag in _HIDES and value not in {"0", "false", "off"}:
            return True
        if tag == "color" and _light(value):
            return True
        if number is not None and ((tag == "sz" and number < _SMALLEST) or (tag == "w" and number < _NARROWEST)):
            return True
    return False


def _light(value: str) -> bool:
    """Whether a colour is too light to be read on paper, by how bright it is (ITU-R BT.601)."""
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", value):
        return False
    red, green, blue = (int(value[n : n + 2], 16) for n in (0, 2, 4))
    return 0.299 * red + 0.587 * green + 0.114 * blue > _LIGHTEST


def _short(met: Exception) -> str:
    return f"{type(met).__name__} {met}"[:120]


def _parts(data: bytes, most: int = MOST_UNPACKED) -> tuple[dict[str, Element], Found | None]:
    """Return the XML parts of the archive, read, or what keeps it from being read."""
    no = error("不是 Word 文件（.docx）：请用 Word 或 WPS 另存为 .docx", "this is no Word file: save it as .docx")
    parts: dict[str, Element] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > most:
                return {}, error("展开以后太大", "it is too large when unpacked")
            names = archive.namelist()
            if len({name.lower() for name in names}) < len(names):
                return {}, no
            bodies = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        return {}, no
    if any("vbaproject" in name.lower() for name in names):
        return {}, error("里面带有宏，不能用：请另存为不带宏的 .docx", "it holds macros: save it without them")
    for name, body in bodies.items():
        # By what it is and not only by what it is called: any name may be given to a part.
        if not (name.lower().endswith((".xml", ".rels")) or body.lstrip()[:1] == b"<" or b"<?xml" in body[:8]):
            continue
        bad = error(
            "文件的格式不对：请用 Word 或 WPS 打开后另存一次", "it is not made as Word makes one: save it anew", name
        )
        try:
            parts[name] = fromstring(body.decode("utf-8-sig"), forbid_dtd=True)
        except Exception:
            # Whatever keeps it from being read (another encoding, declarations, broken marks): Word writes none of it.
            return {}, bad
    return (parts, None) if "word/document.xml" in parts else ({}, no)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _carried(parts: Mapping[str, Element], host: str) -> Iterator[Found]:
    """What would be fetched from elsewhere when somebody opens the paper, links to strangers, and embedded objects.

    A paper vouches for what stands in it: its links lead to where it is checked (`host`), to the state's own sites and
    to mail addresses.
    """
    for name, root in parts.items():
        for one in root.iter():
            if not isinstance(one.tag, str):
                continue
            if _local(one.tag) == "Relationship":
                yield from _led(one, host)
            elif _local(one.tag) in _NO_ELEMENT and not name.startswith("docProps/"):
                yield error("里面嵌有别的文件，不能用", "it carries other files", f"{name} {_local(one.tag)}")
            for key, value in one.attrib.items():
                if _local(key) in {"src", "href"} and _ELSEWHERE.match(value):
                    yield _fetches(value)
        for field in _fields(root):
            first, _, rest = field.strip().partition(" ")
            to = rest.strip().strip('"“”')
            leads = first.upper() == "HYPERLINK" and not (to.startswith("\\l") or _ours(to, host))
            if first.upper() not in _MAY_WORK or "{" in field or "}" in field or leads:
                yield error("里面有会取外部内容的域，不能用", "it has a field that may fetch something", field.strip())


def _fetches(near: str) -> Found:
    return error(
        "里面有从别处取的内容（图片或模板），不能用",
        "it fetches something from elsewhere (a picture or a template)",
        near,
    )


def _ours(target: str, host: str) -> bool:
    """Whether a link leads to a mail address, to a site of the state or to where papers are checked."""
    if not _WEB.match(target):
        return False
    try:
        to = urlsplit(target.split()[0].strip('"“”'))
        name = (to.hostname or "").lower()
    except (ValueError, IndexError):
        return False
    return to.scheme.lower() == "mailto" or name.endswith(_STATE) or (bool(host) and name == host)


def _led(relation: Element, host: str) -> Iterator[Found]:
    kind, target = relation.get("Type", "").strip(), relation.get("Target", "").strip()
    last = kind.rpartition("/")[2]
    if last in _EMBEDDED:
        yield error("里面嵌有别的文件，不能用", "it carries other files", target)
    outside = relation.get("TargetMode", "").strip().lower() not in {"", "internal"} or _ELSEWHERE.match(target)
    if last in _FETCHED or (outside and not (kind in _LINK and _WEB.match(target))):
        yield _fetches(target)
    elif outside and not _ours(target, host):
        yield error(
            "里面有通到别处的链接：只能通到核验网址、政府网站（gov.cn）或者邮箱",
            "it has a link to elsewhere: links lead to where papers are checked, to gov.cn, or to a mail address",
            target,
        )


def _fields(root: Element) -> Iterator[str]:
    """Return what each field of a part says, also where Word has cut it into several runs or put one into another."""
    open_: list[list[str]] = []
    loose: list[str] = []
    for one in root.iter():
        tag = _local(one.tag) if isinstance(one.tag, str) else ""
        at = {_local(key): value for key, value in one.attrib.items()}
        if tag == "fldSimple":
            yield at.get("instr", "")
        elif tag == "fldChar" and at.get("fldCharType") == "begin":
            open_.append([])
        elif tag == "fldChar" and at.get("fldCharType") == "end" and open_:
            yield "".join(open_.pop())
        elif tag in {"instrText", "delInstrText"}:
            (open_[-1] if open_ else loose).append("".join(one.itertext()))
    yield from ("".join(one) for one in (*open_, loose) if one)


def _faces(parts: Mapping[str, Element]) -> Iterator[Found]:
    for name in ("word/styles.xml", "word/settings.xml"):
        for one in parts[name].iter() if name in parts else ():
            values = {_local(key): value for key, value in one.attrib.items()}
            if (
                "ja-JP" in values.values()
                or values.get("eastAsia") == "en-US"
                or any("ＭＳ" in v for v in values.values())
            ):
                yield _hint(
                    "样式里的东亚语言不是中文，“直、骨、令”可能显示成日文字形：请把文档语言设为简体中文",
                    "its East Asian language is not Chinese: some characters may be shown in a Japanese shape",
                )
                return


def _text_of(xml: str) -> str:
    return _TAG.sub("", re.sub(r"</w:p>", "\n", xml))


def _rendered(template: Any) -> Iterator[str]:
    """Return the text of every part the library renders, as it renders it: asked of the library, not of names."""
    template.init_docx()
    yield template.patch_xml(template.get_xml())
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        for _key, part in template.get_headers_footers(uri):
            yield template.patch_xml(template.get_part_xml(part))
    for part in template.docx.part.package.parts:
        if part.content_type == _FOOTNOTES:
            yield template.patch_xml(part.blob.decode("utf-8"))
    for name in _PROPERTIES:
        yield str(getattr(template.docx.core_properties, name))


def _words(data: bytes) -> tuple[frozenset[str], frozenset[str], list[Found]]:
    """Return the fields a template uses, the lists it goes through, and what it says that it may not, part by part."""
    found: list[Found] = []
    used: set[str] = set()
    listed: set[str] = set()
    for xml in _rendered(word.docxtpl.DocxTemplate(io.BytesIO(data))):
        for wide in _WIDE.finditer(_text_of(xml)):
            if not wide.group().startswith("{%"):
                found.append(
                    error(
                        "括号是全角的，不会填进去：请用英文半角的 {{ 和 }}",
                        "these braces are full width and would not be filled: type {{ and }}",
                        wide.group(),
                    )
                )
        try:
            tree = word.environment().parse(xml)
        except TemplateSyntaxError as met:
            found.append(error(f"写法不对：{met.message}", f"this cannot be read: {met.message}", _near(met)))
            continue
        names, said = _judged(tree)
        used |= names
        listed |= {one.iter.name for one in tree.find_all(nodes.For) if isinstance(one.iter, nodes.Name)}
        found += said
    return frozenset(used), frozenset(listed), found


def _judged(tree: nodes.Template) -> tuple[set[str], list[Found]]:
    """Walk through all a template says: only allowed pieces, known fields, lists not too deep."""
    found: list[Found] = []
    used: set[str] = set()

    def no(node: nodes.Node, name: str) -> None:
        found.append(
            error(
                f"模板里只能写项目、“for”和“if”，不能写这个（{name}）",
                f"a template may hold fields, for and if only, not this ({name})",
                f"第{node.lineno}行 line {node.lineno}",
            )
        )

    def walk(node: nodes.Node, own: frozenset[str], depth: int) -> None:
        if not isinstance(node, _ALLOWED):
            no(node, type(node).__name__)
            return
        if isinstance(node, nodes.Name) and node.name not in own:
            if node.name in FIELDS:
                used.add(node.name)
            else:
                found.append(
                    error(f"没有“{node.name}”这个项目", f"there is no field “{node.name}”", f"{{{{ {node.name} }}}}")
                )
        if isinstance(node, nodes.Getattr) and node.attr not in OF_ITEM:
            found.append(error(f"每条没有“{node.attr}”", f"an item has no “{node.attr}”", node.attr))
            return
        if isinstance(node, nodes.Getitem) and not (isinstance(node.arg, nodes.Const) and node.arg.value in OF_ITEM):
            # Not the first paragraph either: a paper may have none.
            wrong = (
                "方括号里只能写 n、words 或 law；逐条、逐段的用“for”",
                "square brackets hold n, words or law only; lists are gone through with for",
            )
            found.append(error(*wrong))
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            no(node, f"is {node.name}")
            return
        if isinstance(node, nodes.For):
            if depth >= DEEPEST:
                found.append(error("“for”套得太多", "for stands inside for inside for"))
                return
            if not isinstance(node.target, nodes.Name) or node.recursive:
                no(node, type(node.target).__name__ if not node.recursive else "recursive")
                return
            walk(node.iter, own, depth)
            mine = own | {node.target.name, "loop"}
            # The condition of a list is as much of it as its body.
            for below in (*([node.test] if node.test is not None else []), *node.body, *node.else_):
                walk(below, mine, depth + 1)
            return
        for below in node.iter_child_nodes():
            walk(below, own, depth)

    walk(tree, frozenset(), 0)
    return used, found


def _missing(used: frozenset[str]) -> Iterator[Found]:
    for name in MUST:
        if name not in used:
            yield error(
                f"缺“{FIELDS[name].zh}”：请写 {{{{ {name} }}}}", f"{FIELDS[name].en} is missing: write {{{{ {name} }}}}"
            )
    for name in sorted(FIELDS.keys() - used - set(MUST)):
        yield _hint(f"没有用到“{FIELDS[name].zh}”（{name}）", f"not used: {FIELDS[name].en} ({name})")


def _near(met: TemplateError) -> str:
    lines = getattr(met, "docx_context", None)
    return " ".join(" ".join(str(line) for line in lines).split()) if lines is not None else ""


def main() -> None:
    """Try the template that comes in as JSON, and print what is said of it."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        # Not every system has bounds of this kind; a process of its own is what matters.
        pass
    asked = json.load(sys.stdin)
    found, used, preview = tried(base64.b64decode(asked["data"]), asked["papers"], base64.b64decode(asked["qr"]))
    said = {
        "found": [[one.level, one.text.zh, one.text.en, one.near] for one in found],
        "used": sorted(used),
        "preview": base64.b64encode(preview).decode() if preview is not None else "",
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
