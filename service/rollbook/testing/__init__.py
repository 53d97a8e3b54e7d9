"""A plugin → what is wrong with it, found before a server is: the kit for plugin authors.

    from rollbook.testing import assert_conforms, user

    def test_it_conforms():
        assert_conforms(acme)

`check` answers with all that it found and with the price of each hook; `rollbook plugins check`
is the same from a terminal. `user`, `users` and `notice` make what tests of your own ask about. No
server, no database and no pytest is needed.
"""

from rollbook.testing.checking import assert_conforms, check
from rollbook.testing.mistakes import Mistake
from rollbook.testing.report import Problem, Report
from rollbook.testing.users import notice, user, users

__all__ = ["Mistake", "Problem", "Report", "assert_conforms", "check", "notice", "user", "users"]
