"""What people are told, per verb and language.

The texts carry no sensitive data: a number, what happened in general, a date, and the address of the progress page,
which alone shows the rest. `{number} {code} {due} {url} {town}` may be used,
`{more}`: by how many days, of which kind, the date was moved, or when and where one comes, and `{unit}`: who has it
now.
"""

from __future__ import annotations

from collections.abc import Mapping

from wuxiao.rules import slots
from wuxiao.rules.words import Text

PLACES = ("number", "code", "due", "url", "town", "more", "unit")

MESSAGES: Mapping[str, Text] = {
    "receive": Text(
        "【{town}】已收到您反映的事项{number}，承诺{due}前答复。查询码{code}，进度：{url}",
        "[{town}] We received your matter {number} and promise an answer by {due}. Your code: {code}. Progress: {url}",
    ),
    "bypass": Text(
        "【{town}】事项{number}可能有危险，已转110先行处置。遇险请直接拨打110。进度：{url}",
        "[{town}] Matter {number} may involve danger and was passed to 110 first. In danger, call 110. Progress: {url}",
    ),
    "bypass_kept": Text(
        "【{town}】事项{number}可能有危险，已交{unit}先处理。这件事对110保密，110并不知道：请您自己现在就打110。进度：{url}",
        "[{town}] Matter {number} may involve danger and went to {unit} first. It is kept from 110, who do not know: "
        "please call 110 yourself now. Progress: {url}",
    ),
    "bypass_told": Text(
        "【{town}】事项{number}可能有危险，已交{unit}先处理，只告诉了110地点和正在发生什么。请您自己也现在打110。进度：{url}",
        "[{town}] Matter {number} may involve danger and went to {unit} first; 110 was told only the place and what "
        "happens. Please call 110 yourself too, now. Progress: {url}",
    ),
    "stand_down_kept": Text(
        "【{town}】事项{number}的险情已先行处理，继续办理。还有危险，请您自己打110。进度：{url}",
        "[{town}] The danger in matter {number} was dealt with; handling goes on. In danger, call 110. Progress: {url}",
    ),
    "withdraw_kept": Text(
        "【{town}】您要撤回事项{number}，因为有险情，当时没有撤，现在接着办。还想撤回，请再点一次：{url}",
        "[{town}] You asked to withdraw matter {number}. As there was danger it was not withdrawn and goes on. To "
        "withdraw it, please ask once more: {url}",
    ),
    "stand_down": Text(
        "【{town}】事项{number}已由110先行处置，继续办理。进度：{url}",
        "[{town}] 110 has acted on matter {number}; handling goes on. Progress: {url}",
    ),
    "assign": Text(
        "【{town}】事项{number}已派给承办单位，{due}前答复。进度：{url}",
        "[{town}] Matter {number} was assigned to a unit; answer by {due}. Progress: {url}",
    ),
    "accept": Text(
        "【{town}】事项{number}已由承办单位签收，{due}前答复。进度：{url}",
        "[{town}] The unit in charge accepted matter {number}; answer by {due}. Progress: {url}",
    ),
    "decide": Text(
        "【{town}】事项{number}经联席会议确定了承办单位，{due}前答复。进度：{url}",
        "[{town}] A joint meeting named the unit for matter {number}; answer by {due}. Progress: {url}",
    ),
    "inspected": Text(
        "【{town}】您反映的事项{number}，检查人员到场看过，有了结果。看结果：{url}",
        "[{town}] Inspectors looked at what you reported in matter {number}; see what it came to: {url}",
    ),
    "reassign": Text(
        "【{town}】事项{number}已改派承办单位，{due}前答复。进度：{url}",
        "[{town}] Matter {number} was moved to another unit; answer by {due}. Progress: {url}",
    ),
    "ask": Text(
        "【{town}】事项{number}需要您补充情况，请打开查看并回复：{url}",
        "[{town}] We need something from you for matter {number}. Please look and reply: {url}",
    ),
    "resume": Text(
        "【{town}】事项{number}未等到您的补充，已继续办理，{due}前答复。进度：{url}",
        "[{town}] Without your reply, handling of matter {number} goes on; answer by {due}. Progress: {url}",
    ),
    "grant": Text(
        "【{town}】事项{number}经批准延期{more}，新的答复期限{due}，原因见：{url}",
        "[{town}] Matter {number} was given more time ({more}): answer by {due}. The reason: {url}",
    ),
    "answer": Text(
        "【{town}】事项{number}已答复，请查看并评价，不满意可提出异议：{url}",
        "[{town}] Matter {number} was answered. Please read and rate it; you may object: {url}",
    ),
    "uphold": Text(
        "【{town}】事项{number}经复核不予受理，理由和合适的渠道见：{url}",
        "[{town}] Matter {number} was declined after a second look. The reason and the right channel: {url}",
    ),
    "object": Text(
        "【{town}】事项{number}按您的异议重新办理，{due}前答复。进度：{url}",
        "[{town}] Matter {number} is handled anew at your objection; answer by {due}. Progress: {url}",
    ),
    "object_other": Text(
        "【{town}】和您反映同一件事的人提出了异议，事项{number}重新办理，{due}前答复。进度：{url}",
        "[{town}] Someone who reported the same thing objected: {number} is handled anew; answer by {due}. {url}",
    ),
    "appeal_other": Text(
        "【{town}】和您反映同一件事的人申请了复查（复核），事项{number}{due}前答复。进度：{url}",
        "[{town}] Someone who reported the same thing asked for a review: {number} is answered by {due}. {url}",
    ),
    "succeed": Text(
        "【{town}】合在一起办的事项有变化，您的事项{number}接着办，{due}前答复。进度：{url}",
        "[{town}] The joint handling changed; your matter {number} goes on and is answered by {due}. Progress: {url}",
    ),
    "by_phone": Text(
        "【{town}】有人来电以您的名义办理了事项{number}的一个步骤，请核对：{url}。不是您本人，请拨12345。",
        "[{town}] A step on matter {number} was taken by telephone in your name. See {url}. Not you? Call 12345.",
    ),
    "redo": Text(
        "【{town}】事项{number}经检查退回重办，{due}前答复。进度：{url}",
        "[{town}] Matter {number} was returned to be done again; answer by {due}. Progress: {url}",
    ),
    "appeal": Text(
        "【{town}】已收到您对{number}的复查（复核）申请，{due}前答复。进度：{url}",
        "[{town}] We received your request to review {number}; answer by {due}. Progress: {url}",
    ),
    "merge": Text(
        "【{town}】事项{number}与他人反映的同一件事并案办理，结果同样告诉您。进度：{url}",
        "[{town}] Matter {number} was joined with another report of the same thing; you stay informed: {url}",
    ),
    "unmerge": Text(
        "【{town}】事项{number}改为单独办理，{due}前答复。进度：{url}",
        "[{town}] Matter {number} is handled by itself again; answer by {due}. Progress: {url}",
    ),
    "stay_joined": Text(
        "【{town}】您说事项{number}和并案的不是同一件事，工作人员看过了，接着合办，理由见：{url}",
        "[{town}] You said matter {number} is another thing. We looked: it stays joined. The reason: {url}",
    ),
    "call_back": Text(
        "【{town}】事项{number}办结了吗？请花一分钟告诉我们（自愿）:{url}",
        "[{town}] Was matter {number} settled? Please take a minute to tell us (voluntary): {url}",
    ),
    # Who reads a telephone over somebody's shoulder learns nothing of money.
    "own_news": Text(
        "【{town}】事项{number}有一个消息，只给您本人看，{more}以前有效，请凭查询码打开：{url}",
        "[{town}] There is news of matter {number} for you alone, good until {more}. Open it with your code: {url}",
    ),
    "own_news_ends": Text(
        "【{town}】提醒：事项{number}给您本人的那个消息，{more}以后就失效了：{url}",
        "[{town}] A reminder: the news of matter {number} for you alone is good until {more} only: {url}",
    ),
    **slots.MESSAGES,
}

SUBJECTS = Text("事项{number}的进展", "News of matter {number}")
