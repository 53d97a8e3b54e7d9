"""Checks who could have created or changed a file: this account alone, or others too."""

import os
import stat
from pathlib import Path


def why_not_ours(path: Path) -> str:
    """Why another account could have made or changed the file at the path; '' if none could.

    The reason is the end of a sentence that begins with the path. Both a link and its target are
    checked. A path without a file is fine.
    """
    for look in (os.lstat, os.stat):
        try:
            found = look(path)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"cannot be looked at ({error.strerror})"
        if found.st_uid != os.geteuid():
            return "belongs to another user"
        if not stat.S_ISLNK(found.st_mode) and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return "can be changed by other users"
    return ""
