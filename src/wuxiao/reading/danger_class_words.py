"""Words that stand for the same thing in a story of danger, in both languages, and how they are misspelt. Data for
`wuxiao.reading.danger` and `danger_model`.

What the model learned of 爸爸 or *fell in the river* it thereby knows of 姥爷 and 掉塘里. A word belongs to one class; the longest word
at a place counts. Nothing here says that there is danger.
"""

from __future__ import annotations

CLASSES: dict[str, str] = {
    "KID": (
        "孩子 小孩 儿童 学生 女童 男童 幼童 婴儿 宝宝 小娃 娃娃 娃儿 崽崽 细伢子 小朋友 幼儿 女儿 儿子 孙子 孙女 外孙 外孙女 侄女 侄子 小姑娘 小女孩 小男孩 女孩 男孩 女生 男生 姑娘 妹妹 "
        "弟弟 新生儿 娃 崽 闺女 囡囡 囝囝 细路 细路仔 个仔 个女 bb 孙儿 小孙子 女娃 男娃 同学 妹 弟 baby child children kid kids boy girl son daughter toddler infant newborn student "
        "pupil sister brother nephew niece teenager"
    ),
    "KIN": (
        "老公 丈夫 老婆 妻子 媳妇 前夫 前妻 前男友 男朋友 女朋友 男友 女友 对象 公公 婆婆 爸爸 我爸 爸 妈妈 我妈 妈 父亲 母亲 继父 继母 后爸 后妈 养父 爷爷 奶奶 外公 外婆 姥姥 姥爷 "
        "老伴 爱人 父母 家里人 当家的 哥哥 姐姐 嫂子 婆娘 老汉 老汉儿 爹 娘 俺娘 俺爹 老豆 阿妈 阿爸 阿嬷 阿嫲 阿婆 阿公 叔叔 舅舅 阿姨 姑姑 姨妈 外甥 外甥女 表妹 表弟 室友 朋友 "
        "同事 工友 邻居 婶 伯伯 husband wife father mother dad mum mom grandpa grandma grandfather grandmother granny uncle aunt friend roommate ex boyfriend girlfriend neighbour neighbor "
        "colleague stepfather stepmother partner"
    ),
    "OLD": "老人 老人家 老太太 老大爷 老奶奶 老爷爷 大爷 大妈 老头 老头儿 老太 老太婆 老两口 老大娘 大娘",
    "WHO": (
        "有人 人 男的 女的 男人 女人 男子 女子 老板 店员 司机 乘客 工人 师傅 保安 醉汉 小伙子 小伙 疯子 路人 顾客 客人 老乡 游客 person people man men woman women guy guys somebody "
        "someone worker workers driver passenger lady fellow"
    ),
    "ME": "我 俺 我们 咱 咱们 本人 伲 i my we us me our",
    "HE": "他 她 他们 她们 佢 它 he she they him her them his their",
    "BLADE": (
        "刀 菜刀 砍刀 匕首 水果刀 西瓜刀 剪刀 斧头 斧子 镰刀 柴刀 铁棍 木棍 棍子 棍棒 钢管 铁锤 锤子 榔头 铁锹 铁铲 砖头 板砖 啤酒瓶 酒瓶 锄头 皮带 铁链 棒球棍 家伙 枪 土枪 猎枪 "
        "手枪 knife knives gun guns axe hammer bat bats bottle bottles stick sticks pipe sword weapon"
    ),
    "WATER": (
        "河 河里 江 江里 湖 水库 池塘 鱼塘 塘 海 海里 渠 水渠 沟 井 井里 窨井 粪坑 化粪池 涵洞 水塘 水坑 泳池 池子 river lake sea pond reservoir canal water ditch well pool ocean"
    ),
    "HIT": (
        "打 踢 踹 掐 抽 扇 揍 砍 捅 捶 咬 泼 勒 殴打 暴打 毒打 斩 砸 推 hit hits hitting beat beats beating beaten kick kicks kicking punch punching stab stabbed stabbing attack attacks "
        "attacking choke choking strangle slap slapping fight fighting"
    ),
    "FIRE": "着火 起火 失火 燃烧 火苗 火焰 明火 大火 火光 烧起来 着了 自燃 fire flame flames burning burn burns blaze",
    "SMOKE": "浓烟 黑烟 冒烟 烟雾 烟 smoke smoky",
    "GAS": "煤气 燃气 天然气 液化气 瓦斯 沼气 氨气 毒气 一氧化碳 gas",
    "DOWN": "昏迷 晕倒 昏倒 倒地 不省人事 叫不醒 喊不醒 没反应 没呼吸 不动 不动了 抽搐 口吐白沫 unconscious fainted collapsed breathing",
    "GONE": "走丢 走失 失踪 不见了 失联 没回来 没回家 找不到 联系不上 没影 未归 唔见 missing lost disappeared vanished",
    "STUCK": "被困 困在 卡住 卡在 压住 压着 埋 埋了 夹住 出不来 下不来 出不去 反锁 关在 锁在 trapped stuck locked caught",
    "DIE": "自杀 轻生 跳楼 跳河 跳桥 不想活 遗书 割腕 安眠药 上吊 活不下去 活够了 同归于尽 suicide die kill jump",
    "HELP": "救命 救我 救救 快来 快来人 快点 快点来 快派人 快救 速来 help please hurry quick quickly fast",
    "NOW": "正在 现在 刚才 刚刚 马上 今晚 还在 而家 now right just currently tonight still",
    "PAST": "去年 前年 昨天 前天 上周 上个月 上次 以前 曾经 那次 前几天 上月 yesterday last ago",
    "ASK": "请问 想问 咨询 怎么 如何 什么时候 哪里 能不能 可不可以 多少 几点 吗 how where when what which can",
    "FEAR": "万一 如果 要是 担心 怕 容易 隐患 避免 以免 防止 if afraid worried might could may",
    "WISH": "希望 建议 请求 申请 投诉 反映 举报 要求 谢谢 感谢 表扬 suggest want thank complain",
    "BLOOD": "血 流血 鲜血 满脸血 blood bleeding bleed",
    "CALLER": "来电人 市民 来电 来电称 热线 群众 报料人 caller",
    "HEIGHT": "天台 楼顶 窗台 阳台 塔吊 栏杆 桥上 护栏 屋顶 roof ledge bridge window balcony",
}

