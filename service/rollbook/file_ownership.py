"""Checks who could have created or changed a file: this account alone, or others too."""

import os
import stat
from pathlib import Path


def why_not_ours(path: Path) -> str:
    """Why another user could have made or changed what stands at the path; '' if nobody could.

    The reason follows the path in a sentence. A link is judged, and what it leads to. A path where
    nothing stands is nobody's, and fine.
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
