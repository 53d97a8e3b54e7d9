"""The guess of an encoding in the message of `encoding_error`."""

import pytest

from rollbook.errors import Reason
from rollbook.reading.encoding_guess import likely_encodings
from rollbook.reading.encodings import new_decoder
from tests.unit.reading.reads import a_row, csv_of, told_of

_LATIN = "Max,Anna,Tom,Eva"  # names without a letter beyond ASCII stand between the others
NAMES = {
    "German": ("Grünwald Schäfer Köster Preuß Löffler Höß Bäcker Süß Röhl Jörg Dörte Mühlbauer"),
    "French": (
        "Aurélie Désiré Gérard Eugénie Fénelon Maïté Étienne Cécile Prévôt Bérénice Loïc Agnès"
    ),
    "Spanish": (
        "Ramón Muñoz Gómez Verónica Ibáñez Jesús Andrés Domínguez Nicolás Marín Cañizares Belén"
    ),
    "Portuguese": (
        "Sebastião Patrícia Leitão Mônica Falcão Graça Cláudia Galvão Estêvão Guimarães Sônia Júlio"
    ),
    "Danish": (
        "Bøgh Nørgaard Mikkelsen Lærdal Gråbøl Børge Kærsgaard Højlund Påske Grønning Sløk Skjærbæk"
    ),
    "Swedish": (
        "Bergström Hägg Törnqvist Ångström Sjögren Växjö"
        " Löfgren Gösta Håkansson Lövgren Äng Forsgård"
    ),
    "Polish": ("Gołębiewski Żak Kępa Łoś Nowiński Stępień Błażej Zając Późniak Mączka Jędrzej Bąk"),
    "Czech": ("Ondřej Kříž Havlíček Bořivoj Hájek Pokorný Říha Beneš Vlček Doležal Sedláček Čapek"),
    "Slovak": (
        "Ľudovít Krajčí Žofia Bača Šťastná Hudáková Gregušová Ján Ružička Kľúčik Vážny Mikuláš"
    ),
    "Hungarian": ("Fülöp Bíró Gergő Szűcs Takács Ernő Fűzesi Dömötör Jenő Kőszegi Zoltán Hős"),
    "Croatian": (
        "Mišković Brnčić Krešimir Čačić Žižić Đuka Ivanišević Vučić Božić Šćepan Dražen Grđić"
    ),
    "Turkish": ("Gürsoy Şimşek Bağcı Özgür Işıl Çiğdem Sarıoğlu Koç Güneş Başaran Tuğçe Çalışkan"),
    "Latvian": ("Liepiņš Krūmiņa Āboliņš Zāle Bēršs Ilzīte Pļaviņa Egle Ņina Šmits Raiņa Vējš"),
    "Russian": (
        "Дмитрий Смирнова Екатерина Волков Зайцева Павел Морозов Галина Королёв Тимур Яна Быков"
    ),
    "Greek": (
        "Παναγιώτης Αλεξίου Κατερίνα Σταύρος Μιχαήλ Ευαγγελία Λάμπρος Ρένα Φώτης Άννα Ηλίας Όλγα"
    ),
    "Hebrew": ("רונית שמעון אביגיל פרידמן גיל מלכה נתן שפירא עדי דנה קליין אורי"),
    "Arabic": ("سلمى طارق هناء كريم زينب جمال رانيا سمير عادل بسمة وليد نجلاء"),
    "Japanese": ("大野 奈々 みなみ ショウ 岩崎 拓也 あかり 藤井 クミコ 千尋 三浦 翼"),
    "Kanji": ("大野 奈央 岩崎 拓也 藤井 千尋 三浦 翼 長谷川 麻衣 野村 剛"),
    "Korean": (
        "배수지 노태우 문재희 황보라 송강호 안성기 전도연 고아라 유재석 서강준 구혜선 차은수"
    ),
    "Chinese": ("邓丽 孟凡 白雪 曾志伟 罗永浩 郝建 谢霆 沈冰 丁磊 崔健 余秋 韩寒"),
    "Taiwanese": ("賴清 呂秀 蘇貞 周杰倫 蔡依林 羅大佑 張惠妹 蕭敬騰 葉璇 盧廣仲 孫燕 方文山"),
}
ENCODED = [
    ("windows-1252", "cp1252", ("German", "French", "Spanish", "Portuguese", "Danish", "Swedish")),
    ("windows-1250", "cp1250", ("Polish", "Czech", "Slovak", "Hungarian", "Croatian")),
    ("iso-8859-2", "iso8859-2", ("Polish", "Czech", "Slovak")),
    ("windows-1254", "cp1254", ("Turkish",)),
    ("windows-1257", "cp1257", ("Latvian",)),
    ("windows-1251", "cp1251", ("Russian",)),
    ("windows-1253", "cp1253", ("Greek",)),
    ("windows-1255", "cp1255", ("Hebrew",)),
    ("windows-1256", "cp1256", ("Arabic",)),
    ("macintosh", "mac-roman", ("German", "French", "Spanish")),
    ("cp850", "cp850", ("German", "French", "Spanish")),
    ("shift_jis", "cp932", ("Japanese", "Kanji")),
    ("euc-kr", "cp949", ("Korean",)),
    ("gb18030", "gb18030", ("Chinese",)),
    ("big5", "cp950", ("Taiwanese",)),
]
CASES = [(name, codec, language) for name, codec, several in ENCODED for language in several]
UNKNOWN = [
    ("koi8-r", "Russian"),
    ("cp866", "Russian"),
    ("cp852", "Czech"),
    ("cp862", "Hebrew"),
    ("cp737", "Greek"),
]


