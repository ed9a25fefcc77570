"""Names by the words around them: after a cue or a role, before a title, joined by dots, of all China's peoples."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from wuxiao.late import late
from wuxiao.reading.tokens import simplify
from wuxiao.reading.words import Stretch, Why

if TYPE_CHECKING:
    import rjieba
else:
    rjieba = late("rjieba")

#: Characters that names of other tongues are written with by their sound, those of China's peoples among them.
SOUND_OF_NAMES = frozenset(
    "斯尔特克德拉布里马罗尼卡巴兰维格西莱多森塔萨莫安诺弗雷伊列伯迪米加瓦奥哈利姆费纳科洛蒂鲁希帕桑贝内曼普菲达朗吉亚林丹埃汉彼查乔约戴麦杰肯休顿温恩沃比福勒梅赛泽佩图扎基夫娜莉丽琳珍妮露茜珊玛丝莎黛芙琪兹奇娃伦托詹史汤皮保本泰朱劳法"
    "阿艾依古力买提不都麦热努吐逊孜肉库尔班玉素甫亚森地江汗买托乎达木赫江才让扎西卓玛多吉次仁央金旺堆增洛桑格白平措强曲珍德索南边贡旦嘉措其其格乌云日勒雅斯琴高娃托娅图额敦那顺满都萨仁孟和通嘎毕沙曲莫色伍呷惹牛果阿"
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃"
    "武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪"
    "简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝"
    "区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴"
    "昝幸奉植衡富尧闭由昌衷郗郦惠贲璩濮糜弓竺洑葭"
)
DOUBLE = "欧阳|上官|司马|诸葛|司徒|东方|独孤|南宫|夏侯|尉迟|公孙|慕容|令狐|皇甫|宇文|长孙|轩辕|端木|百里|呼延|东郭|南门|申屠|太史|钟离|澹台|公羊|赫连|淳于|单于|闻人|万俟|仲孙|鲜于|闾丘|亓官|司寇|巫马|欧陽|司馬|諸葛"
# Words that begin with a surname's character and are no names; a name candidate that begins with one is dropped.
_NO_NAME = re.compile(
    "(?:高速|高度|高级|高层|高空|高考|高中|高新|高铁|高温|高压|高价|高额|高兴|黄金|黄昏|黄色|黄线|黄土|白天|白色|白领|马上|马路|马桶|金额|金融|金钱|金属|石头|石油|石灰|石材|安全|安装|安静|安排|安置|安心|安保|时间|时候|时常|"
    "明天|明年|明确|明显|明明|明白|平时|平台|平安|平方|平均|平米|平房|方面|方便|方式|方案|方法|方向|成立|成为|成员|成都|成本|成绩|文明|文化|文件|文字|文体|文教|路上|路口|路面|路灯|路段|路边|路人|路过|路况|和平|和谐|和他|和我|"
    "和她|和你|和其|和对|和小|和业|应该|应当|应急|应聘|公司|公安|公园|公路|公交|公寓|公共|公开|公平|公务|公告|公示|公积|公民|公办|公立|国家|国有|国土|国庆|国内|国外|国道|国际|国企|海关|海外|海鲜|江边|江南|江北|江西|江苏|湖南|"
    "河南|河北|河边|河道|山东|山西|广东|广西|广场|东方|南方|北方|南边|南北|南路|西路|东路|北路|西南|东南|东北|西北|全部|全体|全家|全国|全面|全市|全区|全县|全村|全镇|全校|全程|全年|全额|万一|万元|万人|万家|万达|单位|单元|单独|"
    "单价|单号|单方|管理|管道|管辖|管委|管制|管网|经理|任何|任务|任由|任意|任职|何时|何况|何种|何处|何必|向上|向政|向有|向相|向领|向业|向市|向区|向县|向我|向你|向他|商家|商业|商户|商场|商贩|商品|商量|商铺|商贸|商店|于是|于此|"
    "于本|于当|于事|于我|于是|连续|连接|连带|连锁|连夜|连同|相关|相信|相当|相应|相比|相邻|相互|相对|相反|来电|来信|来访|来自|来到|来源|来回|支持|支付|支出|支队|计划|计算|计费|计量|周边|周围|周末|周一|周二|周三|周四|周五|周六|周日|"
    "曾经|曾多|曾向|曾在|程序|程度|温度|温馨|温暖|车位|车辆|车库|车主|车站|车道|车棚|车间|车牌|简单|简直|简易|花园|花费|花钱|花坛|花了|关于|关系|关心|关注|关门|关闭|关停|关键|关押|关停|包括|包含|包装|包工|包车|严重|严格|严厉|严禁|"
    "严查|严惩|常常|常年|常德|常住|常务|都是|都有|都没|都不|都在|都会|都要|都能|都被|都可|门口|门面|门诊|门前|门卫|门牌|门店|门禁|楼上|楼下|楼道|楼层|楼房|楼盘|楼梯|楼顶|楼栋|居民|居住|居委|居然|干部|干净|干扰|干嘛|干活|但是|但愿|但现|"
    "但我|但没|但一|但对|利用|利益|利息|由于|由此|由政|由开|由物|由谁|由社|富裕|原来|原因|原本|原有|原则|原告|原定|解决|解释|解除|解答|解放|解聘|强烈|强制|强行|强调|强迫|强拆|强占|初中|初步|初期|初三|初一|初二|信访|信息|信用|信任|"
    "信号|信箱|展开|展示|房屋|房子|房东|房产|房租|房价|房管|房款|房间|房地|屋顶|屈服|费用|费时|费力|冷漠|冷静|乐意|乐园|明星|党员|党委|党支|党和|党组|宗教|冀望|查看|查处|查询|查明|查实|查封|班级|班主|班车|班子|储蓄|劳动|劳务|劳资|"
    "劳保|满意|满足|满地|满月|位于|位置|位领|位业|区域|区政|区长|区委|区内|区教|区住|权利|权益|权力|权威|阴天|阴沟|智能|智慧|幸福|幸好|季度|季节|纪委|纪律|纪检|童年|成年|盛夏|苗木|苗圃|谷物|景区|景观|景点|米粉|麦田|吉日|古镇|古城|"
    "蓝天|蓝色|游客|游泳|游戏|游乐|施工|施行|施压|习惯|康复|康庄|汤药|白白|易燃|易爆|毛病|毛坯|史上|雷雨|雷达|龙头|龙虾|江水|秦岭|夏天|夏季|钟头|石子|田地|田间|林地|林业|林场|梁上|高高|宋代|唐代|罗列|何以|孔雀|向来|"
    "项目|项链|包干|左右|左边|左转|尚未|尚且|宁愿|宁可|宁静|舒适|舒服|梅雨|童鞋|毕业|毕竟|单车|单身|谈话|谈判|谈到|官方|官员|官司|封路|封闭|封锁|惠民|国营|国资|盖章|盖房|盖了|练习|强推|祖国|祖辈|祖坟|祖籍|祖父|祖母|支付|平坦|云集|容易|"
    "容忍|敬请|敬老|敬业|敬爱|普通|普遍|普法|普及|修建|修路|修理|修缮|修好|修改|况且|那么|那些|那里|那边|那个|那样|宿舍|鲜花|印象|隆重|战友|战士|玉米|银行|公里|公斤|阳光|阳台|阳历|农村|农民|农业|农贸|农户|农田|农历|农药|农合|农商|司机|司法|"
    "卓越|卫生|卫计|边上|边缘|边防|荣誉|荣获|沙发|沙子|沙石|师傅|师生|师范|燕子|南门|丰富|巴士|池塘|麻烦|麻将|迟迟|迟到|祝您|祝愿|祝福|祝工|欧元|顾客|顾虑|顾问|付款|付费|付出|付清|付钱|陆续|汪汪|范围|范本|熊猫|江湖|侯门|贺电|武汉|武装|武力|"
    "武警|戴口|莫名|莫非|莫过|温泉|康乐|文娱|樊城|安徽|安乡|齐全|乔迁|易拉|庄稼|章程|鲁班|申请|申报|申诉|申办|焦急|焦虑|柳树|甘肃|甘蔗|包办|尚有|符合|符号|凌晨|谷歌|盛大|曲折|冉冉|骆驼|路程|辛苦|辛辛|柴油|柴火|蒙受|蒙骗|华人|华侨|华夏|房贷|饶恕|"
    "艾滋|尤其|阳性|时段|时期|时刻|时不|农机|司空|古代|古树|吉林|钱包|钱财|钱款|万分|万般|黎明|陶瓷|段时|段路|段落|田野|董事|潘多|杜绝|叶子|苏州|苏宁|魏晋|吕梁|丁字|丁克|任性|沈阳|姚明家|崔促|江河|邱县|尹始|侯车|毛孩|郝然|龚断|孟婆|邹城|秦皇|顾不|"
    "史料|龙岗|贾汪|夏令|付诸|石块|石板|谭山|罗湖|郑州|郑重|梁柱|谢谢|谢绝|宋体|唐突|许可|许多|许诺|许久|韩国|冯家|邓小平理|曹操|彭州|肖像|田园|袁家|于今|于情|蒋介|蔡锷|余额|余地|余款|余下|陈旧|陈述|陈列|杨柳|杨梅|杨树|黄河|黄花|赵钱|吴江|徐州|"
    "孙子|孙女|孙儿|马达|马虎|马甲|马拉|马戏|朱红|胡乱|胡同|胡说|胡须|郭德|何不|高尔|林立|林荫|罗汉|王府|王牌|王者|王国|李子|张贴|张望|张开|张嘴|张罗|张家|刘海|张口|陈年|高手|高等|高校|高职|高桥|高端|高峰|高效|高管|高龄|高血|高三|高一|高二|"
    "高低|高于|高达|高处|高楼|高薪|高昂|高利|高原|高明|高质|高档)"
)
_ROLE_BEFORE = (
    "我叫|我是|本人|姓名|名字(?:是|叫)?|名叫|叫做|名为|联系人|当事人|投诉人|举报人|申请人|被告|原告|受害人|死者|伤者|患者|病人|业主|村民|居民|市民|网友|户主|房东|租客|租户|老板|老板娘|法人|法定代表人|负责人|会计|经办人|"
    "校长|老师|班主任|院长|主任|书记|村长|支书|村支书|村主任|组长|队长|局长|科长|处长|所长|站长|镇长|乡长|县长|区长|市长|部长|厅长|主席|经理|总经理|董事长|董事|总裁|司机|医生|护士|律师|法官|民警|警察|记者|教练|店主|店长|包工头|工头|丈夫|妻子|"
    "老公|老婆|父亲|母亲|儿子|女儿|爱人|弟弟|妹妹|哥哥|姐姐|同事|同学|朋友|邻居|职工|员工|家长|学生|教师|姓|作者|导演|演员|歌手|主持人|助理|经纪人|教授|博士|院士|专家|秘书长|秘书|发言人|选手|球员|队员|主编|编辑|摄影|化妆师"
)
_HONORIFIC = re.compile("先生|女士|小姐|太太")
_TITLE_AFTER = "先生|女士|小姐|同志|同学|老师|医生|大夫|师傅|主任|书记|局长|经理|总经理|董事长|院长|校长|所长|队长|村长|组长|科长|处长|站长|律师|法官|警官|民警|教授|博士|老板|老板娘|阿姨|大爷|大妈|奶奶|爷爷|大姐|大哥|老人|医师|教练|总监|部长|镇长|乡长|市长|县长|区长|支书|主席|会计|太太|夫人|总(?=[，。、,说表的是在又也来不])|某某|某"
#: Rare characters of names lie beyond the first plane: 𠮷, 𬱖.
_GIVEN = "[\u3400-\u9fff\U00020000-\U000323af]"
_NAME = f"(?:(?:{DOUBLE}){_GIVEN}{{1,2}}|[{SURNAMES}]{_GIVEN}{{1,2}})"
_STOP_GIVEN = "的了是在有和与或说向对把被从到于为等及也都就还又很我你他她它们这那哪个不没去来给让要会能可应该则但因所以并将已曾再先后时之其某先女小老师医主书局经董院校所队村组科处站律法警同大奶爷阿总"


@cache
def _name_patterns() -> tuple[tuple[re.Pattern[str], Why], ...]:
    return (
        (
            re.compile(
                f"(?P<cue>(?:{_ROLE_BEFORE})(?:[：:，、是叫为\\s]|的)?)(?P<name>{_NAME})(?![\u4e00-\u9fa5]?(?:路|街|镇|村|区|县|市|公司|学校|医院))"
            ),
            Why("称谓之后的姓名", "a name after a role"),
        ),
        (
            re.compile(f"(?P<cue>)(?P<name>(?:(?:{DOUBLE})|[{SURNAMES}]){_GIVEN}{{0,2}}?)(?=(?:{_TITLE_AFTER}))"),
            Why("称谓之前的姓名", "a name before a title"),
        ),
        (
            re.compile(
                f"(?P<cue>)(?P<name>[{SURNAMES}](?:某某?|[xX×＊*]{{1,2}}|[a-zA-Z])(?:{_GIVEN}(?=[，。、,]|$))?)(?![a-zA-Z0-9])"
            ),
            Why("隐去名字的姓氏", "a surname with the name left out"),
        ),
        (
            re.compile(
                f"(?P<cue>)(?P<name>{_NAME})(?=[，,：:（(\\s]{{0,3}}(?:(?:男|女)[，,]|身份证|联系电话|电话|手机|性别|汉族|[1１][3-9３-９]\\d))"
            ),
            Why("后面跟着个人资料", "personal details follow"),
        ),
    )


#: What joins the parts of a name of many peoples; a name is never ended inside a run joined by it.
_DOT = "[·•・‧∙⋅]"
_HAN = _GIVEN
_CUE_SURE = (
    "我叫|我的名字(?:是|叫)?|名字(?:是|叫)|名叫|叫做|(?:姓名|联系人|户主|业主|本人|投诉人|举报人|反映人|申请人|当事人|来电人|被投诉人|责任人|法人|法定代表人|经办人|收件人|寄件人|收货人|签名|署名|"
    "诉求人|报案人|报警人|受害人|证人|房东|租户|租客|承租人|出租人|负责人|持卡人|开户名|户名|车主|司机|监护人|家长|name|contact)(?:姓名)?[:：]"
)
_CUE_MAYBE = (
    "我是|本人|联系人|户主|业主|投诉人|举报人|反映人|申请人|当事人|来电人|法人|村民|居民|市民|牧民|房东|租户|姓名|车主"
)
_NAME_END = "(?=[^\u3400-\u9fff\U00020000-\U000323afA-Za-z0-9·•・‧∙⋅]|$|[0-9]|电话|手机|联系|住|家住|现住|身份|地址|性别|男|女|年龄|反映|投诉|举报|来电|要|想|在|于|的|是|说|和|与|跟|及|，)"
_NO_RUN = re.compile(
    "^(?:.{0,2}(?:委员会|委会|代表|大会|自治|集体|维权|们|群|自己|物业|单位|公司|小区|居民|业主|市民|村民|已经|曾经|多次|反映|投诉|举报|要求|希望|认为|表示|现在|来电|一直|因为|由于|不同意|同意|不在|所有|全体|强烈|"
    "要|想|为|有|在|对|向|于|把|被|到|从|是|说|就|都|也|的|了|去|来|没|不|能|会|应|应该|可以|这|那|某|一|二|三|十|每|该|今|昨|前|上|下|我|你|他|她|它|您|本))"
)
#: Words of names of peoples whose names carry no Han surname; two of them in a row, or one after a cue, are a name.
_OF_PEOPLES = (
    "阿依古丽|阿孜古丽|帕提古丽|巴哈古丽|古丽娜扎|古丽|迪丽热巴|迪丽|热巴|阿不都|阿卜杜|阿布都|阿布|买买提|麦麦提|艾力|艾尔肯|艾则孜|阿迪力|吐尔逊|吐尔地|玛依拉|热依汗|努尔曼|努尔|哈力克|赛买提|依明|依布拉音|伊力哈木|库尔班|肉孜|玉素甫|亚森|"
    "托乎提|塔依尔|木拉提|图尔荪|叶尔兰|叶尔江|巴合提|赛力克|哈那提|热合曼|依马木|斯拉木|扎西|顿珠|卓玛|才让|多吉|次仁|央金|拉姆|旺堆|丹增|洛桑|格桑|白玛|平措|巴桑|普布|强巴|曲珍|德吉|仁青|索南|边巴|米玛|贡布|旦增|"
    "巴特尔|其其格|乌云|格日勒|巴雅尔|斯琴|高娃|娜仁|托娅|图雅|额尔敦|那顺|满都拉|萨仁|萨日娜|孟和|特木尔|通拉嘎|乌日娜|阿拉坦|毕力格|爱新觉罗|叶赫那拉|钮祜禄|吉克|沙马|曲木|阿苏|吉木|曲比|莫色"
)


@cache
def _run_patterns() -> tuple[tuple[re.Pattern[str], Why], ...]:
    part = f"{_HAN}{{1,9}}?"
    run = f"{_HAN}{{1,9}}(?: ?{_DOT} ?{_HAN}{{1,9}}){{1,4}}"
    return (
        (
            re.compile(
                f"(?:{_CUE_SURE}|{_CUE_MAYBE})[ :：，,]{{0,2}}(?P<name>{_HAN}{{1,9}}(?: ?(?:{_DOT}|[.]) ?{_HAN}{{1,9}}){{0,3}} ?(?:{_DOT}|[.]) ?{part}){_NAME_END}",
                re.I,
            ),
            Why("称谓之后用点连起来的姓名", "a name joined by dots after a cue"),
        ),
        (re.compile(f"(?P<name>{run})"), Why("用点连起来的姓名", "a name joined by dots")),
        (
            re.compile(f"(?P<name>(?:{_OF_PEOPLES})(?:{_OF_PEOPLES})+江?)"),
            Why("两段少数民族常用的名字", "two parts of names of other peoples"),
        ),
        (
            re.compile(
                f"(?:{_CUE_SURE}|{_CUE_MAYBE})[ :：，,]{{0,2}}(?P<name>(?:{_OF_PEOPLES}){_HAN}{{0,4}}?){_NAME_END}",
                re.I,
            ),
            Why("称谓之后的少数民族名字", "a name of another people after a cue"),
        ),
        (
            re.compile(f"(?:{_CUE_SURE})[ ]?(?P<name>{_HAN}{{2,4}}?){_NAME_END}", re.I),
            Why("称谓之后的姓名", "a name after a cue"),
        ),
        (
            re.compile(f"(?:{_CUE_SURE})[ ]?(?P<name>[A-Z][A-Za-z'.-]{{1,19}}(?: [A-Z][A-Za-z'.-]{{1,19}}){{0,3}})"),
            Why("称谓之后的姓名", "a name after a cue"),
        ),
        (
            re.compile(
                r"(?:[Mm]y name is|[Nn]ame is|[Nn]amed|[Cc]alled|\b(?:Mr|Mrs|Ms|Miss|Dr)\.?) (?P<name>[A-Z][A-Za-z'’-]{1,19}(?: [A-Z][A-Za-z'’-]{1,19}){0,3})"
            ),
            Why("英文称谓之后的姓名", "a name after Mr, Ms or “my name is”"),
        ),
        (
            re.compile(
                f"(?:我叫|我是|本人|联系人|姓名|找)[ :：，,]{{0,2}}(?P<name>[{_RARE}]{_HAN}{{1,2}}?){_NAME_END}"
            ),
            Why("称谓之后的姓名（少见的姓）", "a name after a cue (a rare surname)"),
        ),
    )


_RARE = "仉逄禤佴亓乜缑郄逯厍麴郏眭笪妫么仝仡郇俎冼忻邝麦隗蹇郐仵撒伊燕买回哈"
#: A run joined by dots has no end of its own; these words are in no name and end it.
_NOT_IN_RUN = re.compile(
    "我叫|我是|叫做|名叫|联系人|户主|业主|投诉人|举报人|反映人|姓名|本人|当事人|申请人|邻居|电话|手机|来电|反映|投诉|住在|家住|[的了是在有和与或说向对把被从于为叫找请跟给让住电打骂您我你他她们]|见到|来了|走了|表示|认为|征战|踢球|今天|昨天|已经|一直|正在|可能|因为|所以|但是|以及|执导|主演|自称|同志|先生|女士|师傅|老师|医生|大爷|大妈|阿姨"
)
_ROLE_END = re.compile(
    f"(?:{_ROLE_BEFORE}|发言人|导演|教练|选手|球星|前锋|后卫|中卫|门将|总统|总理|首相|作家|画家|歌手|演员)(?=[\u3400-\u9fff])"
)
_NO_DOTTED = re.compile("论语|左传|史记|诗经|孟子|庄子|宪法|[上中下]篇|第.{1,3}[章节卷]")


def _whole_run(name: str) -> tuple[int, int]:
    """Return the stretch of a dotted run that is the name: from the last foreign word before its first dot to the
    first one after its last dot."""
    first = min(i for i, char in enumerate(name) if char in "·•・‧∙⋅")
    last = max(i for i, char in enumerate(name) if char in "·•・‧∙⋅")
    start = max((found.end() for found in _NOT_IN_RUN.finditer(name, 0, first)), default=0)
    for found in _ROLE_END.finditer(name, start, first):
        start = found.end() if first - found.end() >= 1 else start
    tail = _NOT_IN_RUN.search(name, last + 1)
    # Rather a word too much than a name that is cut.
    return start, tail.start() if tail else len(name)


#: The sounds around a dot inside a run that goes on into the sentence: 馆长[马里恩·图尔]以合谋.
_SOUNDED = re.compile(
    f"[{''.join(sorted(SOUND_OF_NAMES))}]{{2,7}}(?: ?{_DOT} ?[{''.join(sorted(SOUND_OF_NAMES))}]{{2,7}})+"
)


def _sounds_like_a_name(run: str) -> bool:
    """Tell whether a run joined by dots is of the sounds that names are written with: 合生·世界村 is a house."""
    if re.search(_OF_PEOPLES, run):
        return True
    han = [char for char in run if "\u3400" <= char <= "\u9fff"]
    known = sum(char in SOUND_OF_NAMES for char in han)
    return known >= 0.6 * len(han)


def _runs(simple: str) -> list[Stretch]:
    """Find names that no list of surnames knows: joined by dots, of other peoples, or after a sure cue."""
    found: list[Stretch] = []
    for pattern, why in _run_patterns():
        for match in pattern.finditer(simple):
            start, end = match.span("name")
            name = match["name"]
            if why.en == "a name joined by dots":
                if simple[max(0, start - 1) : start] == "《" or _NO_DOTTED.search(name):
                    continue
                at, to = _whole_run(name)
                start, end = start + at, start + to
                if not re.fullmatch(f"{_HAN}+(?: ?{_DOT} ?{_HAN}+)+ ?", simple[start:end]):
                    continue
                if not _sounds_like_a_name(simple[start:end]):
                    inner = _SOUNDED.search(simple, start, end)
                    if inner is None:
                        continue
                    start, end = inner.span()
            elif why.en.startswith("a name after a cue") and (_NO_RUN.match(name) or _NO_NAME.match(name)):
                continue
            found.append(Stretch("name", start, end, why))
    return found


#: Kinds of a single character that belongs to the sentence and not to a name: 和|朋友, 与|家人, 于|长江.
_LINKS = frozenset({"c", "p", "d", "r", "u", "ul", "uj", "uz", "uv", "y", "f"})
_NAMES = frozenset({"nr", "nrt", "nrfg", "x"})
#: Kinds of words that are nobody's given name: numbers, times, sides, pronouns.
_NO_GIVEN = frozenset({"m", "t", "f", "r", "q"})


class _Words:
    """The words of a text as the cutter sees them."""

    def __init__(self, text: str) -> None:
        self.at: dict[int, tuple[int, str]] = {}
        self.ends: set[int] = set()
        place = 0
        for word, tag in rjieba.tag(text):
            self.at[place] = (place + len(word), tag)
            place += len(word)
            self.ends.add(place)

    def runs_on(self, end: int) -> bool:
        """Tell whether a word of every day begins at the character before `end` and goes on behind it: 石媛|昨天."""
        upto, tag = self.at.get(end - 1, (0, ""))
        return upto > end and tag not in _NAMES

    def no_name(self, start: int, end: int) -> bool:
        """Tell whether a stretch after a cue is a word of every day, or a link and such a word (武术, 和朋友, 谈一下)."""
        parts = []
        at = start
        while at < end and at in self.at:
            upto, tag = self.at[at]
            parts.append((at, upto, tag))
            at = upto
        if not parts:
            return False
        first = parts[0]
        if len(parts) == 1 and first[1] - first[0] > 1 and first[2] not in {*_NAMES, "nz", "ns", "ng"}:
            return True
        everyday = all(upto - at > 1 and tag not in _NAMES for at, upto, tag in parts[1:])
        no_given = all(tag in _NO_GIVEN for _, _, tag in parts[1:])
        return len(parts) > 1 and first[1] - first[0] == 1 and everyday and (first[2] in _LINKS or no_given)


#: Forms of a surname's character that stand in papers beside the usual one.
_VARIANTS = str.maketrans({"𠮷": "吉", "髙": "高", "栁": "柳", "邨": "村", "呉": "吴"})


def names(plain: str) -> list[Stretch]:
    """Return the names in a flat text (`typed.plain.flat`), as they are found; they may overlap."""
    simple = simplify(plain).translate(_VARIANTS)
    words = _Words(simple)
    found = _runs(simple)
    whole = [(one.start, one.end) for one in found]
    for pattern, why in _name_patterns():
        for match in pattern.finditer(simple):
            start, end = match.span("name")
            name = simple[start:end]
            if _NO_NAME.match(name) or _NO_NAME.match(simple[start : start + 2]):
                continue
            while len(name) > 2 and not re.match(DOUBLE, name) and name[-1] in _STOP_GIVEN:
                name, end = name[:-1], end - 1
            before_title = why.en == "a name before a title"
            # What begins inside a word is no name: 设计|院副|总工程师.
            if before_title and start not in words.at:
                continue
            if before_title and end - start == 1 and (courteous := _HONORIFIC.match(simple, end)):
                end = courteous.end()
            if len(name) >= 2 and name[1] in _STOP_GIVEN and name[1] not in "某大小" and not before_title:
                continue
            if why.en == "a name after a role":
                if len(name) == 3 and words.runs_on(end):
                    name, end = name[:2], end - 1
                if words.no_name(start, end):
                    continue
            # A name is never cut: what touches a dot belongs to a longer one.
            if any(start < b and a < end for a, b in whole) or simple[end : end + 1] in set("·•・‧∙⋅"):
                continue
            found.append(Stretch("name", start, end, why))
    return found
