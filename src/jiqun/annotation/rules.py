"""What the scheme says of amounts, people, bodies and places, as patterns: spans with a score."""

import re
from collections.abc import Iterable, Iterator

from ..scheme import PEOPLE
from ..spans import Prediction, Span
from .surfaces import Surfaces

# Amounts. The list of classifiers is open behind digits and closed behind Chinese numerals.
_BOUND = (
    "不超过|不少于|不低于|不高于|不下|不足|不到|不及|超过|将近|大约|大概|至少|至多|"
    "(?<![最附接临靠])近(?![代期日])|(?<![签簽公条合节特预誓契制])约|逾|(?<![赶反])超|"
    "(?<![通经透超不])过(?=[十百千万半0-9])|(?<![以晚早])上(?=[十百千万])"
)
_CURRENCY = "人民币|港币|澳门元|澳门币|新台币|美元|欧元"
_MONEY = "美元|欧元|港元|港币|日元|澳门元|澳元|葡元|新台币|英镑|卢布|韩元|美金|元|块钱|块"
_UNIT = (
    f"个百分点|个巴仙|个点|平方公里|平方千米|平方米|平方呎|平方尺|立方米|立方英寸|吨标准煤|"
    f"千瓦时|千瓦|兆瓦|"
    "摄氏度|公里|公斤|公顷|公吨|公分|公担|海里|毫米|厘米|微米|纳米|分米|英寸|英尺|毫升|毫克|毫安|"
    "兆帕|伏安|分贝|流明|"
    f"{_MONEY}|美分|分钱|毛钱|人次|车次|班次|架次|批次|户次|台套|台（套）|标箱|"
    "%|％|‰|℃|°C|°|(?:k|K|M|G|T)?(?:W|Wh|V|A|Hz|Pa|B)(?![A-Za-z0-9])|"
    "[kcmμn]?m[23²³]?(?![A-Za-z0-9])|(?:kg|km|mg|mm|cm|ml|dB|t|g|L)(?![A-Za-z0-9])"
)
_CLASSIFIER = (
    "个(?!月|半月|多月|小时|钟头|钟点|工作日|星期|礼拜|世纪|年头|季度|昼夜|多小时|春秋|时辰|学期|"
    "交易日)|家(?!务|庭)|名(?!列)|台(?!阶)|人(?!均|民|大|工|口|力|事|：)|吨(?!位)|亩|件|只|户|条|"
    "间(?!接)|套|把(?!手)|份(?!额)|张|头(?!部)|辆|口(?!碑)|项|座|种|支(?!持)|颗|箱|片(?!区)|"
    "处(?!长|理)|位(?!于|居|列)|场(?!所)|批(?!复|准|评)|所|款(?!项)|款|盒|斤|升(?!级|至|到)|克|"
    "瓦|倍|次|米|株|册|枚|栋|幢|根|棵|匹|双|笔|门(?!口)|艘|架|部(?!分|门)|篇|封|扇|宗|组(?!织|长|"
    "成)|页|遍|趟|票|卷|瓶|袋|罐|桶|包|粒|块|丈|尺|寸|里(?!面|头)|顷|层(?!级)|道(?!川|江)|班|"
    "排(?!名)|列|幅|盏|顶|串|锅|担|窝|具|起(?!来|步)|单|拨|对|副(?!主|局|会)|重(?!大|要)|"
    "类(?!似)|样|方面|大(?=[类项板块产业体系特中行工领优支主龙基平举要功生市集])|本|度|席|床|宗|"
    "桩|柄|孔|回(?!收|到|来)|稿|朵|堂|锭|缸|炉|轮|车|字|行|步|声|成|折|(?<!长三)角(?!街|镇|桂|油|"
    "茴|、)|毛|分(?=[钱，。])"
)
_HAN = "零〇一二三四五六七八九十百千万亿两"
_DIGITS = (
    r"(?<![0-9０-９A-Za-z.．])(?:[0-9０-９]{1,3}(?:[,，][0-9０-９]{3})++|"
    r"[0-9０-９]++)(?:[.．][0-9０-９]++)?"
)
_SCALE = "(?:[多余来几]?[十百千万亿]{1,3})?"
_ABOUT = "(?:多|余|来|几)?"
_AFTER = "(?:以上|以下|以内|以外|左右|上下|有余|出头)?"
# What a number or one character behind it makes a date, a rank, a model, or the like.
_NO_UNIT = (
    "[年月日号號点點时時岁歲届屆级級天周週强強期版型路楼樓室代系度感规标民后前第至到以之等的"
    "，。、；：！？）】》”’"
    "和与及是在为即又也就了不从有向将对把被让给者审条款章节季转页牌钢问集讯电讲个分世刻秒夜晚"
    "晨旬多余来几小工公学大新全]"
)
_HEAD = f"(?:零下|(?:{_BOUND})(?:{_CURRENCY})?|(?:{_CURRENCY})(?:{_BOUND})?)?"
_ARABIC = f"{_DIGITS}{_SCALE}"
_DASH = "[-—–~～至到]{1,2}"
_TAIL = f"{_ABOUT}(?:{_UNIT}|{_CLASSIFIER})"
_AMOUNT = re.compile(
    f"{_HEAD}(?:{_ARABIC}(?:{_TAIL})?{_DASH})?(?P<number>{_ARABIC})"
    f"(?:{_TAIL}(?:(?<=[块元角])[0-9](?:[角毛分]钱?)?(?![0-9.,年月日号]))?{_AFTER}"
    f"|(?<=[十百千万亿]){_AFTER}(?=[，。、；的）])|(?<=[万亿])(?!{_NO_UNIT})"
    f"|(?P<open>(?!{_NO_UNIT})[㐀-鿿])(?![年月日时]){_AFTER})"
)
_NUMERAL = (
    f"(?:(?<=唯一)|(?<![{_HAN}初廿第几数0-9.月期周拜唯]))(?:[数几](?=[十百千万亿])|"
    f"好几(?=[十百千]))?[{_HAN}]{{1,14}}"
)
_WORDED = re.compile(
    f"{_HEAD}(?:{_NUMERAL}分之[{_HAN}]{{1,8}}(?:点[{_HAN}]{{1,4}})?"
    f"|{_NUMERAL}成(?:[至到][{_HAN}]成)?(?:半|多|[一二三四五六七八九](?![成{_HAN}]))?"
    f"(?![为立本员果就交功长熟都人了品份家套型])"
    f"|(?P<count>{_NUMERAL})(?P<about>{_ABOUT}[万亿]?)(?P<unit>{_UNIT}|{_CLASSIFIER})"
    f"(?:(?<=[块元角毛])[{_HAN}][角毛分]?(?:[{_HAN}]分)?(?![{_HAN}个家名]))?"
    f"|{_NUMERAL}(?<=[万亿])(?=产业|产值|规模|集群|大关|目标)|一半(?!是|靠)|半数|过半){_AFTER}"
)
# Alone before a classifier, 一 is an article and a place of numbers part of a word (千家万户).
_ARTICLE = re.compile("[一零〇]|[百千万亿]")