def file_of(language: str, codec: str, most: int) -> bytes:
    """Rows of that many people, the first of whom has a letter beyond ASCII."""
    people = NAMES[language].split()[:most]
    others = _LATIN.split(",")
    return "".join(
        f"{name},{others[n % 4]},{n}@example.org\n" for n, name in enumerate(people)
    ).encode(codec)


@pytest.mark.parametrize(("name", "codec", "language"), CASES)
def test_names_in_an_encoding_point_to_it(name: str, codec: str, language: str) -> None:
    """S23 Of twelve people it is the first, or one of two that are near."""
    found = likely_encodings(file_of(language, codec, 12))
    assert name in found
    if (name, language) != ("windows-1250", "Hungarian"):  # ő and ű alone are not windows-1252's
        assert found == (name,)


@pytest.mark.parametrize(("name", "codec", "language"), CASES)
@pytest.mark.parametrize("most", range(3, 12))
def test_a_few_names_point_to_nothing_else(name: str, codec: str, language: str, most: int) -> None:
    """S23 What is named reads this file as it was written, or is one of two of which one does."""
    content = file_of(language, codec, most)
    readings = [new_decoder(found).decode(content) for found in likely_encodings(content)]
    assert not readings or content.decode(codec) in readings


@pytest.mark.parametrize(("codec", "language"), UNKNOWN)
def test_an_encoding_that_no_one_can_ask_for_is_no_other(codec: str, language: str) -> None:
    """S23 No encoding of the list is named for it."""
    assert likely_encodings(file_of(language, codec, 12)) == ()


@pytest.mark.parametrize("noise", [bytes(range(128, 256)) * 4, b"\xff\xfd\x81\x8d" * 100, b"\xb0"])
def test_noise_is_nothing(noise: bytes) -> None:
    """S23 Bytes that make no words have no likely encoding."""
    assert likely_encodings(noise) == ()


@pytest.mark.parametrize(("name", "codec"), [("utf-16le", "utf-16-le"), ("utf-16be", "utf-16-be")])
def test_utf_16_is_known_by_its_nuls(name: str, codec: str) -> None:
    """S23 Every second byte of names in it."""
    assert likely_encodings("Müller,Zoë\nJürgen,Ada".encode(codec)) == (name,)


def test_both_are_named_where_two_are_near() -> None:
    """S23 Ő is another letter in windows-1252; the rest of these names is the same in both."""
    told = told_of(csv_of(a_row(1, last_name="Erdős Kovács")).decode().encode("cp1250"))
    assert told.reason == Reason.ENCODING_ERROR.value
    assert {told.facts["likely"], told.facts["also_likely"]} == {"windows-1250", "windows-1252"}
    assert f"{told.facts['likely']} or {told.facts['also_likely']}" in told.message
    sure = told_of(csv_of(a_row(1, last_name="Růžička Tomáš Dvořáček")).decode().encode("cp1250"))
    assert (sure.facts["likely"], sure.facts.get("also_likely")) == ("windows-1250", None)
    assert " or windows" not in sure.message


def test_nothing_is_named_without_good_evidence() -> None:
    """S23 The message then asks to find out, and names no encoding."""
    rows = [a_row(n, last_name=name) for n, name in enumerate(NAMES["Russian"].split())]
    told = told_of(csv_of(*rows).decode().encode("koi8-r"))
    assert told.reason == Reason.ENCODING_ERROR.value
    assert "likely" not in told.facts
    assert "Find out its encoding, set encoding=NAME" in told.message


@pytest.mark.parametrize("name", ["Zoé", "André"])
def test_the_word_before_the_wrong_byte_counts(name: str) -> None:
    """S23 As `Ž` of windows-1250 that byte may begin a word; it cannot end one."""
    content = csv_of(a_row(1, first_name=name)).decode().encode("mac-roman")
    assert told_of(content).facts["likely"] == "macintosh"
    at = next(at for at, byte in enumerate(content) if byte > 0x7F)
    assert likely_encodings(content[at:]) != ("macintosh",)


@pytest.mark.parametrize("first", ["Zoë", "Zoe"])
def test_a_file_of_two_encodings_is_said_to_be_one(first: str) -> None:
    """A name that fits the wrong byte would damage the text before it, which is UTF-8."""
    content = csv_of(a_row(1, first_name=first)) + a_row(2, first_name="Jürgen").encode("cp1252")
    told = told_of(content)
    assert told.facts["likely"] == "windows-1252"
    assert ("two encodings" in told.message) is (first == "Zoë")


@pytest.mark.parametrize("name", ["utf-16le", "utf-16be", "utf-32le", "utf-32be"])
def test_a_name_is_no_advice_for_a_file_without_its_mark(name: str) -> None:
    """B070 It is refused by whatever name, so that the message asks for the mark instead."""
    content = csv_of(a_row(1)).decode()
    for asked in ("", name):
        told = told_of(content.encode(f"{name[:-2]}-{name[-2:]}"), encoding=asked)
        assert told.facts["detected"] == name
        assert "name its encoding" not in told.message
        assert "with a byte-order mark" in told.message
    marked = told_of(f"\ufeff{content}".encode(f"{name[:-2]}-{name[-2:]}"))
    assert "or name its encoding" in marked.message
