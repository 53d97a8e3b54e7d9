"""The test kit for plugin authors: it finds a plugin's mistakes without a server.

    from rollbook.testing import assert_conforms, user

    def test_it_conforms():
        assert_conforms(acme)

`check` returns everything that it found, the cost of each hook and its latency; `rollbook plugins
check` does the same from a terminal. `user`, `users`, `notice` and `credential` make arguments for
tests of your own. It needs no server, no database and no pytest.
"""

from rollbook.testing.conformance import assert_conforms, check
from rollbook.testing.report import Latency, Mistake, Problem, Report
from rollbook.testing.samples import credential, notice, user, users

__all__ = [
    "Latency",
    "Mistake",
    "Problem",
    "Report",
    "assert_conforms",
    "check",
    "credential",
    "notice",
    "user",
    "users",
]
