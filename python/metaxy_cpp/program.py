"""The program, as the command metaxy-cpp."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Runs the program in the place of this process."""
    program = Path(__file__).parent / "bin" / "metaxy"
    try:
        os.execv(program, ["metaxy-cpp", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"error: {program} cannot be run: {error.strerror}; install metaxy-cpp anew")


if __name__ == "__main__":
    main()
