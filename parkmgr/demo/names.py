"""The words of which the demo park is made: universities that there are, and companies and people that there are not."""

from __future__ import annotations

UNIVERSITIES: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    # code, English, Russian, Chinese, country, city, ROR (CC0)
    ("HIT", "Harbin Institute of Technology", "Харбинский политехнический университет", "哈尔滨工业大学", "CN", "Harbin", "01yqg2h08"),
    (
        "SPBPU",
        "Peter the Great St. Petersburg Polytechnic University",
        "Санкт-Петербургский политехнический университет Петра Великого",
        "圣彼得堡彼得大帝理工大学",
        "RU",
        "St Petersburg",
        "02x91aj62",
    ),
    (
        "BMSTU",
        "Bauman Moscow State Technical University",
        "Московский государственный технический университет имени Н. Э. Баумана",
        "莫斯科国立鲍曼技术大学",
        "RU",
        "Moscow",
        "00pb8h375",
    ),
    (
        "MIPT",
        "Moscow Institute of Physics and Technology",
        "Московский физико-технический институт",
        "莫斯科物理技术学院",
        "RU",
        "Dolgoprudny",
        "00v0z9322",
    ),
    ("ITMO", "ITMO University", "Университет ИТМО", "圣光机大学", "RU", "St Petersburg", "04txgxn49"),
    (
        "NSU",
        "Novosibirsk State University",
        "Новосибирский государственный университет",
        "新西伯利亚国立大学",
        "RU",
        "Novosibirsk",
        "04t2ss102",
    ),
    ("TPU", "Tomsk Polytechnic University", "Томский политехнический университет", "托木斯克理工大学", "RU", "Tomsk", "00a45v709"),
    ("URFU", "Ural Federal University", "Уральский федеральный университет", "乌拉尔联邦大学", "RU", "Yekaterinburg", "00hs7dr46"),
    ("BUAA", "Beihang University", "Бэйханский университет", "北京航空航天大学", "CN", "Beijing", "00wk2mp56"),
    ("BIT", "Beijing Institute of Technology", "Пекинский политехнический институт", "北京理工大学", "CN", "Beijing", "01skt4w74"),
    (
        "NJUST",
        "Nanjing University of Science and Technology",
        "Нанкинский университет науки и технологий",
        "南京理工大学",
        "CN",
        "Nanjing",
        "00xp9wg62",
    ),
    ("DLUT", "Dalian University of Technology", "Даляньский политехнический университет", "大连理工大学", "CN", "Dalian", "023hj5876"),
    ("JLU", "Jilin University", "Цзилиньский университет", "吉林大学", "CN", "Changchun", "00js3aw79"),
    ("TSINGHUA", "Tsinghua University", "Университет Цинхуа", "清华大学", "CN", "Beijing", "03cve4549"),
    (
        "MEPHI",
        "National Research Nuclear University MEPhI",
        "Национальный исследовательский ядерный университет МИФИ",
        "俄罗斯国立核能研究大学",
        "RU",
        "Moscow",
        "04w8z7f34",
    ),
    ("MAI", "Moscow Aviation Institute", "Московский авиационный институт", "莫斯科航空学院", "RU", "Moscow", "033zpbv42"),
    ("MPEI", "Moscow Power Engineering Institute", "Московский энергетический институт", "莫斯科动力学院", "RU", "Moscow", "05sa6gg87"),
    (
        "MISIS",
        "National University of Science and Technology MISIS",
        "Университет науки и технологий МИСИС",
        "莫斯科国立科技大学",
        "RU",
        "Moscow",
        "019vsm959",
    ),
    (
        "NSTU",
        "Novosibirsk State Technical University",
        "Новосибирский государственный технический университет",
        "新西伯利亚国立技术大学",
        "RU",
        "Novosibirsk",
        "01b2f6h61",
    ),
    ("FEFU", "Far Eastern Federal University", "Дальневосточный федеральный университет", "远东联邦大学", "RU", "Vladivostok", "0412y9z21"),
    (
        "SSAU",
        "Samara National Research University",
        "Самарский национальный исследовательский университет имени С. П. Королёва",
        "萨马拉国立研究大学",
        "RU",
        "Samara",
        "05ggagb37",
    ),
    (
        "KAI",
        "Kazan National Research Technical University",
        "Казанский национальный исследовательский технический университет имени А. Н. Туполева",
        "喀山国立研究技术大学",
        "RU",
        "Kazan",
        "01b7wh712",
    ),
    (
        "UUST",
        "Ufa University of Science and Technology",
        "Уфимский университет науки и технологий",
        "乌法科技大学",
        "RU",
        "Ufa",
        "02wnaj108",
    ),
    (
        "SUSU",
        "South Ural State University",
        "Южно-Уральский государственный университет",
        "南乌拉尔国立大学",
        "RU",
        "Chelyabinsk",
        "03sfk2504",
    ),
    ("PNU", "Pacific National University", "Тихоокеанский государственный университет", "太平洋国立大学", "RU", "Khabarovsk", "03cjece29"),
    (
        "INRTU",
        "Irkutsk National Research Technical University",
        "Иркутский национальный исследовательский технический университет",
        "伊尔库茨克国立研究技术大学",
        "RU",
        "Irkutsk",
        "01zzkcm34",
    ),
    ("SFU", "Siberian Federal University", "Сибирский федеральный университет", "西伯利亚联邦大学", "RU", "Krasnoyarsk", "05fw97k56"),
    (
        "NWPU",
        "Northwestern Polytechnical University",
        "Северо-Западный политехнический университет",
        "西北工业大学",
        "CN",
        "Xi'an",
        "01y0j0j86",
    ),
    (
        "NUAA",
        "Nanjing University of Aeronautics and Astronautics",
        "Нанкинский университет аэронавтики и астронавтики",
        "南京航空航天大学",
        "CN",
        "Nanjing",
        "01scyh794",
    ),
    ("HEU", "Harbin Engineering University", "Харбинский инженерный университет", "哈尔滨工程大学", "CN", "Harbin", "03x80pn82"),
    ("TJU", "Tianjin University", "Тяньцзиньский университет", "天津大学", "CN", "Tianjin", "012tb2g32"),
    (
        "SCUT",
        "South China University of Technology",
        "Южно-Китайский политехнический университет",
        "华南理工大学",
        "CN",
        "Guangzhou",
        "0530pts50",
    ),
    ("SJTU", "Shanghai Jiao Tong University", "Шанхайский университет Цзяотун", "上海交通大学", "CN", "Shanghai", "0220qvk04"),
    ("XJTU", "Xi'an Jiaotong University", "Сианьский университет Цзяотун", "西安交通大学", "CN", "Xi'an", "017zhmm22"),
    ("TONGJI", "Tongji University", "Университет Тунцзи", "同济大学", "CN", "Shanghai", "03rc6as71"),
    ("SEU", "Southeast University", "Юго-Восточный университет", "东南大学", "CN", "Nanjing", "04ct4d772"),
    ("CQU", "Chongqing University", "Чунцинский университет", "重庆大学", "CN", "Chongqing", "023rhb549"),
    (
        "HUST",
        "Huazhong University of Science and Technology",
        "Хуачжунский университет науки и технологий",
        "华中科技大学",
        "CN",
        "Wuhan",
        "00p991c53",
    ),
    ("OUC", "Ocean University of China", "Китайский океанологический университет", "中国海洋大学", "CN", "Qingdao", "04rdtx186"),
    ("NEU", "Northeastern University", "Северо-Восточный университет", "东北大学", "CN", "Shenyang", "03awzbc87"),
)