def find_figures(text: str) -> Iterator[Prediction]:
    """Amounts, each with the limiters and the unit that touch it."""
    for match in _AMOUNT.finditer(text):
        year = match["open"] and re.fullmatch("(?:19|20)[0-9]{2}", match["number"])
        if not year:
            yield Prediction(Span(*match.span(), "FIGURE"), 0.8 if match["open"] else 0.97)
    for match in _WORDED.finditer(text):
        count = match["count"]
        bare = count and match.start() == match.start("count") and not match["about"]
        only = text.endswith("唯一", 0, match.start())
        if bare and _ARTICLE.fullmatch(count) and not only:
            continue
        yield Prediction(Span(*match.span(), "FIGURE"), 0.93)


# People.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董潘袁于余蔡蒋叶杜"
    "苏魏程吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
    "汤康易乔赖文庞樊兰殷施洪翁安"
    "颜倪牛温芦季俞章鲁葛伍申尤毕聂柴焦祝左管耿祁柳岳阮欧纪凌盛包苗詹裴卞童边路游梅辛齐关骆谷"
    "涂艾冉饶符房褚曲柏卜柯滕甘"
    "应屈翟穆车宁项靳宗成简党宫费解娄缪瞿鲍凤连蓝卓冀晏巫单桂蒲丛匡荣鞠商原初池明畅戚隋佟华揭"
    "稽廉辜狄麦贡楚幸闵甄郎桑刁燕郁窦栾米苟迟尚蔺奚"
)
_DOUBLE = "欧阳|上官|端木|公孙|司马|诸葛|皇甫|慕容|令狐|夏侯|东方|尉迟|司徒|独孤|南宫|闻人|宇文"
_NO_FIRST = "的了是在说称告指把将也都该这那我他她你副局厅县市区镇乡村处科会理总今昨前上下就不没"
_FOLLOW = (
    "介绍|表示|告诉|透露|强调|认为|指出|通报|提醒|证明|补充|主持|带队|牵头|宣布|回忆|坦言|感慨|"
    "解释|致辞|出席|参加|陪同|负责|担任|记得|师傅|先生|女士|同志|老师|教授|厂长|经理|站起|掰着|"
    "摄|报道|主任|局长|书记|今年|当场|专程|现场|接过|递过|翻出|拍板|建议|答应|承诺|要求|摆摆|"
    "点头|摇头|分管|算过|一边|一句|一直|一来"
)
_NO_SECOND = _NO_FIRST + (
    "和与向被让给从对同于因以为由及则曾已还又并带来去坐站跑拿走笑讲问答看做听接没不每就到率赴自"
    "掌抽领叫送取脸跟粗提允签请替抚出手随调组保担发函代浑却均起报抓摆拍敲递搬写喊骂哭翻作承当买卖"
)
_FIRST = f"[㐀-鿿](?<![{_NO_FIRST}])"
_SECOND = f"[㐀-鿿](?<![{_NO_SECOND}])"
_EDGE = r"(?=[\s，。、；：！？（）()“”《》【】0-9]|$)"
_NAME = (
    f"(?:[㐀-鿿]{{2,5}}(?:[·•][㐀-鿿]{{1,5}}){{1,2}}{_EDGE}"
    f"|(?:{_DOUBLE}){_FIRST}(?:(?!{_FOLLOW}){_SECOND})?"
    f"|[{_SURNAMES}](?:[ 　]{{1,2}}{_FIRST}(?:[ 　]{{1,2}}{_SECOND}|(?![ 　]{{1,2}}{_SECOND}))"
    f"|{_FIRST}(?!{_FOLLOW}){_SECOND}(?![·•])|{_FIRST}(?={_FOLLOW}|[{_NO_SECOND}])|"
    f"{_FIRST}{_EDGE}))"
)
_PUBLIC = (
    "(?:(?:副|代理?|原|常务副|党组|第一|老)?(?:省长|市长|县长|区长|镇长|乡长|州长|旗长|局长|厅长|"
    "司长|专员|会长|理事长|秘书长|审判长|村支书|村主任|馆长|署长|关长)|代理审判员|审判员|书记员|"
    "人民陪审员|陪审员|法官|检察官|公证员|总干事|民警|议员|人民调解员)"
)
_PRIVATE = (
    "(?:副)?(?:厂长|总经理|董事长|总裁|总工程师|经理|教授|老板|行长|车间主任|班长|工段长)|记者|"
    "(?:作者|主编|审核|初审|复审|终审|编审|审读|校对|监制|文字|摄像|供图|供稿|采写|撰文|整理)"
    "(?=[ 　]?[：:])|"
    "通讯员|责任编辑|编辑|责编|见习编辑|摄影|撰稿|法定代表人|委托代理人|诉讼代理人|代理人|律师|"
    "(?:教授级)?高工|(?:高级)?工程师|技师|技术员|研究员|讲师|设计师|专家|质检员|检验员|仓管员|负责人|创始人|创办人|老板娘|"
    "掌柜|会计|师傅|徒弟|木匠|铁匠|司机|钳工|焊工|工人|农民|村民|翻译|店主|学者|院士|博士|诗人|业主"
)
# Posts that say nothing alone: the body in front of them decides.
_EITHER = (
    "(?:副|常务副|党组|原|老|第一)?(?:书记|主任|主席|部长|科长|处长|所长|站长|院长|校长|委员|"
    "代表|理事|主委|股长|干事|常委|队长|场长|社长|总经济师|巡视员|调研员|科员)"
)
_PUBLIC_BODY = re.compile(
    "(?:[市县区省州乡镇旗村盟]委|委员会|政府|政协|人大|局|厅|办公室|管委会|党工委|村委会|"
    "党支部|行署|协会|学会|商会|联合会|促进会|公会|联盟|工商联|妇联|法院|检察院|纪委|宣传部|"
    "组织部|统战部|团委|中学|小学|学校|供销社|[经计科农体教建工外]委|街道|社区|居委会|办事处|"
    "民建|民盟|民进|九三学社|致公党|农工党|总工会|海关|同乡会|农会|联社|党组|公署|派出所|分局|"
    "卫生院|林场|大学|学院|研究院|研究所|医院|处|科|司|博物馆|图书馆|小组|检测中心|质检站|粮站|"
    "农技站|管理站)(?:党委|党总支|党支部)?$"
)
_PRIVATE_BODY = re.compile(
    "(?:公司|集团|厂|车间|技术中心|研发中心|研发部|质检部|市场部|事业部|监事会|董事会|企业|商行|"
    "合作社|技术部|化验室|班组|(?:公司|集团|厂)(?:党委|党支部|工会)|[铸锻机电科][造压件子技])$"
)
_POST = f"(?:(?P<public>{_PUBLIC})|(?P<private>{_PRIVATE})|(?P<either>{_EITHER}))"
_ENDS_IN_POST = re.compile(f"{_POST}$")
_CLAUSE_END = re.compile(r"[，,。；;\n]")
_INTRODUCED = re.compile(
    f"{_POST}[ 　：:]{{0,2}}(?P<name>{_NAME}(?:[ 　、]{{1,2}}{_NAME}{_EDGE}){{0,9}})"
)
_ONE_NAME = re.compile(_NAME)
_CALLED = re.compile(
    f"(?:(?<=[\\s，。、；：“”（）局厅委会府处])|^)(?P<name>(?:{_DOUBLE}|"
    f"[{_SURNAMES}]{_FIRST}){_SECOND})"
    "(?=副?(?:(?P<public>局长|镇长|县长|市长|区长|乡长|会长|秘书长|理事长|厅长|主任|处长|书记)|"
    "厂长|总经理|董事长|经理|教授|师傅|先生|女士|工程师))"
)
_LEADERS = re.compile(f"(?P<name>{_NAME}(?:、{_NAME}){{0,6}})等[省市县区地镇]{{1,2}}领导")
_CREDITED = re.compile(
    f"(?:(?<=[\\s（(])|^)(?P<name>{_NAME})[/／](?:文|图|摄)|(?<![㐀-鿿])(?:文|图|摄)[/／](?P<other>{_NAME})"
)
_ADDRESSED = re.compile(
    f"(?:(?<=[\\s，。、；：“”（）])|^)(?P<name>{_DOUBLE}|[{_SURNAMES}])"
    "(?=(?P<public>副?(?:局长|镇长|县长|市长|区长|乡长|会长|秘书长|厅长|省长|专员))|总(?!是|共|"
    "计|量|会|部|局|厂|经|工|体|之|在|有|要|得|的|数|算)"
    "|师傅|先生|女士|掌柜|老板|经理|厂长|董事长|工程师)"
)


