"""Checks of an answer before it goes out: advice to the writer, and facts for supervision. Nothing here judges a
person.

Does it answer each thing asked? Does it say who does what, by when, under which law or for which reason? Is it a
near-copy of other
answers? Is it plain enough to read? Does it send the requester back to the very unit complained of?
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wuxiao.reading.redact import find
from wuxiao.reading.similar import SimilarIndex, text_likeness
from wuxiao.reading.tokens import HAN, fold, index_tokens
from wuxiao.reading.words import Span, Why


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a message asks for: its sentence, where it stands, and its telling words."""

    span: Span
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about an answer: `code`, whether it is `fine`, a measured `value` where there is one, spans in the
    answer, and why."""

    code: str
    fine: bool
    value: float
    spans: tuple[Span, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class ReplyCheck:
    """All findings about one answer; `advice` are those that are not fine."""

    findings: tuple[Finding, ...]

    @property
    def advice(self) -> tuple[Finding, ...]:
        """The findings to show to the writer."""
        return tuple(finding for finding in self.findings if not finding.fine)

    def get(self, code: str) -> Finding:
        """Return one finding by its code; `KeyError` when there is none."""
        for finding in self.findings:
            if finding.code == code:
                return finding
        raise KeyError(code)


_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
_ASK = re.compile(
    "请问|想问|咨询|希望|请求|恳请|要求|建议|能否|能不能|可否|是否|为什么|为何|怎么|如何|什么时候|何时|多少|哪里|哪个|[吗呢][？?]|[？?]$|盼|请(?:尽快|政府|有关|相关|领导|帮|给|予|问|处理|解决|回复|查)|需要.{0,6}(?:解决|处理|答复)"
)
_COURTESY = re.compile(
    "^(?:尊敬的|您好|你好|领导|谢谢|感谢|此致|盼复|望回复|请回复|敬请|希望(?:领导|政府|有关部门)?(?:尽快|早日)?(?:回复|答复|解决|处理|重视|关注)[，。！!]?$)"
)
_STOP = frozenset(
    [
        "请问",
        "希望",
        "能否",
        "是否",
        "我们",
        "你们",
        "问题",
        "领导",
        "政府",
        "部门",
        "有关",
        "相关",
        "尽快",
        "解决",
        "处理",
        "回复",
        "答复",
        "一个",
        "这个",
        "什么",
        "怎么",
        "如何",
        "可以",
        "现在",
        "因为",
        "所以",
        "没有",
        "不是",
        "就是",
        "还是",
        "已经",
        "进行",
        "以及",
        "关于",
        "谢谢",
        "您好",
        "你好",
        "要求",
        "建议",
        "咨询",
        "反映",
        "情况",
        "市民",
        "群众",
        "小区",
        "业主",
    ]
)
_WHO = re.compile(
    f"[{HAN}]{{2,12}}(?:局|委|办|中心|街道|镇政府|乡政府|政府|支队|大队|派出所|公司|社区|村委会|居委会|学校|医院|部门|科|站|处)|我(?:局|委|办|中心|单位|街道|镇|乡|公司|校|院|区|县|市|队)|\\b(?:we|our (?:office|team|bureau)|the (?:bureau|office|department|council|company))\\b",
    re.IGNORECASE,
)
_WHAT = re.compile(
    "已(?:经)?(?:对|将|于|安排|组织|要求|责令|完成|联系|督促|整改|修复|清理|维修|更换|处罚|立案|核实|调查|协调|拆除|疏通|恢复|办理|发放|安装|约谈|转|告知|下达|启动)|将(?:于|在|会|对|尽快|进一步|组织|安排|加强|继续|按|依|积极|督促|协调|派|启动)|现场(?:核查|查看|调查|勘查|检查|处理)|责令|督促|协调|整改|修复|更换|清理|安装|拆除|疏通|查处|处罚|立案|约谈|退还|补发|办理|可以(?:到|携带|登录|拨打|通过|申请|在)|需(?:携带|提供|提交)|\\b(?:will|have (?:repaired|removed|ordered|inspected)|repaired|inspected|fixed|ordered|please bring|you can)\\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    "\\d{4}年\\d{1,2}月(?:\\d{1,2}日|底|份|上旬|中旬|下旬)?|\\d{1,2}月\\d{1,2}[日号]|\\d{1,2}月(?:底|份|上旬|中旬|下旬)|(?:今|明|本|下)(?:年|月|周|日|天)(?:底|内|初|年底)?|年底(?:前)?|(?:\\d{1,4}|[一二两三四五六七八九十]{1,4})个?(?:工作日|日|天|周|月|小时|年)(?:内|之内|以内|后)|当(?:日|天|场)|上半年|下半年|[一二三四]季度|即日|昨[日天]|\\d{4}-\\d{2}-\\d{2}|\\b(?:by|on|within|before) (?:\\d|the|monday|tuesday|wednesday|thursday|friday|january|february|march|april|may|june|july|august|september|october|november|december|today|tomorrow)",
    re.IGNORECASE,
)
_LAW = re.compile(
    "《[^》]{2,40}》|根据|依据|依照|按照.{0,20}(?:规定|条例|办法|规划|通知|文件|标准|政策)|第[一二三四五六七八九十百零\\d]+条|(?:因为|由于|鉴于|原因(?:是|为|系)|系因|是因为|因.{2,30}(?:导致|造成|，))|规定|条例|办法|政策|\\b(?:under|according to|because|due to|article|regulation|law|act)\\b",
    re.IGNORECASE,
)
_STALE = (
    "高度重视|第一时间|积极协调|认真研究|有关规定|相关规定|按程序|进一步加强|进一步加大|统筹推进|妥善处理|切实|强化|落实落细|责任压实|压实责任|长效机制|常态化|多措并举|形成合力|狠抓|抓手|闭环|扎实推进|稳步推进|有序推进|加大力度|齐抓共管|深入开展|密切关注|"
    "举一反三|依法依规|敬请谅解|感谢您对.{0,12}(?:关心|支持|理解)|特此回复|悉知|知悉|贵方|兹|予以|鉴于|拟|该同志|会同|商请|函告|参照执行|统一部署|顶层设计|提质增效|靶向|赋能"
)
_STALE_WORDS = re.compile(_STALE)
_DUTY = re.compile("不属于.{0,10}(?:职责|职权|管辖|范围)|非.{0,4}(?:职责|管辖)|建议(?:您|你)?(?:向|联系|咨询|拨打|找)")


def items(message: str, limit: int = 8) -> tuple[Item, ...]:
    """Find the things a message asks: sentences with a question or a wish, at most `limit`; courtesies left out.

    A message that asks nothing in words is one item: its first sentence with content.
    """
    found: list[Item] = []
    first: Item | None = None
    for match in _SENTENCE.finditer(message[:20_000]):
        raw = match.group()
        start = match.start() + len(raw) - len(raw.lstrip())
        sentence = raw.strip()
        if len(fold(sentence)) < 4 or _COURTESY.match(sentence):
            continue
        words = _telling(sentence)
        if not words:
            continue
        item = Item(Span(start, start + len(sentence), sentence, "item"), words)
        first = first or item
        if _ASK.search(sentence):
            found.append(item)
    return tuple(found[:limit]) if found else ((first,) if first else ())


def _telling(sentence: str) -> tuple[str, ...]:
    folded = fold(_ASK.sub("，", sentence))
    pairs = [token for token in index_tokens(folded) if len(token) > 1 and token not in _STOP]
    return tuple(dict.fromkeys(pairs))


def _answered(item: Item, reply_pairs: frozenset[str]) -> float:
    hit = sum(word in reply_pairs for word in item.words)
    return hit / len(item.words)


def check(
    message: str,
    reply: str,
    *,
    others: Sequence[str] = (),
    index: SimilarIndex | None = None,
    unit_phones: Sequence[str] = (),
    copy_at: float = 0.8,
    long_sentence: int = 60,
) -> ReplyCheck:
    """Look an answer over before it goes out.

    `others`: earlier answers to other matters, or `index`: a `SimilarIndex` of them (then `others` is not needed).
    `unit_phones`: the numbers of
    the unit complained of. `copy_at`: likeness (0–1) from which an answer is a near-copy. `long_sentence`:
    characters above which a sentence
    is long. All findings are advice; an empty answer fails every check that needs words.
    """
    findings: list[Finding] = []
    folded = fold(reply)
    pairs = frozenset(index_tokens(folded))
    asked = items(message)
    open_items = [item for item in asked if _answered(item, pairs) < 0.1]
    findings.append(
        Finding(
            "items",
            not open_items and bool(folded),
            round(1 - len(open_items) / len(asked), 3) if asked else 1.0,
            (),
            Why(
                f"{len(asked)}项诉求中{len(asked) - len(open_items)}项在答复中提到"
                + ("；未提到：" + "、".join(f"“{item.span.text[:24]}”" for item in open_items) if open_items else ""),
                f"{len(asked) - len(open_items)} of {len(asked)} requests are taken up"
                + (
                    "; not taken up: " + ", ".join(f"“{item.span.text[:24]}”" for item in open_items)
                    if open_items
                    else ""
                ),
            ),
        )
    )
    for code, pattern, zh, en in (
        ("who", _WHO, "由谁负责", "who is responsible"),
        ("what", _WHAT, "做了或将做什么", "what was or will be done"),
        ("when", _WHEN, "何时完成", "by when"),
        ("law", _LAW, "依据或理由", "the law or the reason"),
    ):
        spans = tuple(
            Span(match.start(), match.end(), match.group(), code) for match in list(pattern.finditer(reply))[:5]
        )
        findings.append(
            Finding(
                code,
                bool(spans),
                float(len(spans)),
                spans,
                Why(f"写明了{zh}" if spans else f"没有写明{zh}", f"says {en}" if spans else f"does not say {en}"),
            )
        )
    if index is not None:
        alike = [near for near in index.search(reply, 100) if near.score >= copy_at]
        copies, best = len(alike), max((near.score for near in alike), default=0.0)
    else:
        scores = [text_likeness(reply, other) for other in others]
        copies, best = sum(score >= copy_at for score in scores), max(scores, default=0.0)
    findings.append(
        Finding(
            "copy",
            copies == 0,
            float(copies),
            (),
            Why(
                f"与{copies}件其他答复几乎相同（最高{best:.0%}）" if copies else "不是照抄其他答复",
                f"almost the same as {copies} other answers (up to {best:.0%})"
                if copies
                else "no copy of other answers",
            ),
        )
    )
    sentences = [match for match in _SENTENCE.finditer(reply) if match.group().strip()]
    long = tuple(
        Span(match.start(), match.end(), match.group(), "long")
        for match in sentences
        if len(match.group().strip()) > long_sentence
    )
    stale = tuple(
        Span(match.start(), match.end(), match.group(), "officialese") for match in _STALE_WORDS.finditer(reply)
    )
    per_hundred = 100 * len(stale) / max(100, len(folded))
    plain = len(long) <= max(1, len(sentences) // 4) and per_hundred < 2.0
    findings.append(
        Finding(
            "plain",
            plain and bool(folded),
            round(per_hundred, 2),
            (*long[:5], *stale[:10]),
            Why(
                f"长句{len(long)}个（超过{long_sentence}字），套话{len(stale)}处" if long or stale else "语句平实",
                f"{len(long)} sentences over {long_sentence} characters, {len(stale)} set phrases"
                if long or stale
                else "plainly written",
            ),
        )
    )
    own = {re.sub(r"\D", "", phone)[-8:] for phone in unit_phones if len(re.sub(r"\D", "", phone)) >= 7}
    back = tuple(
        Span(mark.start, mark.end, mark.text, "unit_phone")
        for mark in find(reply, classes=("phone",))
        if re.sub(r"\D", "", mark.text)[-8:] in own
    )
    back += tuple(
        Span(match.start(), match.end(), match.group(), "unit_phone")
        for match in re.finditer(r"(?<!\d)\d{7,8}(?!\d)", reply)
        if match.group()[-8:] in own and not any(span.start <= match.start() < span.end for span in back)
    )
    findings.append(
        Finding(
            "unit_phone",
            not back,
            float(len(back)),
            back,
            Why(
                "答复让人去找被投诉的单位本身的电话" if back else "没有把人推回被投诉的单位",
                "sends the requester to the phone of the very unit complained of"
                if back
                else "does not send the requester back to the unit complained of",
            ),
        )
    )
    told = re.search("依法|法律|救济|复议|诉讼|仲裁|调解", reply)
    beyond = _DUTY.search(reply)
    if beyond:
        span = Span(beyond.start(), beyond.end(), beyond.group(), "beyond")
        findings.append(
            Finding(
                "beyond",
                bool(told) or bool(_LAW.search(reply)),
                1.0,
                (span,),
                Why("称不属职责，应写明依据和正确途径", "says it is beyond its duty: name the law and the right way"),
            )
        )
    return ReplyCheck(tuple(findings))
