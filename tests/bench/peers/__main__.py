"""Times one of them: `python -m tests.bench.peers MODULE URL FILE` prints seconds.

Exit code 3, and the name of what is missing, where its packages are not installed.
"""

import sys
import time
from importlib import import_module
from pathlib import Path

NOT_INSTALLED = 3


def main(module: str, url: str, file: str) -> int:
    """Run the command line."""
    try:
        ready = import_module(f"tests.bench.peers.{module}").ready
    except ModuleNotFoundError as missing:
        print(missing.name)
        return NOT_INSTALLED
    load = ready(url)
    began = time.perf_counter()
    load(Path(file))
    print(time.perf_counter() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