def find_people(text: str) -> list[Prediction]:
    """Names beside a post, in a byline or a credit, and the same names wherever the text has them.

    Who has a public post once has it throughout the text.
    """
    labels: dict[str, str] = {}
    spans: dict[tuple[int, int], str] = {}
    for match in _INTRODUCED.finditer(text):
        label = _judge_post(match, text)
        if label is None:
            continue
        for name in _ONE_NAME.finditer(text, *match.span("name")):
            spans[name.span()] = name[0]
            if labels.get(name[0]) != "OFFICIAL":
                labels[name[0]] = label
    for match in _CALLED.finditer(text):
        spans[match.span("name")] = match["name"]
        labels.setdefault(match["name"], "OFFICIAL" if match["public"] else "PERSON")
    for match in _LEADERS.finditer(text):
        for name in _ONE_NAME.finditer(text, *match.span("name")):
            spans[name.span()] = name[0]
            labels[name[0]] = "OFFICIAL"
    for match in _CREDITED.finditer(text):
        place = match.span("name") if match["name"] else match.span("other")
        spans[place] = text[slice(*place)]
        labels.setdefault(spans[place], "PERSON")
    known = Surfaces(name for name in labels if len(name) > 1)
    for start, end in known.find(text):
        spans.setdefault((start, end), text[start:end])
    found = [
        Prediction(Span(*place, labels[name]), 0.9 if len(name) > 2 else 0.86)
        for place, name in spans.items()
    ]
    by_surname: dict[str, set[str]] = {}
    for name, label in labels.items():
        by_surname.setdefault(name[:1], set()).add(label)
    for match in _ADDRESSED.finditer(text):
        others = by_surname.get(match["name"], set())
        label = "OFFICIAL" if match["public"] else "PERSON"
        if not others or others == {label}:
            found.append(Prediction(Span(*match.span("name"), label), 0.88))
    return found


