"""The words by which people name somebody with power over them; see `accused`, which reads them.

Patterns are read on simplified half-width text in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping

#: What a body of the rule book (`hide.body`) is called in people's words, the first that fits being the body meant.
BODIES: Mapping[str, str] = {
    "some_station": (
        r"派出所|民警|警察|辅警|协警|片警|公安|警务|交警|巡警|刑警|特警|狱警|警官|警员|出警|拘留所|看守所|户籍(?:室|警|窗口|民警)|车管所"
        r"|(?<![厕场])所长(?!期|满|出|大|年|得|达|着|久)|所里(?:的?人|说|让|叫|不|把|收)|联防|管教|教导员|指导员"
        r"|(?<!\d)110(?=接|的|台|值班|指挥|那边|不|没|说|话务)|接警(?:台|员|的|中心)?|报(?:了|过)?[\d一二两三四五几]*[次回遍]?警[^,。!?]{0,8}?(?=没人|没有人|无人|不来|没来|不出警|不管|不理|也?没[^,。]{0,4}来)"
        r"|\bpolice\w*|\bcops?\b|\bofficers?\b|\bdetectives?\b|\bsergeant\b"
    ),
    "some_village": (
        r"村(?:支书|书记|主任|长|干部|委|官|会计|支部|两委|组长|里的?干部|里的?人|上的?人|上的?干部|委会)|村里(?:把|收|不|让|叫|说|给|扣|截)"
        r"|支书|第一书记|居委|社区(?:里?的?人|主任|书记|干部|居委|工作|不|收|叫|让|说|乱|没人|办事|偏|把|给|卡|网格)|大队(?:书记|长|部|会计|干部)"
        r"|网格[员长]|专干|治保|(?:小|村民|生产)组长|生产队长|\bvillage (?:head|chief|secretary|committee|cadre|leader|official|accountant)\w*"
        r"|\bcadres?\b|\b(?:residents?'?|neighbou?rhood|community) committee\w*|\bcommunity (?:office|director|worker)\w*"
    ),
    "some_township": (
        r"(?:乡|镇|区)(?:政府|长|里的?人|里的?干部|里的?领导|里分管|书记|党委|干部|领导)|街道(?:办|书记|主任|的人|干部|领导)|乡里|镇里|镇上的?(?:人|干部|领导)"
        r"|\btown(?:ship)? (?:office|government|hall|official|head|leader|chief)\w*|\bsub-?district (?:office|official)\w*|\bmayor\b"
    ),
    "some_chengguan": (
        r"城管|执法(?:局|队|人员|的人|中队|大队)|综合(?:行政)?执法|市容(?:队|的人|管理)|协管|(?:贴|抄)(?:罚?单|条)的"
        r"|\bchengguan\b|\burban management\b|\benforcement\b"
    ),
    "some_window": (
        r"窗口|柜台|(?:办事|政务|服务|行政|办证|审批|便民)(?:服务)?(?:大厅|中心)|大厅的?(?:人|工作|里|态度)"
        r"|\bcounters?\b|\bclerks?\b|\bservice (?:hall|window|cent(?:er|re))\b|\bwindow (?:staff|clerk|\d|number|no\b)|\bat the window\b"
    ),
}

#: Others who have power over people, or whom people fear; the rule book's bodies do not name them.
OTHERS = (
    r"官员|当官|做官|领导|干部|公务员|公家的?人|吃公家|工作人员|办事员|经办人?|承办(?:人|的人|的同志|单位)|办事的|管事的|穿制服|上面(?:的人|有人)|衙门|父母官|保护伞|土皇帝"
    r"|(?<![结布格邮战票饭骗赌棋])(?:[\u4e00-\u9fff]{2}局|县局|市局)(?![部面域限势促])|[局处科股站院校园队乡镇县市区厅组]长(?!假|期|大|城|江|椅|凳|满|出|得|着|达|度|久|年)"
    r"|副?书记|(?:的|[\u4e00-\u9fff])主任|政府|管委会|信访办|(?:拆迁|征地|征收|安置|扶贫|低保|计生|综治|维稳|创城|禁毒|文明|城建|经管|劳保)办|(?:检查|办案|验收|评估|核查|走访|登记)的(?:那个|那位|几个|两个|[男女])?(?:人|同志|干部|小伙子)|(?:民政|司法|财政|国土|土管|土地|自然资源|规划|市监|市场监管|工商|税务|供电|水管|水利|房管|卫生|畜牧|农经|林业|环保|城建|交管|路政|安监|食药)(?:所|站)"
    r"|(?:人社|社保|医保|民政|教育|卫健|住建|城建|房管|国土|水利|税务|市监|市场监管|工商|物价|环保|交通|运管|路政|林业|农业|烟草|质检|药监|应急|消防|电力|燃气|热力)(?:局|所|站|的人|部门|大队|中心|窗口|科|办)"
    r"|消防(?:队|员|大队)|稽查|执法|法官|法院|检察|书记员|公证处|公证员|仲裁"
    r"|(?<![0-9A-Za-z])(?:12345|12315)(?![0-9])|热线|话务员|接线员|客服"
    r"|医院|卫生院|卫生所|卫生室|诊所|医生|大夫|护士|院长|主刀|学校|小学|中学|幼儿园|老师|教师|班主任|教导主任|校长|园长|养老院|敬老院|福利院|护工"
    r"|自来水公司|水务公司|供电(?:公司|局|所)|电力公司|燃气公司|热力公司|供热公司|抄表"
    r"|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤]"
    r"(?:所|局|科|主任|书记|镇|乡|处|校|院|队)(?=让|叫|说|要|收|把|跟|和|不|骂|打|拿|找|给|的|他|她)"
    r"|\bofficials?\b|\bcivil servants?\b|\bgovernment\b|\bbureaus?\b|\bauthorit(?:y|ies)\b|\bministry\b|\binspectors?\b|\bdirectors?\b"
    r"|\bchiefs?\b|\bsecretary\b|\bjudges?\b|\bcourts?\b|\bprosecutors?\b|\bhospitals?\b|\bclinics?\b|\bdoctors?\b|\bnurses?\b|\bsurgeons?\b"
    r"|\bschools?\b|\bteachers?\b|\bprincipals?\b|\bheadmaster\w*|\bkindergartens?\b|\bimmigration\b|\bvisa (?:office|counter|staff|desk)\b"
    r"|\bhotline\b|\bin uniform\b|\buniformed\b|\bthe staff\b"
)

#: Words that ask for secrecy themselves, or name what is only done by people with power.
ASKED = (
    r"保密|匿名|(?:别|不要|不想|不能|不敢|千万别|请勿|不可以)(?:让|叫|给|告诉|说|透露|泄露)[^，。！？,.!?]{0,8}(?:知道|我|是谁|名字|身份|姓名)|打击报复|报复我|怕报复|不敢(?:说|写|留|实名)"
    r"|举报|检举|控告|揭发|贪污|受贿|索贿|行贿|回扣|好处费|吃拿卡要|以权谋私|挪用|冒领|截留|克扣|滥用职权|徇私|包庇|优亲厚友|走后门|塞红包|收红包|收了?红包|不作为|乱作为|乱收费|乱罚款"
    r"|\bbrib\w*|\bcorrupt\w*|\bkickbacks?\b|\bembezzl\w*|\bmisconduct\b|\banonym\w*|\bconfidential\w*|\b(?:keep|leave) (?:my|our) names?\b|\bkeep (?:it|this) (?:secret|private)\b"
    r"|\b(?:do not|don't|please do not|never) (?:tell|let)\b|\bretaliat\w*|\brevenge\b"
)

#: Where something stands, or what one would like to know of a body: no word against it.
ASKS_THE_WAY = (
    r"几点(?:上班|下班|开门|关门)|上班时间|办公时间|周末(?:上班|开|办)|电话(?:是)?多少|怎么(?:走|去|办理|申请|补办|预约)|在哪(?:里|儿)?|去哪(?:里|儿|个)|需要(?:带|准备|哪些|什么)|要带什么"
    r"|(?:门口|旁边|旁|附近|对面|门前|隔壁|后面|斜对面)(?:的|有|那|路)?|想(?:问|咨询|了解)|请问|咨询"
    r"|\bopening hours\b|\bwhen (?:does|do|is)\b|\bwhere (?:is|are|can)\b|\bhow (?:do|can) i\b|\bwhat (?:do|documents)\b|\bin front of\b|\bnext to\b|\bopposite\b|\bnear\b|\boutside the\b"
)

#: What is said against somebody: with one of these a text is never taken for a mere question.
AGAINST = (
    r"态度|骂|打(?!印|听|卡|算|扫|开|电话)|推诿|踢皮球|刁难|为难|不管|不理|不给|不办|不接|不开|不写|不还|不承认|不公|不作为|收了?(?:我|钱|礼|烟|红包|两|三|五|一|好处)|要钱|要烟|要(?:我|我们)(?:给|交|买)|索|贿|塞"
    r"|亲戚|小舅子|关系户|熟人|白跑|跑了.{0,3}[趟次回]|扣(?:了|押|着|我)|没收|摔|推了|威胁|吓唬|逼|霸|贪|冒领|举报|投诉|控告|泄露|告诉了|偏|欺|乱(?:收|罚|来|写)|吃请|吃饭|喝酒|打牌|赌|保密|报复|不敢|拖着|压着|敷衍|脸色|凶"
    r"|\brude\w*|\binsult\w*|\bbrib\w*|\bmoney\b|\bshout\w*|\blaugh\w*|\brefus\w*|\bthrew\b|\bhit\b|\bbeat\w*|\bpushed\b|\bcousin\b|\brelative\w*|\bcigarettes?\b|\bthreat\w*|\bcorrupt\w*|\bcomplain\w*|\breport(?:ed|ing)? (?:the|an?|him|her)\b|\bunfair\w*|\bdo not tell\b|\bdon't tell\b"
)

#: Whoever is at work on a matter already, as its reporter calls them without a name.
AT_WORK = (
    r"[他她你]们|(?:来|上门|办事|办这件事|管这件事|经办|处理)的(?:那个|那位|那些|几个|两个|[男女同]?)?(?:人|同志|干部|小伙子|师傅)?"
    r"|\bthey\b|\bthem\b|\byou people\b|\byour (?:people|staff|men|colleagues?)\b|\bwhoever came\b"
)

#: What people are afraid of when they say it of those: threats, money, kinship, being given away.
FEARED = (
    r"威胁|吓唬|恐吓|报复|收了[\u4e00-\u9fff]{1,6}的?(?:钱|礼|烟|酒|卡|红包|好处)|收拾我|骂|打(?:了|过)?我|推了我|要我(?:撤|签|改口|闭嘴|给|交|买)|逼我|不许我|不准我|收了?(?:我|他|她|老板|对方|人家|钱|礼|烟|红包|好处)|要钱|要烟|红包|好处费|塞钱|送礼"
    r"|亲戚|小舅子|关系户|一伙|串通|勾结|通风报信|泄露|透露|告诉了?(?:他|她|对方|老板|邻居|人家|房东)|知道是我|我的(?:名字|电话|住址|地址).{0,4}(?:给|说)|找上门|堵(?:我|在我)"
    r"|\bthreat\w*|\bbrib\w*|\b(?:took|take|takes|taking|wants?|wanted|asked for) (?:the |his |her |their |my )?money\b|\brelatives?\b|\bcousins?\b|\bhit me\b|\bbeat\w*|\binsult\w*|\brevenge\b"
    r"|\b(?:gave|told|showed) (?:him|her|them|my)\b|\bmy name\b|\bmade me\b|\bforced?\b"
)

#: A place beside somebody's house, named to say where something stands: nobody of that house is spoken of.
PLACE_BESIDE = r"(?:大队|支队|中队|中心|大厅|局|所|站|院|校)?的?(?:门口|门前|旁边|附近|对面|隔壁|斜对面)"
#: The same in English, before the house.
BESIDE_PLACE = r"\b(?:in front of|next to|opposite|near|outside|behind) (?:the |our |a )?(?:\w+ ){0,2}?(?=\w)"

#: What is done to somebody, or to what is theirs, by whoever has the power to: violence, taking, shutting off, keeping.
DONE_TO = (
    r"砸|踹|踢|踩|推(?:了?(?:我|他|她|倒|搡|一把)|[\u4e00-\u9fff]{0,2}(?:妈|爸|爹|娘|儿|女|孩|老))|揪|拽|掐|扇|捅|殴|打(?:了|过)?(?:我|他|她|人|老|一拳|一巴掌)|按(?:在|倒|住)|铐|电(?:棍|击)|抢(?:走|了)|夺(?:走|了)|撕|甩(?:给我|出|我|脸)|往外一?甩|扔(?:在|到|水|路|出|掉|了)"
    r"|(?:材料|证|手机|合同|钱|东西|驾照|本子|钥匙|电脑|身份证|车|秤|货|摊子?|苗)[^,。!?]{0,4}(?:拿走|带走|拖走|拉走|收走|没收|扣(?:了|下|着|住)|不还)|(?:拿走|拖走|搬走)了?(?:我|他|她|们)?(?:家)?(?:的)?(?:东西|手机|合同|钱|身份证)|扣(?:了|押|着|下|住|我)"
    r"|翻(?:我|了我|箱|抽屉|得|包)|锁(?:在|住|起来|了我)|关(?:在|起来|了我)|堵(?:在|我|着|门|住)|围(?:住|着)我|跟(?:着我|踪)|开车跟|盯(?:着我|上|梢)|坐(?:在)?我家不走|不(?:写|签|撤|改)就不(?:走|让)|闯|半夜[^,。!?]{0,4}(?:敲|来|砸)|(?:敲|拍|砸|踹)(?:我家?)?(?:的)?门"
    r"|断(?:了|水|电|我)|(?:水|电|气|网|低保|床位|补助|电闸)(?:给)?(?:断|掐|停|拉|扣|取消)了?|(?:取消|停(?:了|掉|发))[^,。!?]{0,4}(?:低保|补助|床位|资格)|拔(?:了|我)|拆(?:了我|我家)|拍桌|站了一|罚站|点(?:我|了我)?(?:的)?名"
    r"|\b(?:smash|grab|push|kick|slap|punch|shov|drag|yank|tear|ripp)(?:s|es|ed|ing|ged|ging|bed|bing)?\b|\b(?:tore|torn)\b|\bbreak(?:s|ing) (?:in|into|my|our|the|down)\b|\block(?:s|ed|ing) (?:me|us|him|her|up|out|my|our)\b|\bcut(?:s|ting)? off\b|\bfollow(?:s|ed|ing) (?:me|us|him|her)\b|\bbroke (?:in|into|my|our|the)\b|\bdoor right now\b|\bkept (?:my|our)\b|\b(?:took|takes?|taken|seized|kept) (?:away )?(?:my|our|his|her) (?:phone|money|passport|bag|papers?|contract|cards?|bike|scooter|cart|keys?|things|goods|documents?|licen[cs]e|wallet|child|son|daughter|laptop|computer|id)\b|\bwill not give (?:it|me|him|her|them) back\b|\bat my door\b|\bstand outside\b|\bfollowed me\b"
)

#: Pressed to be silent, to take it back, to sign that all is well; scorned for having complained.
HUSHED = (
    r"别(?:再)?(?:说|写|告|闹|打)|闭嘴|少管|摸着良心|(?:让|叫|要|劝|逼|等)(?:我|我们|他|她)[^,。!?]{0,6}(?:撤|收回|改口|改过来|闭嘴|别说|按手印|签字?|写“|写\"|想通)|撤(?:案|诉|了|掉|回)[^,。!?]{0,8}(?:还我|给我|再|才|就|发)|就看我撤|把话收回|把[^,。!?]{0,6}话改|打“?满意|签“?(?:满意|已)|写“?(?:已解决|满意)|不打满意|空白纸"
    r"|告状|告我|乱告|刁民|不懂事|不得好死|投诉(?:过|的人)[^,。!?]{0,4}(?:排|最后|别)|写了(?:也|白)|(?:再|还)(?:写|闹|说|打电话|来|告|投诉)[^,。!?]{0,4}(?:就|要|别想|休想|让)|说了?也没用|待不下去|别想|走着瞧|好看|有你|小心点|挨批|是不是(?:我|家长|你)写|为什么(?:要)?(?:告|投诉)|(?:找|到)(?:我|了我)?(?:的)?(?:单位|领导|老板|家里人|孩子|学校)[^,。!?]{0,6}(?:说|告|叫)|把我孩子|知道我住|排最后|永远挂着|大家别理|弄丢"
    r"|\b(?:keep|be) quiet\b|\bshut up\b|\bwithdraw\b|\btake (?:the|my|it|that) (?:complaint |words? )?back\b|\bbecause (?:i|of my) (?:complain|report|wrote|called)\w*|\bbecause of my (?:report|complaint)\b|\bafter i (?:wrote|complained|reported|called)\b|\bkeeps? (?:complaining|calling|writing)\b|\bif i (?:keep|do not|don't|complain|write|report)\b|\b(?:until|made me|forced me to) i? ?sign\w*|\b(?:lose|lost) my (?:visa|job|house|licen[cs]e)\b|\bwould get lost\b|\bcalling my (?:boss|employer|husband|wife|school)\b|\bred envelope\b|\bsomething extra\b"
)

#: Money and presents, and a reporter given away to whom she complained of.
SOLD = (
    r"红包|好处|意思意思|表示表示|加(?:[\u4e00-\u9fff\d]{0,3})(?:百|十|块|元|钱)|拿了?[^,。!?]{0,5}(?:烟|酒|礼|老板|对方)|把(?:[^,。!?]{0,6})?钱[^,。!?]{0,3}(?:拿|领|收|分|花)|拿(?:走|了)[^,。!?]{0,2}钱|一起(?:吃饭|喝酒|吃|打牌)|天天(?:吃|喝)|不给(?:单子|票|收据|回执)|没(?:给|开)(?:单子|票|收据|回执)|不给我?开(?:回执|单|票)"
    r"|(?:材料|(?<!微)信|投诉单?|名字|电话|内容|录音|照片|身份证号|我写的)[^,。!?]{0,6}(?:给了|复印给|发(?:了|给|到)|念|交给|读|告诉|传)|念(?:我|出|了)|发了?(?:我|出)[^,。!?]{0,4}(?:写|名|话|内容)|全村(?:人)?都知道|(?:跟|和|给|向|对)(?:[^,。!?我]{1,6}|我[\u4e00-\u9fff]{1,3})(?:说|讲|打电话|通气|报信|告密)[^,。!?]{0,6}(?:我|举|告|投诉|撤)|私下|说是我|家长群"
    r"|\bred envelopes?\b|\byuan before\b|\bgave my (?:number|name|address)\b|\bread (?:my|the) [^.!?]{0,20}out loud\b|\btold my \w+\b|\bmy (?:complaint|message|letter|report)\b[^.!?]{0,30}\b(?:boss|landlord|neighbou?rs?)\b"
)

#: Whoever came in the work's name, as its reporter calls them later: more words than `AT_WORK`.
SENT = (
    r"[他她你]们|你们(?:派来)?的?人|(?:来|派来|上门|进门|办事|经办|处理)的(?:那?[个位些]|几个|两个|[男女同])?(?:人|同志|干部|小伙子|师傅)?|穿制服|来了[两三四几]个"
    r"|\bthey\b|\byour (?:people|staff|men|colleagues?)\b|\b(?:the|a) (?:man|men|woman|people|person) you sent\b|\bwhoever came\b"
)

#: Those who were sent, and nobody else: with danger in the words "they" may be anybody.
SENT_HERE = r"你们(?:派来)?的?人|你们单位|(?:派来|上门|办事|经办|承办|处理)的|穿制服|\byour (?:people|staff|men|colleagues?|officers?)\b|\byou sent\b|\bwhoever came\b"
