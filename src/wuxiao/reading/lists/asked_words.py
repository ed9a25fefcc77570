"""The words by which a body is asked for, thanked, or only told of; see `accused`, which reads them.

Patterns are read on simplified half-width text in lower case, a clause at a time; `@` stands for whoever has power.
"""

from __future__ import annotations

#: Asked to come or to do something: before the one who is asked.
CALLED = (
    r"(?:请|求|盼|望|快|赶紧|马上|立刻|麻烦|希望|建议|恳请|需要|(?<!我)想(?:让|找|叫)?|能不能|能否|可否|可以|帮(?:我|忙)?|要|让|叫|派|喊|联系|找|通知|转告|转给|转|拨|打了?|报了?|有请|劳驾|呼叫|等)"
    r"[^@]{0,8}@"
    r"|\b(?:please|send|call|ask|need|want|wish|get|let|could|can|would|hope|may|tell|inform|request)\b[^@]{0,40}@"
)

#: Asked to come or to do something: after the one who is asked.
COME = (
    r"@[^@]{0,6}?(?:(?:快|赶紧|赶快|马上|立刻|尽快|速|能不能|能否|可否|可以|能|多|再|也|都|一起)?(?:来人|来(?:一下|看看|管|处理|帮|救|抓|接|查|指挥|调解|现场|护|吧|[!。]?$)|出警|派(?:人|车|警)|过来|救(?:我|他|她|人|命|救|一下|出)|出面|管管|查(?:一)?(?:查|下)"
    r"|帮(?:我|忙|我们)|调(?:解(?!员|室|中心|书)|监控|取)|处理一下|加强|巡逻|巡查|协助|保护|护学|支援|关注|指挥|解决一下|多(?:来|派|放|开)))"
    r"|@[^@]{0,30}\b(?:please|now|quickly|urgently)\b"
)

#: Thanked or praised.
THANKED = (
    r"谢|感激|感恩|表扬|点赞|锦旗|多亏|幸亏|辛苦了|称赞|好样|好人|热心|耐心|负责任|态度(?:特别|非常|很|挺|真)?(?:的)?好(?!几)|帮(?:了)?我(?:家|们|妈|爸|调解|找|把|推|送|修|填)[^,]{0,8}"
    r"|\b(?:thanks?|thankful|grateful|praise\w*|kind|helpful|friendly|patient)\b"
)

#: Only told of: was there, said whose it is, took the report.
THERE = (
    r"@[^@,]{0,8}(?:来|劝|看|调解|登记|查|清|整治|处理|联系|通知|上门|管)(?:劝|看|调解|登记|处理|清)?(?:过|了(?:一[次趟]|两[次趟]|几[次趟])?$)|@[^@,]{0,6}(?:建议|告诉|让|叫|说)[^@,]{0,4}(?:我|我们)?(?:来)?(?:找|打|问|联系|去|归|报|这)"
    r"|@?(?:报过?了?(?:警|案)|立案了|备(?:了|过)案|做了?笔录|回执|已经?(?:打|报))|(?:归|属于)[^@,]{0,4}@|冒充[^@,]{0,4}@|@[^@,]{0,3}(?:还没到|还没来|在路上|马上到|很近|旁边|门口|门前|附近|对面)"
    r"|(?:在|到|去)@[^@,]{0,4}(?:报|办|登记|备|开|领|交)(?:了|过)?(?:案|警|证|户口|材料|明)?(?:了|过)?$"
    r"|\b(?:came|come|reported it to|have a receipt|talked to)\b|\b(?:in front of|next to|opposite|near|outside|behind|beside) (?:the |our |a )?[^@]{0,12}@"
)

#: Asked something of.
QUESTION = r"请问|想问|咨询|想了解|[吗呢]\??$|怎么(?:办|走|去|申请|查|补|预约)|在哪|哪(?:个|里|儿|天)|几点|几号|多少号|\?$|\b(?:which|where|how (?:do|can)|when|what time)\b"