_RUSSIAN = """
Rayak Райак 拉亚克;Taigron Тайгрон 泰格伦;Ladoga-M Ладога-М 拉多加;Uralit Уралит 乌拉利特;Amurion Амурион 阿穆里昂;
Sibrel Сибрэл 西布雷尔;Kamaton Каматон 卡马通;Onezhit Онежит 奥涅日特;Pulsar-N Пульсар-Н 普尔萨;Zvezdar Звездар 兹韦兹达;
Volnograd Волноград 沃尔诺;Yenisel Енисэл 叶尼塞尔;Orionika Орионика 奥廖尼卡;Kristallit Кристаллит 克里斯塔;Polyarit Полярит 波利亚;
Vektoris Векторис 韦克托;Nevaris Неварис 涅瓦里;Strelnik Стрельник 斯特列尔;Granitel Гранител 格拉尼特;Karelan Карелан 卡列兰;
Baikalit Байкалит 贝加尔特;Altair-S Альтаир-С 阿尔泰尔;Tverin Тверин 特维林;Donkon Донкон 东孔;Bering-T Беринг-Т 白令特;
Irtech Иртех 伊尔特;Kubarion Кубарион 库巴里;Perseya Персея 佩尔塞;Radugan Радуган 拉杜甘;Samarin Самарин 萨马林;
Tobolit Тоболит 托博利;Vostokon Востокон 沃斯托
"""
_CHINESE = """
Songhe Сунхэ 松禾;Longjiang Лунцзян 龙匠;Bingcheng Бинчэн 冰澄;Haichuan Хайчуань 海川;Tianshu Тяньшу 天枢;
Hongyu Хунъюй 鸿宇;Ruixin Жуйсинь 瑞芯;Zhihang Чжихан 智航;Jingwei Цзинвэй 精纬;Qingyun Цинъюнь 青筠;
Yuanzhi Юаньчжи 元智;Lanhai Ланьхай 蓝澥;Xinghui Синхуэй 星辉;Beichen Бэйчэнь 北辰;Huaguang Хуагуан 华广;
Dingsheng Диншэн 鼎晟;Kunlan Куньлань 昆岚;Mingde Миндэ 铭德;Jiahe Цзяхэ 嘉禾;Hengyi Хэнъи 恒屹;
Lingyun Линъюнь 凌筠;Shengtai Шэнтай 晟泰;Fengrui Фэнжуй 丰锐;Guangyao Гуанъяо 光曜;Weilan Вэйлань 蔚岚;
Zhuoyue Чжоюэ 卓玥;Boyuan Боюань 博源;Anrui Аньжуй 安睿;Chenxi Чэньси 晨熙;Donglai Дунлай 东莱;
Fuxin Фусинь 孚芯;Gaoyi Гаои 高翊;Hanlin Ханьлинь 瀚林;Jinlan Цзиньлань 锦澜;Kaiyuan Кайюань 铠源;
Liyang Лиян 砺阳;Muchen Мучэнь 沐辰;Ningyuan Нинъюань 宁远;Peilin Пэйлинь 沛霖;Qiheng Цихэн 启珩;
Rongda Жунда 融达;Siyuan Сыюань 思渊;Tongyu Тунъюй 桐宇;Wanxi Ваньси 万曦;Xiangyu Сянъюй 翔煜;
Yilan Илань 毅澜;Zerui Цзэжуй 泽锐;Zhenlan Чжэньлань 臻澜;Changhe Чанхэ 昌合;Daxin Дасинь 达昕;
Feiyan Фэйянь 飞雁;Guyuan Гуюань 谷源;Hailan Хайлань 海岚;Jiaowan Цзяовань 胶湾;Laoxi Лаоси 崂溪;
Xuefeng Сюэфэн 雪沣;Yaxue Ясюэ 亚雪;Heiyan Хэйянь 黑岩
"""

