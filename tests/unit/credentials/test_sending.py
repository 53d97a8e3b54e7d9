"""What a server lacks to send a mail: a table of all mails and all that can be missing."""

from collections import ChainMap
from itertools import combinations
from pathlib import Path

import pytest

from rollbook.credentials.sending import Need, check_sent, missing
from rollbook.errors import Reason, Refusal
from rollbook.hooks import Plugins
from rollbook.model import Mail
from rollbook.settings import Settings

_SENDING = "tests.plugin:recording"
_NEEDED: dict[Mail, set[Need]] = {
    Mail.NONE: set(),
    Mail.WELCOME: {Need.PLUGIN},
    Mail.PASSWORD_CHANGED: {Need.PLUGIN},
    Mail.LOGIN_DETAILS: {Need.PLUGIN, Need.SENDER, Need.KEYS},
    Mail.INVITATION: {*Need},
    Mail.RESET: {*Need},
}
_SET: dict[Need, dict[str, object]] = {
    Need.SENDER: {"credential_sender": _SENDING},
    Need.KEYS: {"credential_keys_file": Path("keys")},
    Need.PUBLIC_URL: {"public_url": "https://people.example.org"},
}


_SUBSETS = [set(some) for many in range(len(Need) + 1) for some in combinations(Need, many)]


@pytest.mark.parametrize("there", _SUBSETS, ids=lambda there: " ".join(sorted(there)) or "nothing")
def test_s59_each_mail_names_just_what_is_missing(there: set[Need]) -> None:
    """S59: whatever else is set up; a refusal names the same."""
    chosen = [_SET[need] for need in there & _SET.keys()]
    settings = Settings().model_copy(update=dict(ChainMap(*chosen)))
    plugins = Plugins.load([_SENDING] if Need.PLUGIN in there else [], Settings())
    for mail, needed in _NEEDED.items():
        lacking = missing(settings, plugins, mail)
        assert set(lacking) == needed - there
        if not lacking:
            check_sent(settings, plugins, mail)
            continue
        with pytest.raises(Refusal) as refused:
            check_sent(settings, plugins, mail)
        assert refused.value.reason is Reason.INVALID_OPTIONS
        assert refused.value.facts["missing"] == ", ".join(lacking)
        assert all(need in refused.value.message for need in lacking)