#: Slips of the keyboard that sound alike, read as what is meant. Both sides are of one length, so that places in the text stay true, and the
#: left one is no word of its own (what follows or goes before says where it is one: 招火锅店员, 成就命运).
MISSPELT: dict[str, str] = {
    r"[招找]火(?!锅|车|种|源|鸡|龙|腿|苗(?!了)|化)": "着火",
    r"[着起]货了": "着火了",
    r"[着起][伙获或祸]了": "着火了",
    r"失货|失伙": "失火",
    r"[就旧]命(?=[啊呀阿！!，,。\s]|$)": "救命",
    r"救名": "救命",
    r"[煤媒霉][汽器起](?=味|泄|漏|中|罐|灶|管)|[媒霉]气": "煤气",
    r"没气(?=泄|味|中毒|罐)": "煤气",
    r"自[沙莎煞啥刹](?=[，,。！!了的\s]|$)": "自杀",
    r"跳[喽漏娄](?=[了，,。！!\s]|$)": "跳楼",
    r"跳[和合禾](?=[了，,。！!\s]|$)": "跳河",
    r"[弱逆匿]水(?=[了，,。！!身死\s]|$)": "溺水",
    r"电[剃踢替体](?=里|困|坏|卡|停|门)": "电梯",
    r"[背被]捆(?=在(?:电|里|山|车|水|屋|家))": "被困",
    r"失[综纵踪宗]了": "失踪了",
    r"走[丟秋](?=了|$)": "走丢",
    r"杀[仁任](?=[了啦，,。！!\s]|$)": "杀人",
    r"打[仁任](?=[了啦，,。！!\s]|$)": "打人",
    r"[坎侃]人(?=[了啦，,。！!\s]|$)": "砍人",
    r"[绑邦]驾": "绑架",
    r"抢[截结](?=[了啦，,。！!\s]|$)": "抢劫",
}
