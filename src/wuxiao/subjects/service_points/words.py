"""The answers of the register of service points."""

from __future__ import annotations

from wuxiao.rules.words import Text

HOLIDAYS = {
    "closed": Text("法定节假日不开，调休上班日照开", "closed on public holidays, open on worked weekends"),
    "usual": Text("节假日照常", "open on holidays as usual"),
}
SERVICES = {
    "help": Text("报警求助", "asking the police for help"),
    "household": Text("户籍", "household registration"),
    "id_card": Text("身份证", "identity card"),
    "residence": Text("居住证", "residence permit"),
    "vehicle": Text("车辆和驾驶证", "vehicle and driving licence"),
    "fines": Text("交通违法处理", "traffic offences"),
    "accident": Text("轻微事故快处", "minor road accidents"),
    "exit_entry": Text("出入境", "exit and entry papers"),
    "certificate": Text("开具证明", "certificates"),
    "lost": Text("失物招领", "lost and found"),
    "dogs": Text("养犬登记", "dog licence"),
    "mediation": Text("调解纠纷", "mediation"),
    "legal": Text("法律咨询", "legal advice"),
    "reception": Text("来访接待", "receiving visitors and petitions"),
    "fraud": Text("反诈咨询", "advice on fraud"),
    "print": Text("拍照、打印", "photographs and printing"),
}
SPEAKS = {
    "putonghua": Text("普通话", "Mandarin"),
    "local": Text("本地话", "the local dialect"),
    "sign": Text("手语", "Chinese sign language"),
    "en": Text("英语", "English"),
    "ar": Text("阿拉伯语", "Arabic"),
    "fr": Text("法语", "French"),
    "es": Text("西班牙语", "Spanish"),
    "ru": Text("俄语", "Russian"),
    "ko": Text("韩语", "Korean"),
}
ACCESS = {
    "level": Text("门口没有台阶", "no step at the door"),
    "ramp": Text("有坡道", "ramp"),
    "lift": Text("有电梯", "lift"),
    "toilet": Text("无障碍卫生间", "accessible toilet"),
    "counter": Text("低位柜台", "low counter"),
    "parking": Text("无障碍车位", "accessible parking"),
    "bell": Text("门口有呼叫铃", "bell at the door"),
}
ROOM = {
    "own": Text("专用房间", "a room of its own"),
    "shared": Text("合用房间", "a shared room"),
    "counter": Text("一个柜台", "a counter"),
    "machine": Text("一台机器", "a machine"),
}