def _judge_post(match: re.Match, text: str) -> str | None:
    """The label of whom a post introduces; None where no body in front tells.

    Posts in a row are one person's, and one in public makes an official.
    """
    clause = _CLAUSE_END.split(text[max(match.start() - 80, 0) : match.start()])[-1]
    *others, body = clause.split("、")
    labels = {_judge_body(match, body)}
    for other in reversed(others):
        post = _ENDS_IN_POST.search(other)
        if post is None:
            break
        labels.add(_judge_body(post, other[: post.start()]))
    return next((label for label in PEOPLE if label in labels), None)


def _judge_body(post: re.Match, body: str) -> str | None:
    if post["public"]:
        return "OFFICIAL"
    if post["private"] or _PRIVATE_BODY.search(body):
        return "PERSON"
    return "OFFICIAL" if _PUBLIC_BODY.search(body) else None


# Bodies. In the masked text, characters of known places are _PLACE.
_PLACE = "\ue000"
_INNER = (
    "(?:(?![的了是在与及把被将从让给也都就说着这那其并或但而又已还请以到来占办向由]|"
    "家(?![具电用居纺禽装])|有(?![限色机])|设(?=厂|办))[㐀-鿿A-Za-z0-9\ue000])"
)
_COMPANY = (
    "(?:股份|有限|责任|集团|[总分])*公司|集团(?![军化式内])|厂(?![家房长区里商矿址门子方])|"
    "专业合作社|合作社|合作联社|联社|供销社|信用社|银行|支行|分行|商行"
)
_ASSOCIATION = "协会|学会|商会|公会|联合会|促进会|研究会|同乡会|基金会|联盟(?!成员)|工商联|妇联"
_OFFICE = (
    "人民政府|政府(?!采购|补|部门|工作)|管理委员会|管委会|党工委|委员会|人民法院|法院|检察院|"
    "局(?![长面部限势级])|厅(?![长级])|政协|人大(?:常委会)?(?!代表大)|行署|海关|派出所|办事处|"
    "办公室|村委会|居委会|党支部|党总支|党委|党组|纪委|"
    "[经科计农体教建工团市县区州省](?:[贸信发改])?委(?![员托派屈])|(?<=\ue000)委(?![员托派屈])|"
    "宣传部|组织部|统战部|发改委|经信委|总工会"
)
_SCHOOL = (
    "大学(?![生城])|学院|职业学校|学校|中学|小学|研究院|研究所|研究中心|科学院|设计院|医院|"
    "卫生院|博物馆|图书馆|(?:技术|创新|检测|检验|服务|体|推广|研发|赋能|发展|实验|监测|质检|"
    "计量)中心|实验室|技校"
)
_MEDIA = "日报社?|晚报|商报|电视台|广播电台|电台|融媒体中心|新闻网"
_ENDING = f"(?:{_COMPANY}|{_ASSOCIATION}|{_OFFICE}|{_SCHOOL}|{_MEDIA})"
_PART = (
    f"(?:党委|党支部|党组|工会|团委|监事会|董事会|常委会|技术中心|研发中心|办公室|{_INNER}{{2,8}}?"
    "(?:分会|委员会|学院|事业部|研究所|分局|分公司|支队|专委会|处(?=处长|副处长|[，。、在的])|"
    "科(?=科长|副科长)|部(?=部长|副部长|经理)|中心(?=主任|副主任)|分行|支行))"
)
_GOES_ON = f"(?!{_INNER}{{0,3}}(?:公司|协会|学院|委员会|集团(?!党)|大学|中心))"
_HEADED = re.compile(
    f"(?:(?<!{_PLACE}){_PLACE}{{2,}}+|全国|中华|国家|"
    f"(?<!{_PLACE})(?<![全各本我该外城都超夜门集菜发新园社行地])(?:[省市县区州镇乡]|地区|高新区|"
    f"开发区|经开区|自治区)(?![场面级])(?={_INNER}{{0,10}}?(?:{_OFFICE}|{_ASSOCIATION})))"
    f"{_INNER}{{0,16}}?{_ENDING}(?:{_PART}){{0,2}}{_GOES_ON}"
)
_LISTED = re.compile(
    f"(?:(?<=[\\s，。、；：（“])|"
    f"^)(?![该本我各这那某每两几多全有一个家些老小大新首其另由为同对向和请经据])"
    f"(?![称后禁支判委访走在是到经按据])(?:(?!{_PLACE}){_INNER}){{2,10}}?(?:有限公司|股份公司|"
    f"总公司|集团公司|公司|大学|学院)(?:{_PART}){{0,1}}{_GOES_ON}"
)
_BARE = re.compile(
    "(?:政协|人大)(?=常委|委员|代表|副?主席|副?主任)|"
    "(?:[省市县区州旗盟镇乡]委|政法委|纪委|组织部|宣传部|统战部)(?=常委|常务|委员|副?书记|副?部长|"
    "副?秘书长)"
)


