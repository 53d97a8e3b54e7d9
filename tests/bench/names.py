"""The words from which sample users are made: names in many scripts, jobs, places.

Every text is in NFC, has no comma, quote or line end unless noted, and passes every check
of the `default` profile without an issue. A test holds them to it.
"""

from unicodedata import normalize

LOCATIONS = ("Lisbon", "Nairobi", "Köln", "São Paulo", "서울", "Санкт-Петербург")
"""The locations that users work at. They must be made before such a file is imported."""

ROLES = ("Standard", "Staff", "Lead", "Engineer", "Clerk", "Advisor", "Guest")
"""The roles that users have in files with roles. Those beside Standard must be made before."""

# Script → first names, last names.
_BY_SCRIPT = {
    "Latin": (
        "Inês Kofi Ana Łukasz Søren Zoë Mary-Jane Nguyễn Oğuz Siobhán Jürgen Chloé Tunde Mia Ivo",
        "Costa Mensah O'Brien Wiśniewski Ødegård Müller Nuñez Trần Yılmaz Byrne Weiß Lefèvre Smith",
    ),
    "Cyrillic": (
        "Анна Дмитро Сергей Милица Ольга Жанна",
        "Иванова Шевченко Петров Јовановић Ковальчук Щукин",
    ),
    "Greek": ("Ελένη Γιώργος Μαρία Νίκος", "Παπαδόπουλος Αγγελή Δημητρίου Οικονόμου"),
    "Arabic": ("فاطمة محمد ليلى يوسف", "الخطيب حداد منصور العلي"),
    "Hebrew": ("נועה דוד מיכל יוסף", "כהן לוי מזרחי פרץ"),
    "Devanagari": ("प्रिया अर्जुन सुनीता राहुल", "शर्मा पाटिल वर्मा गुप्ता"),
    "Bengali": ("রহিম মিতা সুমন আয়েশা", "সরকার হোসেন দাস চৌধুরী"),
    "Tamil": ("கவிதா முருகன் மீனா அருண்", "சுப்பிரமணியன் ராஜன் செல்வம்"),
    "Thai": ("สมชาย มาลี อรุณ นภา", "ศรีสุข วงศ์ใหญ่ ทองดี"),
    "Georgian": ("ნინო გიორგი თამარ", "ბერიძე კაპანაძე მაისურაძე"),
    "Armenian": ("Անահիտ Արամ Նարե", "Պետրոսյան Սարգսյան Հակոբյան"),
    "Han": ("伟 秀英 子涵 浩然", "王 李 歐陽 陳"),
    "Hangul": ("민준 서연 지우 하은", "김 이 박 최"),
    "Kana": ("さくら ハルト ゆい リョウ", "たなか スズキ さとう やまもと"),
    "Ethiopic": ("ሰላም አበበ ትዕግሥት", "ተስፋዬ ገብሬ ከበደ"),
    "Khmer": ("សុខា ដារ៉ា បុប្ផា", "សុខ ចាន់ គឹម"),
}
_TITLES = (
    "Analyst",
    "Software Engineer",
    "Nurse",
    "Field Technician",
    "Accountant",
    "Teacher",
    "Warehouse Lead",
    "Chargé d'affaires",
    "Head of Purchasing",
    "Elektroingenieur",
    "保守担当",
    "Бухгалтер",
    "Data Steward",
    "Paralegal",
    "Shift Supervisor",
)
_DEPARTMENTS = (
    "Finance",
    "Research",
    "People",
    "Logistics",
    "Customer Care",
    "Legal",
    "Maintenance",
    "Información",
    "Vertrieb",
    "営業",
)
_WITH_COMMA = (
    '"Finance, Tax"',
    '"Research, Materials"',
    '"People, Payroll"',
    '"Sales, EMEA"',
    '"Operations, Night"',
)

_HANDLES = (
    "ines kofi ana lukasz soren zoe nguyen oguz siobhan jurgen chloe tunde mia ivo fatima david "
    "priya rahim kavitha somchai nino aram wei minjun sakura selam sokha olga eleni noa"
).split()
_FAMILIES = (
    "costa mensah obrien muller nunez tran yilmaz byrne weiss lefevre smith petrov haddad cohen "
    "sharma das rajan beridze wang kim tanaka tesfaye chan angeli"
).split()
_DOMAINS = ("example.com", "example.org", "corp.example.net")


def names() -> list[str]:
    """First and last name as two cells, `first,last`. Latin is half, other scripts share a half."""
    found = []
    for script, (firsts, lasts) in _BY_SCRIPT.items():
        pairs = [f"{first},{last}" for first in firsts.split() for last in lasts.split()]
        wanted = 16 * (len(_BY_SCRIPT) - 1) if script == "Latin" else 16
        found += [normalize("NFC", pairs[n * len(pairs) // wanted]) for n in range(wanted)]
    return found


def addresses() -> list[tuple[str, str]]:
    """What stands before a user's number in an address, and what stands after it."""
    return [
        (f"{first}.{last}", f"@{domain}")
        for first in _HANDLES
        for last in _FAMILIES
        for domain in _DOMAINS
    ]


def work() -> list[str]:
    """Job title and department as two cells; in a third of them the department has a comma."""
    plain = [f"{title},{department}" for title in _TITLES for department in _DEPARTMENTS]
    quoted = [f"{title},{department}" for title in _TITLES for department in _WITH_COMMA]
    return plain + quoted
