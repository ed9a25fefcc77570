"""The pages that declare themselves in further languages, each with its own short set of sentences.

All other pages are Chinese and English. A sentence here stands in both; what it says in a further language is kept by
the Chinese it was made from (`desk.publish.wording`): a changed sentence is a new one, which nobody read yet.
Sentences may hold `{name}` places; whoever enters another language keeps them, and every number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text

#: What a town's own book adds to a set: names and sentences of its own.
FromBook = Callable[[Book], tuple[Text, ...]]


@dataclass(frozen=True, slots=True)
class Page:
    """One set of sentences: its code, what staff call it, the sentences by name, and those of the town's book."""

    code: str
    name: Text
    says: Mapping[str, Text]
    of_book: FromBook = lambda book: ()

    def sentences(self, book: Book) -> tuple[Text, ...]:
        """Return every sentence of the set, in the order of the page, each once."""
        return tuple({one.zh: one for one in (*self.says.values(), *self.of_book(book))}.values())


def _numbers(book: Book) -> tuple[Text, ...]:
    return tuple(text for one in book.town.emergency_numbers for text in (one.name, one.when))


def _kinds(book: Book) -> tuple[Text, ...]:
    return tuple(kind.name for kind in book.kinds.values())


_DANGER = Page(
    "danger",
    Text("有危险时先看的", "What stands first in danger"),
    {
        "sos": Text("紧急情况", "Emergency"),
        "call_first": Text("有危险，先打电话：", "In danger? Call:"),
        "hurt": Text(
            "有人受伤、着火，或者正在被侵害？马上打电话：",
            "Is somebody hurt, is something burning, is somebody being attacked? Call now:",
        ),
        "do_not_wait": Text(
            "现在有危险的话，不要等我们，马上打：", "If there is danger now, do not wait for us. Call:"
        ),
        "emergencies": Text("紧急的事请打电话", "In an emergency, call"),
        "is_it": Text("紧急吗", "Is it an emergency"),
        "danger_now": Text("如果现在有危险，请先打电话", "If there is danger now, call first"),
        "no_form": Text("网上提交来不及救人，请马上打：", "A web form cannot save a life. Call now:"),
        "hotline": Text("其他的事：政务服务热线", "Anything else: the government hotline"),
        "unread_words": Text(
            "程序只读得懂中文和英文，没有替您看有没有危险。热线的人会读您写的话；现在有危险的话，不要等。",
            "The program reads Chinese and English only and has not looked whether you are in danger. Somebody at the "
            "hotline will read your words; if there is danger now, do not wait.",
        ),
        "why_asked": Text("为什么问这一句：您写的话里有{words}", "Why we ask: you wrote {words}"),
        "whom": Text(
            "您写到了{whom}：这件事可以不让他们知道，写完后面几步会问您。现在有危险，还是请先打电话。",
            "You wrote about {whom}: this can be kept from them, you will be asked in a moment. If there is danger "
            "now, please call first.",
        ),
        "called": Text("我已经打了 {number}，继续反映", "I have called {number}, go on"),
        "no_danger": Text("现在没有危险，继续反映", "There is no danger now, go on"),
        "words_kept": Text(
            "不管选哪个，您写的话都还在；提交以后，工作人员会先看有没有危险。",
            "Either way your words are kept; once you send them, staff look for danger first.",
        ),
        "back": Text("上一步", "Back"),
    },
    _numbers,
)

