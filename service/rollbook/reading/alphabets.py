"""The letters beyond ASCII of languages, and the encodings in which their files come.

For the guess of an encoding alone. Letters stand in the order of how often names have them, the
commonest first; so the order is the frequency. Capitals are meant too.
"""

from types import MappingProxyType
from typing import NamedTuple


class Language(NamedTuple):
    """A language: its `letters` by frequency, and the `encodings` of its files."""

    letters: str
    encodings: tuple[str, ...]


_WEST = ("windows-1252", "macintosh", "cp850")
_CENTRAL = ("windows-1250", "iso-8859-2")

LANGUAGES = MappingProxyType(
    {
        "German": Language("üöäßé", _WEST),
        "French": Language("éèçëïêôîâàûœù", _WEST),
        "Spanish": Language("íáéóñúü", _WEST),
        "Portuguese": Language("ãçáéíóêõâúô", _WEST),
        "Italian": Language("òìùèàé", _WEST),
        "Danish": Language("øæåöéäü", _WEST),
        "Swedish": Language("öäåéü", _WEST),
        "Icelandic": Language("óðíáúöþéýæ", _WEST),
        "Dutch": Language("ëéïöüèç", _WEST),
        "Polish": Language("łńśąęóżźć", _CENTRAL),
        "Czech": Language("áíěřéčýšžůúňťďóü", _CENTRAL),
        "Slovak": Language("áíčéšýžúľóťňôďäĺŕ", _CENTRAL),
        "Hungarian": Language("áéóöíőüúű", _CENTRAL),
        "Croatian": Language("ćčšžđ", _CENTRAL),
        "Romanian": Language("ăşţâîșț", _CENTRAL),
        "Turkish": Language("ışüöçğâ", ("windows-1254",)),
        "Lithuanian": Language("ėšūžčąęįų", ("windows-1257",)),
        "Latvian": Language("āīēņšļūžčķģŗ", ("windows-1257",)),
        "Estonian": Language("äõüöšž", ("windows-1257",)),
        "Russian": Language("аеноивлрктсмдгйяуюьпбчзшхыжцёфэщъ", ("windows-1251",)),
        "Ukrainian": Language("аоиенікрвлтмсдуюйьгпяхбчшзцєжїщґф", ("windows-1251",)),
        "Greek": Language("αοςιπνλρτσηκευμάδγίόέήωύθφχβζξώψ", ("windows-1253",)),
        "Hebrew": Language("יורלאמהנבדתשחכסעגקפצטזןםךףץ", ("windows-1255",)),
        "Arabic": Language("ايمحدلرنبسعوةفهقطخشجزصتكغىضءئأذثظؤآإ", ("windows-1256",)),
    }
)

HANZI = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文华玉英建国志春红梅海燕晓东小雪子中新云天宇浩思雨佳欣"
)
"""Of names in simplified Chinese."""

HANZI_OF_TAIWAN = (
    "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴"
    "范方宋鄧杜傅侯曹薛丁卓阮馬董温唐藍石蔣古紀姚連馮歐程湯黄田康姜白汪鄒尤巫鐘黎涂龔嚴韓袁金童陸夏柳"
    "淑美玉秀雅怡惠麗雲明志俊家豪偉建宏文宗國榮雄華芳婷君佩欣慧珍英如蓉靜宜佳玲子春中正信義仁德成"
)
"""Of names in traditional Chinese."""

KANJI = (
    "佐藤鈴木高橋田中伊渡辺山本村小林加吉川松井清上原崎野石池森阿部坂前岡長谷後近遠青斉斎西福太三浦金子和"
    "武丸安杉千葉岩大塚内竹久保今平菅増菊新酒工市柴宮酒島桜宮下北河水古土屋服関真美一二郎次浩子恵由紀香直樹"
    "健誠翔陽結愛優花明正雄之介人幸洋隆博康哲也裕幹修智典恭亮悟史英文信義昭弘"
)
"""Of names in Japanese."""

HANGUL = (
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지나엄채원천방공현함변염"
    "여추도소석선설마길연위표명기반왕금옥육인맹제모영수철미경희숙순은혜준호태훈규형광용환종병승창상동재린아라"
    "예빈율겸건슬가람보다운담별새봄솔찬결을부사팀관리회계무총생산업"
)
"""Of names in Korean."""