#: Done or left undone by whoever stands before it in its clause, or in the one before.
WRONG = (
    r"骂|打(?:了|过|伤|断)?(?:我|他|她|人|伤|断|断我|我[\u4e00-\u9fff])|打(?!印|听|卡|算|扫|开|电话|热线|了?1[12]\d|12345|架|断)(?=[\u4e00-\u9fff]{0,4}(?:老百姓|群众|孩子|老人|儿子|弟弟|哥))|推诿|踢皮球|踢翻|刁难|为难|偏袒|不公|不(?:管|理|给|办|接|开|写|还|承认|立案|出警|来|作为|让|许|准|认|受理|见|处理|解决|查|收)|没人(?:来|接|理|管)|从来(?:不|没)|收(?:了|过)?[\u4e00-\u9fff]{0,6}(?:钱|礼|烟|红包|块|元|卡|酒|套|费)|收(?:我|他|她|我们|摊位)[\u4e00-\u9fff]{0,4}(?:钱|费|块|礼|烟)"
    r"|要(?:我|我们|交|收|给)?[\u4e00-\u9fff一二三四五六七八九十百千万\d]{0,5}(?:百|块|元|钱|烟|酒|红包|购物卡|请他|请客|请吃|跑)|开口要|红包|好处|购物卡|回扣|行贿|受贿|贪|亲戚|小舅子|连襟|关系户|熟人|侄|表哥|表弟|弟弟的|妹夫|扣(?:了|押|着|我|下|住|掉)|没收|摔|推(?:了|我|倒|搡)|踹|踩|砸|掀|揪|铐|关(?:在|了|我|一)|威胁|吓唬|恐吓|逼|霸|欺|赶(?:了?我|出)|滚|撕|倒在|翻(?:得|了|我)|抢|夺"
    r"|弄丢|泄露|(?:告诉|透露|给)了(?:他|她|对方|被|老板|邻居|人家|房东|保险)|发(?:到|在)(?:群|网)|笑话|嘲|讽|念给|冒领|挪用|截留|克扣|侵占|私分|分给了?(?:@|干部|亲|自己|熟|家)|包给|低价|报了?双份|乱(?:收|罚|来|写|扣|贴)|不?按规定|吃请|吃饭|喝酒|喝得|喝(?:了|醉)|打牌|打麻将|玩手机|玩游戏|打(?:着|一边)?游戏|睡觉|拖着|压着|敷衍|走过场|脸色|态度(?:很|特别|非常|极其|太|真|这么|比较|极)?(?:差|坏|恶劣|冷|冲|凶|不好)|凶|特别冲|不耐烦|爱理不理|说(?:我|我们)(?:没|不|是|这|活|多|闲|乱)|说这种|跑了.{0,3}[趟次回]|白跑|插队|只(?:贴|抓|罚|查)[^,]{0,4}(?:我|外地)|抓着不放|空白|包庇|徇私|公车|私用|乱作为|串通|勾结|一伙|别再|不要再|不准再|转一圈就走|来了就走|签个到|一分钟就走|冤枉"
    r"|\b(?:rude\w*|insult\w*|brib\w*|money|yuan|cigarettes?|shout\w*|yell\w*|laugh\w*|refus\w*|threw|hit|hits|beat\w*|push\w*|kick\w*|slap\w*|tore|took|takes|taking|kept|cousin|nephew|relatives?|gave|sold|stole|threat\w*|corrupt\w*|complain\w*|unfair\w*|nobody|never|ignored?|ignores|lost|lazy|drunk|told my|on the wall|forced?|retaliat\w*|asked (?:me )?for)\b"
)

#: Called, and did not come, or is asked to stop: a call that holds something against whom it calls.
NOT_DONE = r"别再|不要再|不准再|^[^,]{0,6}?(?:没(?:有)?人(?:来|接|理|管)|一直(?:没|不)|就是不|都不|从来不|不(?:来|管|理|接|出警|立案|受理))"

#: A clause that goes on about whoever was named before it: nobody else begins it.
GOES_ON = (
    r"^(?:而且|并且|可是|可|但是?|不过|结果|后来|然后|最后|昨天|今天|当时|现在)?(?:[他她它]们?|这个?人|那人|还|又|也|都|就|却|竟|居然|一直|反而|反|不|没|把|说|叫(?!警|人)|让|要|收|拿|打|骂|推|扣|一次|去一次|叫了|只|从来|天天|每次|甚至|连|问|去问|等了|值班|接待|里面|那里|那边|办事|管事)"
    r"|^(?:and|but|then|they|he|she|while|also|who)\b"
)

#: Violence and taking by whoever is named, at the very moment: the one case in which danger has a body against it.
DOES_HARM = (
    r"@(?!(?:[^@,]{0,6})(?:快|赶|马上|救|帮|来人|出警|抓|管))[^@,]{0,10}?(?:带人|拿着?|用|正在?|在|冲|把|要|喝|闯|打|踢|砸|踹|捅|掐|铐|推|关|锁|按|逼|威胁|掏)[^@,]{0,14}"
    r"(?:打|砸|踢|踹|掐|捅|砍|铐|关在|关起|锁|按在|推|逼|威胁|闯|指着|强奸|摸|勒|抢|拖)|被@[^@,]{0,8}(?:打|关|锁|铐|按|掐|捅|砍|抢|拖|逼|威胁|摸|强)"
    r"|@ (?:is|are|was|were|has|have|keeps?|just)\b[^@]{0,20}\b(?:beat\w*|hit\w*|kick\w*|smash\w*|threat\w*|attack\w*|chok\w*|strangl\w*|lock\w*|rap\w*|break\w*|drag\w*|pull\w*|point\w*)\b|@ (?:beats?|hits?|kick\w*|smash\w*|threaten\w*|attack\w*|lock\w*|choke\w*|dragged|grabbed)\b|\bby @"
)

#: Official wrongs by their own names, and secrecy asked for: held against whoever is named, wherever they stand.
BY_NAME = r"索贿|受贿|贪污|回扣|吃拿卡要|以权谋私|滥用职权|徇私|包庇|优亲厚友|打击报复|举报|检举|控告|保护伞|不作为|乱作为|保密|匿名|(?:别|不要|不想|不能|不敢)(?:让|叫)[^,]{0,8}知道|\b(?:brib\w*|corrupt\w*|misconduct|anonym\w*|retaliat\w*)\b|\bkeep my name\b|\b(?:do not|don't) (?:tell|let)\b"

#: Money, kinship and being given away: wrongs of those with power that are no danger by themselves.
BOUGHT = r"收(?:了|过)?[\u4e00-\u9fff]{0,6}(?:钱|礼|红包|块|元|卡|好处)|红包|好处|回扣|行贿|受贿|要钱|要烟|亲戚|串通|勾结|通风报信|告诉了?(?:他|她|对方|老板|房东)|\b(?:brib\w*|money|yuan|relatives?|cousin|told my)\b"

#: Houses that are named to say where something is, unless they do something.
HOUSE = r"(?:学校|小学|中学|幼儿园|医院|卫生院|卫生所|诊所|养老院|敬老院|福利院|法院|公证处)(?!的?(?:人|领导)|里的|让|叫|说|把|收|要|给|不|乱|强|逼|每)|\b(?:schools?|hospitals?|kindergartens?|clinics?|courts?)\b"
