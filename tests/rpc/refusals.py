"""Expects a call to fail, and returns its refusal."""

from collections.abc import Awaitable

import pytest

from rollbook.errors import Reason, RollbookError


async def refusal(asked: Awaitable[object], reason: Reason) -> RollbookError:
    """The server's answer when it refused for this reason.

    Raises:
        AssertionError: it did not refuse, or for another reason.
    """
    with pytest.raises(RollbookError) as caught:
        await asked
    assert caught.value.reason is reason, caught.value.message
    return caught.value
