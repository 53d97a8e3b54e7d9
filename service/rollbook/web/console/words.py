"""Says what a message says in the words of the console's own controls.

The service is asked by programs, by the command and by people, and its messages name options as
programs do. A page has no `--column` and no `single_names`: it has fields with labels.
"""

import re

OPTIONS = {
    "missing_users": "Users of the source whom the file does not name",
    "unknown_role": "An unknown role",
    "unknown_location": "An unknown location",
    "unknown_unit": "An unknown organizational unit",
    "unknown_columns": "A column that feeds no field",
    "blanks": "A blank cell",
    "identity": "Users are recognised by",
    "first_password": "A first password",
    "notify": "Mail to new users",
    "mode": "Rows that are applied",
    "encoding": "Encoding",
    "delimiter": "Delimiter",
    "source": "Source",
    "max_failed_rows": "Stop after so many failed rows",
}
"""The labels of the form for a file, by the option of the contract."""
SINGLE_NAMES = "A row may leave one of first and last name blank"
ENCODING_CERTAIN = "It has this encoding, even if it looks like UTF-8"
COLUMNS = "Columns under other names"
_SETTINGS = {
    "password_min_length": "The fewest characters of a new password",
    "seats": "Seats",
    "notices_per_minute": "Notices a minute, at most",
    "max_suspended_percent": "Users that a full sync may suspend, in percent",
    "max_suspended": "Users that a full sync may suspend",
    "max_email_percent": "Users whose e-mail may change, in percent",
    "max_role_percent": "Users whose role may change, in percent",
    "import_id": "The id of the import",
    "display_name": "Display name",
}
_LABELS = OPTIONS | _SETTINGS
_PHRASES = [
    (r" or map a column to a field, as in `--column HEADER=(\S+)`",
     rf' or say under "{COLUMNS}" which column feeds \1'),
    (r"or keep one as an attribute, as in `--column (.+?)=(\S+)`",
     rf'or keep one: under "{COLUMNS}", \1 feeds \2'),
    (r"A file without numbers is read with `--identity username`, or email\.",
     f'For a file without numbers choose username or email under "{OPTIONS["identity"]}".'),
    (r": set identity=USERNAME or EMAIL\.",
     f': upload it with "{OPTIONS["identity"]}" username or email.'),
    (r", set single_names=true\.", f', upload the file with "{SINGLE_NAMES}" ticked.'),
    (r"set encoding=NAME", 'choose it under "Encoding"'),
    (r"set encoding=(\S+)", r'choose \1 under "Encoding"'),
    (r", set encoding_certain=true\.", f', tick "{ENCODING_CERTAIN}".'),
    (r": leave the encoding out\.", ': choose UTF-8 under "Encoding".'),
    (r": name (.+?), or leave the option out\.",
     r': choose \1 under "Delimiter", or let it be found.'),
    (r": name the delimiter\.", ': choose it under "Delimiter".'),
    (r"\ba pipe\b", "a vertical bar"),
    (r"`rollbook directories set --source` changes whose it is\.",
     "Its owner is changed on the directory's page Sources."),
    (r": --column '.+?=(attributes\..+?)' feeds it\.",
     rf': upload the file again, and let it feed \1 under "{COLUMNS}".'),
    (r"The stream ended without `end`, so the file may be incomplete\. "
     r"Send it again with the same import id\.",
     "The file did not arrive whole. Upload it again."),
    (r"`end` has \w+ = (\S+), but (\S+) was received\. Send the file again, with a new import id\.",
     "The file did not arrive as it was sent. Upload it again."),
    (r"Send the file again with the same import id\.", "Upload it again."),
    (r"With mail_login_details the service makes the password\.",
     "Login details have a password that the service makes."),
    (r"Name (each|the) user: user_id, employee_number, email or username\.", "No user was named."),
    (r"page_token is not one that this list gave(; leave it empty)?\.",
     "This part of the list is not there any more. Begin at its first page."),
    (r"^expire_time is past\.", "The last day is past."),
    (r"^import_id must be a UUID\.", "That is no id of an import: it is on the import's page."),
    (r"^Name at least one scope, the rights of the token\.", "Tick at least one right."),
    (r" needs commit = WHOLE_FILE or NONE\.", " needs the whole file."),
    (r" must be from (\S+) to (\S+), or off\.", r" must be from \1 to \2, or blank."),
]  # fmt: skip
_REPLACED = [(re.compile(pattern), text) for pattern, text in _PHRASES]
_SET = re.compile(rf"\b({'|'.join(map(re.escape, _LABELS))}) = ([A-Z_]+(?: or [A-Z_]+)*)\b")
_OPTION = re.compile(
    rf"(?<![\w.])({'|'.join(one for one in _LABELS if '_' in one)})(?!\w)"
    r"|^(seats|source|encoding|delimiter|notify|mode|blanks|identity)(?= (?:must|is|cannot) )"
)
_WAYS_OUT = re.compile(r" (?:If the file has no numbers|If people may have one name only),.*$")
_OF_A_FORM = re.compile(r" ?\b(?:with the same|with a new) import id\b")


def on_page(message: str) -> str:
    """The message in the words of the console."""
    for pattern, text in _REPLACED:
        message = pattern.sub(text, message)
    message = _SET.sub(_as_chosen, message)
    message = _OF_A_FORM.sub("", message)
    return _OPTION.sub(lambda found: f'"{_LABELS[found[0]]}"', message)


def of_one_user(message: str) -> str:
    """As `on_page`, where there is no file whose options could be set."""
    return on_page(_WAYS_OUT.sub("", message))


def _as_chosen(found: re.Match[str]) -> str:
    return f'"{_LABELS[found[1]]}" as {found[2].replace("_", " ").lower()}'