Rooted = tuple[str, str, str]


def _roots(text: str) -> tuple[Rooted, ...]:
    return tuple((en, ru, zh) for en, ru, zh in (entry.split() for entry in text.replace("\n", "").split(";")))


RUSSIAN_ROOTS = _roots(_RUSSIAN)
CHINESE_ROOTS = _roots(_CHINESE)

ELSEWHERE: tuple[tuple[str, str, str, str, str], ...] = (
    ("Spreelicht", "Шпрелихт", "施普雷光学", "DE", "Berlin"),
    ("Minskar", "Минскар", "明斯卡", "BY", "Minsk"),
    ("Almaton", "Алматон", "阿尔马通", "KZ", "Almaty"),
    ("Hanbitra", "Ханбитра", "韩比特", "KR", "Daejeon"),
    ("Tashkor", "Ташкор", "塔什科", "UZ", "Tashkent"),
    ("Adrion", "Адрион", "阿德里", "RS", "Novi Sad"),
)

FIELDS: tuple[Rooted, ...] = (
    ("Photonics", "Фотоника", "光子"),
    ("Systems", "Системы", "系统"),
    ("Materials", "Материалы", "材料"),
    ("Robotics", "Робототехника", "机器人"),
    ("Biotech", "Биотех", "生物"),
    ("Aerospace", "Аэрокосмос", "航天"),
    ("Energy", "Энергия", "能源"),
    ("Software", "Софт", "软件"),
    ("Instruments", "Приборы", "仪器"),
    ("Composites", "Композиты", "复材"),
    ("Semiconductors", "Полупроводники", "半导体"),
    ("Welding", "Сварка", "焊接"),
    ("Optics", "Оптика", "光学"),
    ("Marine", "Марин", "海洋"),
    ("Laser", "Лазер", "激光"),
    ("Sensors", "Датчики", "传感"),
    ("Nano", "Нано", "纳米"),
    ("Medical", "Медика", "医疗"),
    ("Digital", "Цифра", "数字"),
)
RESEARCH: tuple[Rooted, ...] = (
    ("Institute of Plasma", "Институт плазмы", "等离子体研究所"),
    ("Research Centre", "Научный центр", "研究中心"),
    ("Design Bureau", "Конструкторское бюро", "设计院"),
    ("Laboratory of Materials", "Лаборатория материалов", "材料实验室"),
    ("Institute of Robotics", "Институт робототехники", "机器人研究所"),
)
VENTURES: Rooted = ("Ventures", "Венчурс", "创投")
SERVICES: tuple[Rooted, ...] = (
    ("Catering", "Питание", "餐饮"),
    ("Bank Branch", "Отделение банка", "银行支行"),
    ("Translations", "Переводы", "翻译"),
    ("Patent Office", "Патентное бюро", "专利事务所"),
    ("Print Shop", "Типография", "图文"),
    ("Travel", "Поездки", "旅行社"),
    ("Legal", "Право", "律师事务所"),
)
PUBLIC: tuple[Rooted, ...] = (
    ("Harbin Technology Transfer Office", "Харбинское бюро трансфера технологий", "哈尔滨技术转移办公室"),
    ("Qingdao Customs Service Desk", "Таможенное окно Циндао", "青岛海关服务台"),
    ("Heilongjiang Standards Station", "Станция стандартов Хэйлунцзяна", "黑龙江标准站"),
    ("Shandong Metrology Station", "Метрологическая станция Шаньдуна", "山东计量站"),
)

