"""Sample users, links and passwords: for previews, and for trying templates. They open nothing."""

from datetime import UTC, datetime, timedelta

from rollbook.hooks import Credential, Event, Mail, Notice
from rollbook_mail.purposes import SHOWN

SAMPLE = Notice(
    id="sample",
    directory="acme",
    directory_name="Acme Corporation",
    event=Event.CREATED,
    mail=Mail.WELCOME,
    employee_number="E-1001",
    email="ada.byron@example.org",
    username="ada",
    first_name="Ada",
    last_name="Byron",
    name="Ada Byron",
    import_id="",
    at=datetime(2027, 1, 31, 9, 30, tzinfo=UTC),
    attempt=1,
)
"""A sample user, for previews and for trying templates."""

BARE = SAMPLE._replace(directory_name="", username="", first_name="", last_name="", name="")


def sample_credential(notice: Notice) -> Credential | None:
    """What a mail would open an account with; it opens none. None: the mail has nothing."""
    match SHOWN.get(notice.mail):
        case "link":
            life = timedelta(hours=1) if notice.mail is Mail.RESET else timedelta(days=7)
            link = f"https://people.example.org/set-password#{notice.directory}.{'sample-' * 7}"
            return Credential(link=link, expires_at=notice.at + life)
        case "password":
            return Credential(password="-".join(["this", "isno", "real", "pass", "word", "xmpl"]))
    return None