def _find_bodies(masked: str) -> Iterator[Prediction]:
    for pattern, score in ((_HEADED, 0.9), (_LISTED, 0.8), (_BARE, 0.85)):
        for match in pattern.finditer(masked):
            yield Prediction(Span(*match.span(), "ORG"), score)


_REGIONS = (
    "中国 美国 日本 德国 英国 法国 意大利 韩国 俄罗斯 印度 泰国 越南 巴西 加拿大 澳大利亚 "
    "新加坡 马来西亚 印度尼西亚 荷兰 瑞士 瑞典 西班牙 土耳其 墨西哥 波兰 哈萨克斯坦 迪拜 沙特 "
    "埃及 南非 老挝 缅甸 柬埔寨 菲律宾 孟加拉国 巴基斯坦 欧盟 欧洲 东南亚 非洲 中东 长三角地区 "
    "长三角 珠三角 粤港澳大湾区 京津冀 黄河流域 长江经济带 华东 华南 华北 西南 东北 台湾 香港 澳门"
)


def know_places(names: Iterable[str] = ()) -> Surfaces:
    """The places that rules look for: countries, regions, and `names`."""
    return Surfaces([*_REGIONS.split(), *names])


_ABROAD = know_places()


def _mask_places(text: str, places: Surfaces) -> str:
    """The text with known places as that many `_PLACE`."""
    text = text.replace(_PLACE, " ")
    pieces, position = [], 0
    for start, end in places.find(text):
        pieces += text[position:start], _PLACE * (end - start)
        position = end
    return "".join([*pieces, text[position:]])


