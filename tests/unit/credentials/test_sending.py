"""What a server lacks to send a mail: a table of all mails and all that can be missing."""

from collections import ChainMap
from itertools import product
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
    Mail.LOGIN_DETAILS: {Need.PLUGIN, Need.KEYS},
    Mail.INVITATION: {Need.PLUGIN, Need.KEYS, Need.PUBLIC_URL},
    Mail.RESET: {Need.PLUGIN, Need.KEYS, Need.PUBLIC_URL},
}
_SET: dict[Need | None, dict[str, object]] = {
    Need.KEYS: {"credential_keys_file": Path("keys")},
    Need.PUBLIC_URL: {"public_url": "https://people.example.org"},
}


@pytest.mark.parametrize("there", [set(some) for some in product([None, *Need], repeat=len(Need))])
def test_s59_each_mail_names_just_what_is_missing(there: set[Need | None]) -> None:
    """S59: whatever else is set up; a refusal names the same."""
    chosen = [_SET[need] for need in there & _SET.keys()]
    settings = Settings().model_copy(update=dict(ChainMap(*chosen)))
    plugins = Plugins.load([_SENDING] if Need.PLUGIN in there else [], settings)
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