_START = Page(
    "start",
    Text("首页", "The start page"),
    {
        "title": Text("小事请说", "Tell us about small matters"),
        "which": Text("有什么小事要我们帮忙？", "What small matter can we help with?"),
        "lead": Text(
            "不用注册，一分钟说完。您会得到一个查询码，随时看办到哪一步。",
            "No account needed; it takes a minute. You get a code to see at any time how far it is.",
        ),
        "report": Text("我要反映", "Report a problem"),
        "others": Text("其他", "More"),
        "find": Text("查进度", "Check progress"),
        "find_how": Text("用查询码看：谁在办、哪天前答复", "With your code: who has it, and by when you get an answer"),
        "phone": Text("打电话说：{number}", "Call {number}"),
        "phone_far": Text("外地拨 {phone}", "From elsewhere: {phone}"),
        # What subjects offer on this page is said as their faces say it.
        "leaders": Text("约领导接访", "Book a leader’s reception"),
        "leaders_how": Text("哪位领导哪天接访，用查询码约", "Which leader receives on which day; book with your code"),
        "points": Text("去哪里办", "Where to go"),
        "points_how": Text(
            "警务室、窗口、自助机在哪里，现在开不开", "Police rooms, counters and machines: where, and open now?"
        ),
        "knowledge": Text("办事问答", "Questions and answers"),
        "knowledge_how": Text("常问的事怎么办、带什么", "How common things are done, and what to bring"),
        "papers": Text("核验文书", "Check a paper"),
        "papers_how": Text(
            "收到的文书是真是假、还有没有效", "Whether a paper you were given is genuine and still valid"
        ),
        "figures": Text("看看办得怎么样", "How we are doing"),
        "figures_how": Text("公开的件数、时限和满意度", "Public figures: cases, time limits and satisfaction"),
        "help": Text("怎么办的", "How it works"),
        "help_how": Text("要多久、谁来办、不满意怎么办", "How long, by whom, and what if it is not right"),
        "what": Text("哪些事可以说", "What you can tell us"),
        "dispute": Text(
            "邻居、家里、买卖上的纠纷，比如楼上漏水、停车吵架",
            "A quarrel with neighbours, in the family or in trade: a leak from upstairs, a fight over parking",
        ),
        "request": Text(
            "要办的事、想问的事、对服务的投诉，比如低保怎么申请、夜里施工吵",
            "Something you need or want to ask, or a complaint: how to apply for support, building noise at night",
        ),
        "minor_case": Text(
            "报过案的小案件，比如电动车被偷，问问进展、领回东西。还没报警的，先打 110 或去派出所",
            "A minor case already reported, such as a stolen e-bike: ask how it goes, get things back. Not reported "
            "yet? Call 110 or go to a police station first",
        ),
        "hazard": Text(
            "不安全的地方，比如路灯不亮、井盖坏了、电线垂下来",
            "An unsafe place: a dark street lamp, a broken manhole cover, a hanging wire",
        ),
        "conduct_problem": Text(
            "办事的人态度不好、推来推去、乱收费",
            "Rudeness, being sent from door to door, or wrong charges at an office",
        ),
        "whose": Text(
            "不知道归谁管没关系，由我们来找。", "You need not know whose job it is; finding that out is ours."
        ),
    },
    _kinds,
)