_ZONE = (
    "经济技术开发区|经济开发区|高新技术产业开发区|高新技术开发区|高新区|开发区|经开区|工业园区|"
    "工业园|产业园区|产业园|产业集聚区|工业区|新区|保税区"
)
_NAMED_PLACE = re.compile(
    f"(?<!{_PLACE})(?:{_PLACE}{{2,}}+(?:{_INNER}{{1,4}}?(?:{_ZONE}|镇|乡|街道|村|县|"
    f"区)(?![长委场政])|地区|{_ZONE})?){{1,3}}"
)
_SUFFIXED = re.compile(
    f"(?:(?<=[\\s，。、；：（“])|^)(?![该本我各这那某每两几多全有一个家些老小大新首其另乡])"
    f"(?:(?!{_PLACE}){_INNER}){{2,3}}(?:县|镇|街道|乡)(?=[，。、；）的])"
)
_FULL = re.compile("(?:[省市县区镇乡州盟旗村园]|街道)$")
# What a place is a place before; before other words it is more often part of a name.
_SAFE = re.compile(
    r"[\s，。、；：！？（）()“”《》【】·—0-9的在与和及是有等了把被给从到向也已将这那去来一两"
    r"三相出买卖则还又就都找做为以举签设办建年产人"
    f"]|$|副?[省市县区镇乡]长|{_PLACE}|代表团|客商|商人|市民|农民|老板|企业|产业|轴承|铸造业|"
    f"分别|开展|先后|多|近|约|今"
)
_NAME_GOES_ON = re.compile(
    f"{_INNER}{{0,8}}?(?:[社厅局会所站院部队店行坊馆台厂委办里路街巷江河湖山岛桥]|公司|集团|中心|"
    f"政府|银行)(?![㐀-鿿]?[来去们的长])"
)


