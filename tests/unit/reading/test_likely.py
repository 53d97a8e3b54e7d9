"""The guess of an encoding in the message of `encoding_error`."""

import pytest

from rollbook.reading.encoding_guess import likely_encoding

SAMPLES = {
    "windows-1252": "é,Müller\nGarçon,Zoë\n“Café” – it’s",
    "windows-1250": "Łukasz,Wałęsa\nŻółty,Świątek",
    "windows-1251": "Ольга,Петрова\nИван,Соколов",
    "windows-1253": "Γιώργος,Παππάς\nΕλένη,Νίκου",
    "windows-1255": "יעל,כהן\nדוד,לוי",
    "windows-1256": "محمد,حسن\nفاطمة,علي",
    "macintosh": "é,Müller\nGarçon,Zoë",
    "cp850": "é,Müller\nGarçon,Zoë",
    "shift_jis": "さくら,タロウ\n山田,ひろし",
    "euc-kr": "서연,김\n민준,이지우",
    "gb18030": "小明,王\n张伟,李娜",
    "utf-16le": "Müller,Zoë",
}
CODECS = {"macintosh": "mac-roman", "euc-kr": "cp949", "utf-16le": "utf-16-le"}


@pytest.mark.parametrize("name", SAMPLES)
def test_likely(name: str) -> None:
    """S23 Names in an encoding point to it, from the first wrong byte on."""
    codec = CODECS.get(name, name.replace("windows-", "cp"))
    content = SAMPLES[name].encode(codec)
    wrong = next(i for i, byte in enumerate(content) if byte > 0x7F) if "utf" not in name else 0
    assert likely_encoding(content[wrong:]) == name