_REPORT = Page(
    "report",
    Text("怎么反映（第一步）", "How to report (first step)"),
    {
        "page": Text("出了什么事", "What happened"),
        "question": Text("出了什么事？", "What happened?"),
        "how": Text(
            "像平时说话一样写：什么时候、在哪儿、现在怎么样。",
            "Write as you would say it: when, where, and how things are now.",
        ),
        "own_language": Text(
            "可以用您自己的语言写。后面几步只有中文和英文。",
            "You may write in your own language. The steps after this one are in Chinese and English only.",
        ),
        "tell": Text(
            "告诉办这件事的人我读{language}，好找人翻译",
            "Tell those who handle it that I read {language}, so that they find an interpreter",
        ),
        "tell_why": Text(
            "只给办这件事的人看，和联系方式一起删掉。不勾，我们就不记您读哪种语言。",
            "Only those who handle it see this, and it is deleted with your contact. Without the tick we do not keep "
            "which language you read.",
        ),
        "step": Text("第 {now} 步，共 {total} 步", "Step {now} of {total}"),
        "next": Text("下一步", "Continue"),
        "kept": Text(
            "没写完的内容在这台设备上留 {n} 小时，过后自动删掉。",
            "What you have not sent is kept for {n} hours on this device and then deleted.",
        ),
        "again": Text("全部清空，重新写", "Clear everything and start again"),
        "write": Text(
            "请写几句：出了什么事，在哪儿。写一句也可以",
            "Please write a few words: what happened and where. One sentence is enough",
        ),
        "too_long": Text(
            "写得太长了，最多 {n} 字；可以先写要紧的，提交以后还能补充",
            "Too long: at most {n} characters. Write what matters most; you can add more afterwards",
        ),
        "sent": Text(
            "刚才那件已经交上去了，查询码在刚才的回执页上，按浏览器的“前进”可以回去。要说另一件事，请写在这里。",
            "Your report was sent. Its code is on the receipt: the browser’s “forward” takes you back there. To report "
            "something else, write it here.",
        ),
        "lost": Text(
            "前面写的没有留住：可能停留太久，也可能浏览器不让保存 Cookie。对不起，请从这里写起。",
            "What you wrote before was not kept: too much time has passed, or the browser does not keep cookies. "
            "Sorry: please start here.",
        ),
        "half_lost": Text(
            "停留太久，前面填的地点、照片和联系方式没有留住。您写的话还在，请从这里接着来。",
            "The page was open too long: the place, photos and contact you gave are gone. Your words are still here; "
            "please go on from here.",
        ),
    },
)

_RECEIPT = Page(
    "receipt",
    Text("回执的第一屏", "The first screen of the receipt"),
    {
        "received": Text("收到了", "Received"),
        "write_down": Text(
            "请把查询码抄下来、拍张照，或者存到手机里。凭它看进度，不要给别人。",
            "Please write the code down, take a picture of it, or save it to your phone. It opens your matter: do not "
            "give it to others.",
        ),
        "your_code": Text("您的查询码", "Your code"),
        "scan": Text("用手机扫一扫看进度", "Scan to see the progress"),
        "looking": Text("谁在看", "Who is looking at it"),
        "holder": Text("谁在办", "Who has it"),
        "how_told": Text("怎么告诉您", "How we tell you"),
        "number": Text("事项编号", "Matter number"),
        "due": Text("最晚什么时候答复您", "You get an answer by"),
        "due_rest": Text("险情以外的事，最晚什么时候答复您", "Anything beyond the danger: answered by"),
        "progress": Text("看进度", "See progress"),
        "save": Text("存到手机", "Save to my phone"),
        "print": Text("打印这一页", "Print this page"),
        "then": Text("接下来", "What happens next"),
        "danger_first": Text(
            "工作人员先看险情，需要时转给 110。",
            "Staff look at the danger first and pass it to 110 where needed.",
        ),
        "passed_on": Text(
            "工作人员看过以后，交给管这件事的单位。",
            "Our staff read what you wrote and pass it to the office responsible.",
        ),
        "handled": Text(
            "单位接手后办理；要您补充什么，会在进度页上问您。",
            "The office takes it on; if it needs something from you, the progress page asks.",
        ),
        "in_chinese": Text(
            "答复和问您的话是用中文写的。看不懂，打 12345 请人讲给您听；您可以用自己的语言写。",
            "Answers and questions to you are written in Chinese. If you cannot read them, call 12345 and have them "
            "explained; you may write in your own language.",
        ),
        "answered": Text(
            "最晚在上面的日期答复您；您可以评价，不满意可以提异议，重新办。",
            "You get an answer by the date above. You can rate it, and object if it is not right; then it is handled "
            "again.",
        ),
    },
)

#: Every declared set by its code, in the order in which staff see them: danger first.
PAGES: Mapping[str, Page] = {one.code: one for one in (_DANGER, _START, _REPORT, _RECEIPT)}


def sentences(book: Book) -> Mapping[str, Text]:
    """Return every declared sentence of a town by its Chinese."""
    return {one.zh: one for page in PAGES.values() for one in page.sentences(book)}
