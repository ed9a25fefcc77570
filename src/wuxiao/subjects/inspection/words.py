"""The answers and sentences of inspections."""

from __future__ import annotations

from collections.abc import Mapping

from wuxiao.rules.words import Text

#: Why a visit is planned. Nothing about a person is a reason, nor how many visits there were.
WHYS: Mapping[str, Text] = {
    "cycle": Text("到了检查周期", "its cycle is over"),
    "report": Text("有人反映", "somebody reported it"),
    "draw": Text("双随机抽中", "drawn by lot"),
    "campaign": Text("专项检查", "part of a campaign"),
    "named": Text("抽查名单中指定", "named beside the draw"),
}
#: Of these a person chooses; a draw, and what was named beside it, comes with its published list.
CHOSEN: Mapping[str, Text] = {code: text for code, text in WHYS.items() if code not in {"draw", "named"}}
#: How the place signed at the end of a visit.
SIGNED: Mapping[str, Text] = {
    "signed": Text("现场负责人已签名", "the person in charge signed"),
    "refused": Text("拒绝签名，已注明", "they would not sign, which is noted"),
    "absent": Text("负责人不在场，已注明", "nobody in charge was there, which is noted"),
}
#: Whose hand a signature is; `inspectors` is that of visits from before each of the two had a box of her own.
WHOSE: Mapping[str, Text] = {
    "first": Text("第一名检查人员", "the first inspector"),
    "second": Text("第二名检查人员", "the second inspector"),
    "inspectors": Text("检查人员", "the inspector"),
    "place": Text("场所一方", "the place"),
}
#: What became of a finding.
OUTCOMES: Mapping[str, Text] = {
    "mended": Text("已整改", "mended"),
    "not_yet": Text("还没有整改好", "not mended yet"),
    "withdrawn": Text("认定有误，撤销", "it was not so: withdrawn"),
}
FINDING_STATES: Mapping[str, Text] = {
    "open": Text("待整改", "to be mended"),
    "mended": Text("已整改", "mended"),
    "withdrawn": Text("已撤销", "withdrawn"),
    "handed": Text("由消防机构处理", "with the fire body"),
}
ANSWERS: Mapping[str, Text] = {
    "yes": Text("符合", "in order"),
    "no": Text("不符合", "not in order"),
    "none": Text("不适用", "does not apply"),
}
#: Whose duty a question is: the two are kept apart, on the list and in what is reported.
DUTIES: Mapping[str, Text] = {
    "fire": Text("消防职责", "a fire duty"),
    "police": Text("治安职责", "a public-order duty"),
}
ENDS: Mapping[str, Text] = {
    "clean": Text("没有发现问题", "nothing was found wrong"),
    "mended": Text("问题全部整改，复查属实", "everything was mended and looked at again"),
    "withdrawn": Text("问题认定有误，已撤销", "what was found was not so and is withdrawn"),
    "handed": Text("由消防机构办结", "settled by the fire body"),
    "gone": Text("场所已停用", "the place is no longer used"),
    "dropped": Text("没有检查", "not looked at"),
}
#: What a reporter is told when the visit she asked for has been made.
FOUND = Text("查出{n}处问题，要求{due}前整改", "{n} things were found and are to be mended by {due}")
HANDED = Text("已移交消防机构处理", "it was handed to the fire body")
#: What became of “not grave” where the list itself says grave; where nothing was said against it, nothing is added.
KEPT: Mapping[str, Text] = {
    "": Text("", ""),
    "grave": Text(
        "（选了“否”；检查表这一项不符合就是严重隐患，仍按严重隐患办）",
        " (“no” was chosen; by the list this item, not in order, is a grave hazard and is treated as one)",
    ),
}
VALUES: Mapping[str, Mapping[str, Text]] = {
    "kept": KEPT, "why": WHYS, "signed": SIGNED, "outcome": ENDS, "outcomes": OUTCOMES, "whose": WHOSE,
}  # fmt: skip

#: What the date of an inspection is the date of.
DATES: Mapping[str, Text] = {
    "go": Text("到场", "to be visited"),
    "end": Text("结束检查", "the visit is ended"),
    "mend": Text("场所整改", "the place mends it"),
    "sign": Text("签发严重隐患报告", "the report is signed"),
    "hand": Text("移交消防机构", "handed to the fire body"),
    "answer": Text("答复异议", "the objection is answered"),
    "recheck": Text("复查", "looked at again"),
    "reply": Text("消防机构回音", "the fire body answers"),
}
#: The queues in which a case waits for somebody, beside those of its states.
QUEUES: Mapping[str, Text] = {
    "in.sign": Text("待签发报告", "report to be signed"),
    "in.object": Text("异议待答复", "objection to be answered"),
}