RUSSIAN_CITIES = ("Moscow", "St Petersburg", "Novosibirsk", "Tomsk", "Yekaterinburg", "Kazan", "Samara", "Khabarovsk", "Vladivostok")
CHINESE_CITIES: tuple[tuple[str, str], ...] = (
    # with the code of the county-level division (GB/T 2260), as a USCC carries it
    ("Harbin", "230103"),
    ("Harbin", "230109"),
    ("Qingdao", "370212"),
    ("Qingdao", "370211"),
    ("Beijing", "110108"),
    ("Dalian", "210211"),
    ("Shenyang", "210102"),
    ("Changchun", "220102"),
)

RUSSIAN_PEOPLE = (
    ("Anna", "Alexey", "Daria", "Dmitry", "Elena", "Ivan", "Maria", "Nikolay", "Olga", "Pavel", "Sofia", "Timur"),
    ("Belov", "Orlov", "Gromov", "Lebedev", "Morozov", "Zaytsev", "Kotov", "Sokolov", "Tarasov", "Frolov"),
)
CHINESE_PEOPLE = (
    ("Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang", "Zhou", "Wu", "Xu", "Sun"),
    ("Wei", "Fang", "Na", "Min", "Jing", "Lei", "Qiang", "Yan", "Jie", "Tao", "Ming", "Xia"),
)
POSITIONS = ("Director", "Chief engineer", "Office manager", "Head of laboratory", "Accountant")
