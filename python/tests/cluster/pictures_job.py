"""Runs examples/pictures_on_ray; the first workers that make thumbnails die, and then the driver, at its second commit.

python -m cluster.pictures_job <before|after|never> <directory of marks> [arguments of the example]
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

from .strikes import kill_once, strike_at_commit

EXAMPLE = Path(__file__).parents[3] / "examples/pictures_on_ray"
WORKERS = 2

if __name__ == "__main__":
    when, marks, *arguments = sys.argv[1:]
    sys.argv = [str(EXAMPLE / "update_pictures.py"), *arguments]
    # As if the script had been started by itself: Ray sends this directory to the workers.
    sys.path.insert(0, str(EXAMPLE))
    import computations

    class Struck(computations.Thumbnail):
        """A computation whose process dies at a batch."""

        def __call__(self, batch: Any) -> Any:
            for number in range(WORKERS):
                kill_once(Path(marks) / f"worker-{number}")
            return super().__call__(batch)

    if when != "never":
        computations.Thumbnail = Struck
    strike_at_commit(2, when)  # type: ignore[arg-type]
    runpy.run_path(sys.argv[0], run_name="__main__")
