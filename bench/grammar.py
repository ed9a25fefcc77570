"""A small grammar of what people report: enough variety that an index of words looks like a town's."""

from __future__ import annotations

import random

WHEN = (
    "昨天晚上", "今天早上", "这两天", "上个星期", "一个多月了", "从年初开始", "每天夜里十一点以后", "下雨以后",
    "放学的时候", "周末", "过完节", "半年来", "最近几天", "早晚高峰", "停电以后", "三天前", "国庆以后", "一到晚上",
)  # fmt: skip
WHAT = (
    "{k}没有人管", "出现{k}的情况", "{k}越来越严重", "{k}反映过几次都没有解决", "因为{k}和邻居吵了起来",
    "{k}的问题又来了", "有人投诉过{k}，还是老样子", "{k}影响大家出行", "发现{k}，拍了照片", "{k}一直拖着",
    "关于{k}，窗口说不归他们管", "{k}到底归哪个部门", "碰到{k}，打过两次电话", "{k}让老人孩子很不方便",
)  # fmt: skip
SO = (
    "老人晚上出门摔过一次", "孩子没法写作业", "整栋楼都有意见", "味道很大不敢开窗", "车子进不来也出不去",
    "家里的墙都湿了", "店里的生意受了影响", "我们十几户人家一起反映", "跟物业说了没有用", "社区说要找街道",
    "上次说一周内答复，现在还没有消息", "夜里根本睡不着", "路过的人都绕着走", "租客已经搬走了两家",
    "我母亲八十多岁，腿脚不好", "学生每天从这里走", "水都漫到台阶上来了", "钱交了手续没有办下来",
)  # fmt: skip
PLEASE = (
    "请派人来看一看", "希望尽快处理", "请告诉我归谁管", "麻烦给个准信", "请在这个月以内修好", "希望有个说法",
    "请打电话告诉我结果", "请核实以后答复", "恳请有关部门重视", "请问多久能办好", "希望不要再推来推去", "谢谢",
)  # fmt: skip
DETAIL = (
    "车牌尾号{n}", "门口左手第{n}根电线杆旁边", "{n}单元楼下", "一共{n}户", "大概有{n}米长", "已经交了{n}00元",
    "门牌{n}号对面", "从{n}点开始", "前后找过{n}次", "旁边是便民超市", "对面是小学", "靠近公交站", "就在桥头",
)  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲建国华金凤春梅海燕雪松"
STREETS = (
    "文庙街", "东门路", "桃花巷", "人民路", "建设路", "解放街", "新华路", "滨河路", "学府街", "槐荫路",
    "桂园路", "车站路",
    "中心街", "工农路", "和平巷", "光明路", "胜利街", "迎宾路", "向阳街", "健康路", "双桥巷", "柳荫街",
    "古渡路", "茶山路",
)  # fmt: skip
ESTATES = ("幸福小区", "阳光花园", "丽景苑", "锦绣家园", "金桂苑", "安康里", "水岸名邸", "望川新城", "和谐家园", "")


def words(dice: random.Random, keyword: str) -> str:
    """Return what somebody might write about `keyword`: 20 to 90 characters, one to three sentences."""
    parts = [dice.choice(WHEN) + dice.choice(WHAT).replace("{k}", keyword)]
    if dice.random() < 0.6:
        parts.append(dice.choice(DETAIL).replace("{n}", str(dice.randrange(1, 60))))
    if dice.random() < 0.8:
        parts.append(dice.choice(SO))
    if dice.random() < 0.3:
        parts.append(dice.choice(SO))
    text = "，".join(parts) + "。"
    return text + (dice.choice(PLEASE) + "。" if dice.random() < 0.8 else "")


def person(dice: random.Random) -> str:
    """Return a name."""
    return dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2))))


def phone(dice: random.Random) -> str:
    """Return a number that nobody has (no such prefix is given out)."""
    return f"1990{dice.randrange(10**7):07d}"