def _find_locations(text: str, masked: str) -> Iterator[Prediction]:
    for match in _NAMED_PLACE.finditer(masked):
        if score := judge_place(masked, text[match.start() : match.end()], match.end()):
            yield Prediction(Span(*match.span(), "LOC"), score)
    for match in _SUFFIXED.finditer(masked):
        yield Prediction(Span(*match.span(), "LOC"), 0.8)


def judge_place(text: str, name: str, end: int) -> float:
    """How likely a place's name that ends at `end` stands for the place and is no part of a body's
    or another place's name; 0 where it likely is."""
    if _SAFE.match(text, end):
        return 0.92
    return 0.8 if _FULL.search(name) and not goes_on(text, end) else 0.0


def goes_on(text: str, end: int) -> bool:
    """Whether a name that seems to end at `end` is rather the beginning of a longer one."""
    return bool(_NAME_GOES_ON.match(text, end))


def find_rules(text: str, places: Surfaces | None = None) -> list[Prediction]:
    """All that some rule takes for a mention; such spans may overlap.

    Args:
        places: names that mean a place wherever they stand, of divisions for instance; without
            them few places and bodies are found.
    """
    masked = _mask_places(text, places or _ABROAD)
    names = [*_find_bodies(masked), *_find_locations(text, masked)]
    return [*find_figures(text), *find_people(text), *names]
