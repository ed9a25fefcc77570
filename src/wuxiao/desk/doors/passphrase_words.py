"""Words that people in offices put into passwords: by themselves they protect nothing. Our own list, in characters.

Spelling in pinyin and initials are derived (`desk.passphrases`); Latin ones stand as they are typed.
"""

#: Sayings, loved phrases, names of everybody, places, work: what is typed first when a password is asked for.
_PHRASES = """
我爱你 我爱你们 我爱我家 我爱中国 我爱祖国 我爱北京 我爱北京天安门 我爱老婆 我爱老公 我爱宝宝 我爱妈妈 我爱爸爸
我想你 我喜欢你 我是中国人 我是谁 我的密码 我的家 我的爱 我的宝贝 我们 我们是冠军 一生一世 一生平安 一世情 一帆风顺
一路平安 一路发 一路顺风 一路有你 一心一意 一切顺利 永远爱你 爱你一生 爱你一世 爱你一万年 爱你一生一世 爱情 爱国
爱家 爱人 老婆我爱你 老公我爱你 老婆 老公 宝贝 宝宝 小宝 小宝贝 亲爱的 媳妇 妈妈 爸爸 爷爷 奶奶 女儿 儿子 全家福
平安 平安是福 平平安安 幸福 幸福一家 幸福美满 幸福生活 快乐 快乐每一天 天天快乐 天天开心 天天向上 天天进步 好好学习
好好学习天天向上 开心 开心快乐 开心每一天 健康 健康快乐 健康平安 身体健康 恭喜发财 新年快乐 生日快乐 万事如意
心想事成 事事如意 吉祥如意 大吉大利 财源广进 步步高升 年年有余 福如东海 寿比南山 马到成功 龙马精神 成功 努力 加油
奋斗 奋斗吧 坚持 坚持到底 永不放弃 相信自己 自强不息 厚德载物 天道酬勤 上善若水 淡泊明志 宁静致远 难得糊涂 知足常乐
海阔天空 实事求是 与时俱进 为人民服务 全心全意 不忘初心 牢记使命 砥砺前行 人民 人民公安 人民警察 人民万岁 中国梦
中国 中国人 中国加油 中华人民共和国 中华 祖国 祖国万岁 北京 北京欢迎你 上海 广州 深圳 杭州 温州 南京 武汉 成都 重庆
天津 西安 长沙 郑州 济南 青岛 大连 沈阳 哈尔滨 长春 石家庄 太原 合肥 南昌 福州 厦门 昆明 贵阳 南宁 海口 兰州 西宁
银川 乌鲁木齐 拉萨 呼和浩特 香港 澳门 台湾 苏州 无锡 宁波 长城 长江 黄河 黄山 泰山 天安门 故宫 你好 你好吗 你好世界
你是谁 您好 早上好 大家好 谢谢 谢谢你 对不起 没关系 再见 密码 新密码 默认密码 初始密码 测试 测试账号 管理员 管理
系统 系统管理员 超级管理员 账号 用户 用户名 登录 口令 电脑 办公室 办公 单位 领导 局长 县长 镇长 书记 主任 科长 所长
队长 秘书 值班 值班室 热线 政府 政务 政务服务 服务 服务热线 市民热线 便民 便民服务 民生 五小 五小民生 网格 网格员
社区 社区服务 街道 街道办 居委会 村委会 派出所 公安 公安局 民警 警察 交警 巡警 城管 城管局 执法 综合执法 民政 民政局
住建 住建局 市场监管 市监局 信访 信访局 纪委 监委 法院 检察院 司法 司法所 财政局 教育局 卫健局 卫生院 医院 学校 小学
中学 大学 水务 供电 供水 环保 环卫 应急 应急管理 消防 县委 县政府 县城 镇政府 乡政府 乡镇 张三 李四 王五 赵六 张伟
王伟 王芳 李伟 李娜 张敏 李静 王静 刘伟 王秀英 张丽 李秀英 王丽 张静 李强 张磊 王磊 李军 王军 张勇 李勇 王强 刘洋
王艳 李杰 张杰 张涛 王涛 李明 王超 李超 王刚 陈静 小明 小红 小王 小李 小张 小刘 老王 老李 老张 大王 孙悟空 猪八戒
唐僧 关羽 刘备 曹操 诸葛亮 李白 杜甫 床前明月光 春眠不觉晓 白日依山尽 锄禾日当午 红豆生南国 春风 夏天 秋天 冬天 太阳
月亮 星星 大海 蓝天 白云 天空 彩虹 蝴蝶 玫瑰 百合 牡丹 荷花 梅花 小猫 小狗 小鸟 老虎 狮子 大象 熊猫 飞龙 金龙 小龙
天龙 凤凰 猴子 苹果 香蕉 西瓜 葡萄 草莓 大米 面条 饺子 可乐 咖啡 手机 华为 小米 腾讯 微信 淘宝 京东 百度 新浪 网易
支付宝 足球 篮球 乒乓球 跑步 游戏 英雄 英雄联盟 王者荣耀 天下第一 天下无敌 独孤求败 江湖 武林 笑傲江湖 倚天屠龙
大话西游 西游记 红楼梦 三国演义 水浒传 冰雪奇缘 星期一 星期五 星期天 今天 明天 昨天 春节 中秋 国庆 元旦 端午
"""
#: Typed in Latin letters and digits.
_LATIN = """
wuxiao admin administrator root system manager password passwd passw0rd passphrase secret login signin welcome
letmein test tester demo guest user username default changeme master superuser security auditor audit operator
handler qwerty qwertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qaz1wsx 1qaz2wsx 1q2w3e4r 1q2w3e 1qaz zaq1
q1w2e3 abc abcd abcdef abc123 a1b2c3 aa11 iloveyou loveyou ilove love baby hello china beijing shanghai hotline town
county office police gov government public service staff wangyi taobao weixin alipay baidu tencent huawei xiaomi 520
1314 5201314 521 521521 168 1688 518 5188 888 666 999 886 110 119 120 122 12345 123 1234 123456 1234567 12345678
123456789 1234567890 0123456789 987654321 87654321 7654321 654321 54321 4321 321 147258 147258369 159357 258369
369258 789456 789456123 456789 741852 741852963 963852741 112233 11223344 102030 100200 123321 123123 321321 666888
888666
"""
PHRASES = tuple(_PHRASES.split())
LATIN = tuple(_LATIN.split())
