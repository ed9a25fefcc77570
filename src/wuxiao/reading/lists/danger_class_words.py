"""Words that stand for the same thing in a story of danger, in both languages, and how they are misspelt. Data for
`wuxiao.reading.danger` and `danger_model`.

What the model learned of 爸爸 or *fell in the river* it thereby knows of 姥爷 and 掉塘里. A word belongs to one class; the longest word
at a place counts. Nothing here says that there is danger.
"""

from __future__ import annotations

CLASSES: dict[str, str] = {
    "KID": (
        "孩子 小孩 儿童 学生 女童 男童 幼童 婴儿 宝宝 小娃 娃娃 娃儿 崽崽 细伢子 小朋友 幼儿 女儿 儿子 孙子 孙女 外孙 外孙女 侄女 侄子 小姑娘 小女孩 小男孩 女孩 男孩 女生 男生 姑娘 妹妹 弟弟 "
        "新生儿 娃 崽 闺女 囡囡 囝囝 细路 细路仔 个仔 个女 bb 孙儿 小孙子 女娃 男娃 同学 妹 弟 baby child children kid kids boy girl son daughter "
        "toddler infant newborn student pupil sister brother nephew niece teenager 婴 婴孩 月龄 两岁 三岁 岁 小学生 初中生 中学生 学童 婴幼儿 "
        "乖乖 细蚊仔 孙娃 孙娃子 小宝宝"
    ),
    "KIN": (
        "老公 丈夫 老婆 妻子 媳妇 前夫 前妻 前男友 男朋友 女朋友 男友 女友 对象 公公 婆婆 爸爸 我爸 爸 妈妈 我妈 妈 父亲 母亲 继父 继母 后爸 后妈 养父 爷爷 奶奶 外公 外婆 姥姥 姥爷 老伴 爱人 "
        "父母 家里人 当家的 哥哥 姐姐 嫂子 婆娘 老汉 老汉儿 爹 娘 俺娘 俺爹 老豆 阿妈 阿爸 阿嬷 阿嫲 阿婆 阿公 叔叔 舅舅 阿姨 姑姑 姨妈 外甥 外甥女 表妹 表弟 室友 朋友 同事 工友 邻居 婶 伯伯 "
        "husband wife father mother dad mum mom grandpa grandma grandfather grandmother granny uncle aunt friend "
        "roommate ex boyfriend girlfriend neighbour neighbor colleague stepfather stepmother partner"
    ),
    "OLD": (
        "老人 老人家 老太太 老大爷 老奶奶 老爷爷 大爷 大妈 老头 老头儿 老太 老太婆 老两口 老大娘 大娘 独居 卧床 瘫痪 轮椅 行动不便 腿脚不便 elderly wheelchair bedridden"
    ),
    "WHO": (
        "有人 人 男的 女的 男人 女人 男子 女子 老板 店员 司机 乘客 工人 师傅 保安 醉汉 小伙子 小伙 疯子 路人 顾客 客人 老乡 游客 person people man men woman women guy "
        "guys somebody someone worker workers driver passenger lady fellow"
    ),
    "ME": ("我 俺 我们 咱 咱们 本人 伲 i my we us me our"),
    "HE": ("他 她 他们 她们 佢 它 he she they him her them his their"),
    "BLADE": (
        "刀 菜刀 砍刀 匕首 水果刀 西瓜刀 剪刀 斧头 斧子 镰刀 柴刀 铁棍 木棍 棍子 棍棒 钢管 铁锤 锤子 榔头 铁锹 铁铲 砖头 板砖 啤酒瓶 酒瓶 锄头 皮带 铁链 棒球棍 家伙 枪 土枪 猎枪 手枪 knife "
        "knives gun guns axe hammer bat bats bottle bottles stick sticks pipe sword weapon"
    ),
    "WATER": (
        "河 河里 江 江里 湖 水库 池塘 鱼塘 塘 海 海里 渠 水渠 沟 井 井里 窨井 粪坑 化粪池 涵洞 水塘 水坑 泳池 池子 river lake sea pond reservoir canal water "
        "ditch well pool ocean"
    ),
    "HIT": (
        "打 踢 踹 掐 抽 扇 揍 砍 捅 捶 咬 泼 勒 殴打 暴打 毒打 斩 砸 推 hit hits hitting beat beats beating beaten kick kicks kicking punch "
        "punching stab stabbed stabbing attack attacks attacking choke choking strangle slap slapping fight fighting 砍了 "
        "捅了 扎 戳 砸了 围殴 群殴 按在 按住 拖 拖走 拽 拽走 拉上车 拖进 掐着 掐住 勒着 勒住 架在 顶着 顶住 绑 绑着 捆 拴 拴着 吊起来 烫 泼了 踹门 砸门 撬门 撬锁 劈门 撞门 堵门 追着 追 抡 劫 "
        "抢劫 挟持 劫持 持刀 持械 斗殴 打斗 扭打 厮打 施暴 家暴 刺 drag drags dragged dragging pull pulls pulled grab grabs grabbed threaten "
        "threatens strangling rob robbed hold holds holding shot shots shoot shooting knock banging chase chases "
        "chasing"
    ),
    "FIRE": (
        "着火 起火 失火 燃烧 火苗 火焰 明火 大火 火光 烧起来 着了 自燃 fire flame flames burning burn burns blaze 冒火 冒着火 火势 火头 火球 火舌 火苗子 烧着 烧着了 "
        "烧了起来 燃起来 点着 点着了 着起来 着喽 遭火 爆燃 燃爆 爆炸 炸了 炸开 烧红 烧得 窜火 explode exploded explosion explodes blast flaming"
    ),
    "SMOKE": (
        "浓烟 黑烟 冒烟 烟雾 烟 smoke smoky 呛 呛人 烟很大 全是烟 都是烟 冒黑烟 浓烟滚滚 烟味 糊味 焦味 烧焦 fumes"
    ),
    "GAS": (
        "煤气 燃气 天然气 液化气 瓦斯 沼气 氨气 毒气 一氧化碳 gas 煤气味 臭鸡蛋味 汽油 汽油味 漏气 泄漏 氯气 炭火 蜂窝煤 煤炉 炉子 液化气罐 气罐 嘶嘶 嗤嗤 co monoxide charcoal "
        "leak leaking"
    ),
    "DOWN": (
        "昏迷 晕倒 昏倒 倒地 不省人事 叫不醒 喊不醒 没反应 没呼吸 不动 不动了 抽搐 口吐白沫 unconscious fainted collapsed breathing 没有反应 无反应 没有声音 没声音 没声了 "
        "没声 无人应 不吭声 不吭气 不答应 叫不应 喊不应 不会动 瘫 瘫了 倒了 倒下 躺着 躺在 趴着 趴在 趴地上 翻白眼 白沫 白泡 抽了 抽起来 发抖 喘不过气 喘不上气 不喘气 没气 快断气 断气 发紫 脸紫 "
        "嘴唇紫 紫了 青了 发黑 发软 站不住 站不稳 头晕 晕 晕了 昏 昏了 昏睡 昏死 休克 没脉搏 说胡话 说不出话 说不了话 嘴歪 睁不开 推不醒 摇不醒 醒不过来 不会叫 不哭了 奄奄一息 不行了 faint "
        "passed unresponsive motionless limp floppy foam vomit vomiting dizzy seizure shaking grey pale pulse conscious"
    ),
    "GONE": (
        "走丢 走失 失踪 不见了 失联 没回来 没回家 找不到 没影 未归 唔见 missing lost disappeared vanished 没影了 没有影 没见 未见 没下山 没归 没有回来 还没回 没回 没到家 "
        "不知去向 走散 走散了 丢了 跑丢 迷路 迷了路 没信 没看到 人没了 没了 没有找到 没找到 没找着 找不着 找了一夜 找了一晌 空的 wandered wander wandering gone vanish "
        "empty astray runaway disappear"
    ),
    "STUCK": (
        "被困 困在 卡住 卡在 压住 压着 埋 埋了 夹住 出不来 下不来 出不去 反锁 关在 锁在 trapped stuck locked caught 卡着 卡住了 夹着 缠住 绞住 咬住 扣住 粘住 压在 埋住 埋在 "
        "埋到 陷在 陷进 陷住 吊着 吊在 挂着 悬着 悬在 挂在半空 停在半空 锁着 锁住 关着 反锁着 打不开 下不去 上不来 上不去 拔不出 拔不出来 抽不出 拿不出来 过不去 走不了 动不了 动弹不得 逃不出 撤不出 "
        "未撤出 没下来 没出来 未出来 没上来 没有上来 未上来 没有出来 滞留 围困 困了 解不开 够不着 够不到 滑脱 堵死 封住 buried pinned crushed jammed under shut "
        "stranded 下布来 出布来 上布来 抬不动 抬不起 搬不动 拉不上 拉不出 拉不上来 推不开 掰不开 挣不开 爬不上来 爬不出 爬不出来 挪不动 郁唔到 出唔到 落唔到 进不去 撞不开 撬不开 关着门 挤在 挤住 "
        "夹伤 卷进 卷进去 绞进 绞进去 吸进 咬着 压扁 压瘪 砸住 扣着 倒扣 挂在 卡死 夹 困 封了 堵住 断了路 不通 hangs tangled 半空 停在"
    ),
    "DIE": (
        "自杀 轻生 跳楼 跳河 跳桥 不想活 遗书 割腕 安眠药 上吊 活不下去 活够了 同归于尽 suicide die kill jump 不想活了 没意思 死了算了 不活了 死在 一了百了 结束 解脱 遗言 告别 再见 "
        "对不起 收尸 割 割了 吞了 吞药 药片 安定 绳子 烧炭 一起死 陪葬 往下跳 要跳 跳下去 跳下来 卧轨 躺在轨道 绝食 寻死 寻短见 活着没劲 goodbye pills overdose hang hanging "
        "rope wrist wrists bleach swallowed farewell"
    ),
    "HELP": (
        "救命 救我 救救 快来 快来人 快点 快点来 快派人 快救 速来 help please hurry quick quickly fast 救 救人 救救我 救火 来人 来人啊 求求 求求你们 赶紧 赶快 紧急 "
        "urgent emergency sos 急 急急急"
    ),
    "NOW": (
        "正在 现在 刚才 刚刚 马上 今晚 还在 而家 now right currently tonight still 这会儿 这会 正 眼下 目前 已经 一直 还 至今 到现在 分钟前 此刻 越来 越 快要 立刻 仍 仍在 "
        "already since keep keeps getting"
    ),
    "PAST": (
        "去年 前年 昨天 前天 上周 上个月 上次 以前 曾经 那次 前几天 上月 yesterday last ago 上个 大前年 半年前 年前 小时候 当年 从前 早就 去冬 上学期 昨晚 前阵子 三年前 几年前 年初 "
        "春天 winter summer year years month months week once before"
    ),
    "ASK": (
        "请问 想问 咨询 怎么 如何 什么时候 哪里 能不能 可不可以 多少 几点 吗 how where when what which can 咋 咋办 哪儿 哪里领 去哪 找谁 要不要 是不是 可以吗 多钱 问下 问一下 "
        "求问 whom"
    ),
    "FEAR": ("万一 如果 要是 担心 怕 容易 隐患 避免 以免 防止 if afraid worried might could may"),
    "WISH": (
        "希望 建议 请求 申请 投诉 反映 举报 要求 谢谢 感谢 表扬 suggest want complain 请修 意见 表彰 补上 加强 整治 管管 处理 解决 督促 落实 查处 complaint wish "
        "suggestion"
    ),
    "BLOOD": ("血 流血 鲜血 满脸血 blood bleeding bleed"),
    "CALLER": (
        "来电人 市民 来电 来电称 热线 群众 报料人 caller 来电人称 群众反映 市民称 市民反映 来电女 来电男 呼入 转来 报料 报称 报 称 自述 反映人 states reports reported"
    ),
    "HEIGHT": (
        "天台 楼顶 窗台 阳台 栏杆 桥上 护栏 屋顶 roof ledge bridge window balcony 房顶 高架 桥墩 桥栏 窗外 窗口 窗户 阳台外 顶楼 楼上 塔 水塔 烟囱 天桥 山崖 edge "
        "rail railing tower"
    ),
    "POISON": (
        "农药 百草枯 老鼠药 鼠药 除草剂 洁厕 消毒液 蘑菇 野蘑菇 毒 中毒 假酒 河豚 误服 误食 poison poisoned pesticide mushroom mushrooms"
    ),
    "BEAST": (
        "疯狗 恶犬 狗咬 马蜂 黄蜂 胡蜂 虎头蜂 蜂 蜂子 蛇 毒蛇 野猪 熊 藏獒 bee bees wasp wasps hornets snake bit bite biting bites attacked"
    ),
    "CONFINED": (
        "电梯 货梯 升降机 电梯井 冷库 地窖 地下室 车库 隧道 矿井 矿 井下 坑 基坑 深坑 坑里 山洞 洞 沼气池 管道 塌方 废墟 驾驶室 后备箱 冰柜 柜子 衣柜 缆车 索道 elevator lift "
        "freezer basement cave tunnel trench pit shaft hole cellar trunk rubble"
    ),
    "FALL": (
        "掉进 掉到 掉下 掉下去 掉下来 掉 跌 跌进 跌落 坠 坠落 坠楼 摔 摔下 摔下来 滑下去 滑进 栽进 栽 翻 翻了 翻进 翻车 侧翻 冲进 塌 塌了 塌下来 垮 垮了 倒塌 坍塌 滑坡 落石 砸下来 fell "
        "fall falls falling collapse overturned sank sinking flipped slid"
    ),
    "CRYOUT": (
        "哭 哭着 哭喊 喊 喊救命 大喊 叫 惨叫 尖叫 呼救 求救 呼喊 嚎 哼 敲墙 敲门 拍窗 拍门 挥手 招手 scream screams screaming cry cries crying shout shouts "
        "shouting yell yelling wave waving bang"
    ),
    "FLOOD": (
        "洪水 山洪 涨水 水涨 水位 发大水 淹 淹了 淹到 漫过 漫到 水里 急流 浪 暴涨 决口 溃坝 冲走 卷走 漂走 冰面 冰窟窿 冰裂 flood flooding rising waves ice drown "
        "drowning swim"
    ),
    "ELEC": ("触电 电线 高压线 漏电 带电 电到 电缆 wire wires electric electricity electrocuted cable"),
    "COLD": ("下雪 冻 冷 暴晒 高温 freezing"),
    "THING": (
        "手机 钱包 钥匙 包 书包 帽子 鞋 鞋子 伞 雨伞 风筝 球 羽毛球 身份证 证件 驾照 卡 快递 包裹 眼镜 手表 phone wallet key keys bag passport card umbrella "
        "bicycle ball package hat"
    ),
    "ADMIN": (
        "补办 补贴 补助 手续 材料 证明 报销 退款 退费 退票 退钱 赔偿 赔 理赔 保险 定损 发票 合同 押金 工资 社保 户口 低保 养老金 贷款 费用 收费 停车费 物业费 罚款 鉴定 申请表 资质 公示 预约 办理 "
        "登记 报名 开户 公积金 执行 起诉 仲裁 refund deposit insurance certificate paper papers form fee bill pay paid money permit "
        "register claim appointment rule allowed legal"
    ),
    "REPAIR": (
        "坏 坏了 修 维修 检修 更换 换 安装 加装 装 清理 疏通 整改 加固 检测 年检 broken repair fix replace install clean check"
    ),
    "FINE": ("没有人受伤 已经好了 已撤离 救出 已解救 找回 谢谢你们 solved healthy"),
    "FUN": (
        "演习 演练 电影 电视剧 游戏 小说 拍戏 剧组 直播 彩排 话剧 密室 鬼屋 新闻 视频 讲座 宣传 培训 课程 比赛 调查 作文 drill movie film book haha lol course "
        "training news"
    ),
    "NUISANCE": (
        "噪音 吵 吵死 扰民 油烟 异味 味道大 臭 垃圾 施工 广场舞 占道 违停 堵 堵车 排队 慢 态度 服务 骂人 骂 noise noisy loud smell rude slow late bark barks "
        "queue dirty"
    ),
    "EXTREME": ("要命 累死 热死 冻死 气死 烦死 饿死 吓死 急死 熏死 忙死 疯了 要疯 崩溃 吓死人 吓人 杀猪"),
    "NEG": ("没 没有 无 未 不 不是 别 no not never none without nobody nothing"),
    "HURT": (
        "受伤 骨折 断了 腿断 断腿 压断 流血不止 烫伤 烧伤 起泡 淤青 伤痕 伤疤 血肉模糊 hurt injured wound burned burnt bruise bruises 伤 重伤 肿 肿了 痛 疼 喊疼 "
        "疼得 破了 皮开 扎进 扎穿 喘 发青 冰凉 哼哼 呻吟 pain swollen blue purple bleeds"
    ),
    "SEX": ("摸 摸我 侵犯 强奸 猥亵 脱衣服 脱光 裸 强行 迷药 touch touches touched rape raped naked"),
    "UNREACH": (
        "没动静 没有动静 无应答 没人应 不应 联系不上 没消息 没有消息 没音信 敲不开 打不通 关机 不接 没人接 无人接 没接 不答 不回 没回信 不回消息 没回消息 联络不上 联系不到 拉黑 不在服务区 无法接通 没信号 "
        "没有信号 失去联系 断了联系 没了联系 没有音信 呼叫不应 没人开 不吱声 关着机 欠费停机 嘟嘟 空号 voicemail offline unreachable answer answers answering "
        "silent 冇人聽 冇人听 没联系 联系不 打電話 没电了 没电"
    ),
    "MIND": (
        "痴呆 老年痴呆 失智 阿尔茨海默 糊涂 dementia alzheimer 犯糊涂 不认得 不认识路 认不得 不认路 不识字 不认字 精神病 精神分裂 精神障碍 自闭症 自闭 智障 智力 脑梗 脑子 认知障碍 记性 "
        "记不得 记不清 说不清 说不出 聋哑 抑郁 抑郁症 产后 alzheimers confused autistic autism 忘性 迷糊 傻 认知症 忘了家"
    ),
    "LEFT": (
        "出走 离家 出门 走了 跑出去 走出去 跑了 出去 离开 溜出 溜走 翻墙 翻窗 上山 进山 下河 出海 下海 去接 去买 去捡 散步 遛弯 赶集 买菜 放羊 放牛 挖笋 采药 采菌 钓鱼 爬山 登山 徒步 坐车 上车 "
        "被接走 接走 带走 领走 抱走 牵走 骗走 拐走 下车 坐错车 went left walked walk hiking hike fishing 出咗去 行咗出去"
    ),
    "SEARCH": (
        "喊遍 去找 找遍 找了 到处找 四处找 在找 正在找 还在找 分头找 找人 搜 搜山 搜救 搜索 调监控 看监控 监控里 监控 广播 点名 清点 点人 数了 少一个 少了一个 少一人 差一个 looked search "
        "searching looking everywhere anywhere"
    ),
    "WILD": (
        "cold 崖 悬崖 cliff 零下 snow 山 山上 山里 山沟 林子 树林 林区 雾 大雾 大雪 雪地 天黑 天黑了 半夜 深夜 崖边 崖下 峡谷 溪谷 沙漠 岔路 岔口 荒地 芦苇 玉米地 苞米地 野外 "
        "mountain forest wood woods fog dark trail ridge desert storm night valley"
    ),
    "ROUND": (
        "火车站 车站 客运站 地铁站 商场 超市 市场 菜场 庙会 公园 广场 景区 游乐场 海边 沙滩 幼儿园 养老院 敬老院 福利院 机场 码头 服务区 station mall market park beach "
        "hospital school museum airport"
    ),
    "BODY": (
        "leg arm head 骨头 手 手指 手指头 手臂 胳膊 手腕 腿 大腿 小腿 脚 脚趾 脚脖子 膝盖 头 脑袋 头发 辫子 脖子 腰 胸 胸口 肚子 背 脸 嘴 嘴唇 牙 眼睛 眼 鼻子 耳朵 喉咙 嗓子 心脏 "
        "肋骨 皮 肉 身子 半边 arms legs hand hands finger fingers foot feet neck chest face eye eyes throat hair bone skin"
    ),
    "MACHINE": (
        "塔吊 吊篮 机器 绞肉机 搅拌机 面条机 压面机 切割机 打包机 传送带 输送带 扶梯 自动扶梯 卷帘门 电动门 旋转门 闸门 打谷机 收割机 拖拉机 挖掘机 铲车 叉车 吊车 起重机 千斤顶 滚筒 洗衣机 机床 钻床 "
        "锯床 货架 脚手架 升降台 旋耕机 冲床 链条 齿轮 轮子 machine mincer baler tractor crane excavator forklift escalator conveyor "
        "scaffold dryer"
    ),
    "VEHICLE": (
        "电动车 自行车 bike 车 汽车 轿车 货车 大货车 卡车 大巴 公交 公交车 校车 三轮 三轮车 摩托 摩托车 面包车 出租车 网约车 火车 地铁 船 渔船 快艇 小船 皮艇 橡皮艇 竹排 油罐车 槽罐车 渣土车 "
        "car bus truck van taxi train tram boat ferry kayak canoe raft ship motorbike"
    ),
    "PET": (
        "猫 小猫 猫咪 狗 小狗 鸡 鸭 羊 牛 鸟 乌龟 cat dog 狗狗 流浪狗 流浪猫 鸭子 鹅 猪 马 小鸟 鹦鹉 鸽子 松鼠 兔子 天鹅 鱼 虫 蚊子 老鼠 蟑螂 宠物 cats dogs bird parrot "
        "horse cow pig sheep duck swan hedgehog rabbit pigeon pigeons"
    ),
    "PLAY": (
        "玩具 排练 开玩笑 哈哈 game joke 笑死 捉迷藏 躲猫猫 玩 好玩 画画 画 演 表演 扮演 唱歌 跳舞 下棋 打牌 打麻将 麻将 游泳课 游泳班 夏令营 春游 秋游 拼图 积木 蹦床 滑梯 故事 动画片 梦 "
        "做梦 梦见 梦到 吓唬 闹着玩 哈 哈哈哈 嘻嘻 toy toys play played games dream funny"
    ),
    "TURNED": (
        "just 误会 误拨 误报 其实 原来 原来是 原来在 看错 看错了 搞错 弄错 以为 结果 才发现 后来 假的 假人 道具 乌龙 虚惊 虚惊一场 turned actually mistake"
    ),
    "OVER": (
        "thank 修好 没事 没事了 没受伤 人没事 无人受伤 好了 已解决 已处理 已恢复 获救 救上来 救出来 找到了 回来了 已返家 扑灭 灭了 和解 调解 撤案 撤单 锦旗 平安 无碍 fine ok okay "
        "safe rescued found thanks recovered 找着了 寻到了 领回 领走了 接回 送回 送回来 送回家 送到家 回家了 到家了 返家 自己回来 自行回家 撤回 撤销 销案 结单 结案 不用来 "
        "不用来了 别来了 不用找 不用找了 和好 和好了 道歉 道谢 说声谢 说声谢谢 感谢信 出院 出院了 缓过来 缓过来了 没大碍 无恙 救上来了 救出来了 救下来 救下来了 已救出 扑灭了 熄了 关了 散了 停了 都没事 "
        "人都好 没人受伤 没伤着 没人 里面没人 恢复 修好了 睡了 醒了 笑了 好多了 取下来了 剪开了 下来了 出来了 上来了 放出来了 打开了 开了 转移了 撤离 安置 处置完毕 back home cancel "
        "cancelled sorry discharged"
    ),
    "OFFICE": (
        "医院 学校 物业 居委会 社区 村委 村委会 村里 街道 业委会 公司 单位 厂家 商家 店家 客服 房东 开发商 中介 平台 老师 校长 卫生院 银行 保险公司 法院 派出所 民警 交警 城管 消防队 环卫 水务 电力 "
        "燃气公司 维保 landlord company office bank shop staff manager"
    ),
    "DUR": (
        "minutes 一夜 一宿 一晚 一晚上 整夜 一天 一整天 一上午 一下午 半天 大半天 半宿 一天一夜 好几天 好久 hours hour days overnight"
    ),
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
