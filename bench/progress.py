"""Reports on standard error what is being measured and the remaining time."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A process to run: `engine` is `prepare` if data is generated."""

    workload: str
    rows: int
    engine: str


def duration_text(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


class Progress:
    def __init__(self, tasks: list[Task], quiet: bool = False):
        self.tasks = tasks
        self.done = 0
        self.quiet = quiet
        self.took: dict[Task, list[float]] = {}
        self.since = time.monotonic()

    def start(self, task: Task, text: str) -> None:
        self.since = time.monotonic()
        remaining = self.remaining()
        left = f", about {duration_text(remaining)} left" if remaining is not None else ""
        self.say(f"[{self.done + 1}/{len(self.tasks)}] {text}{left}")

    def finish(self, task: Task) -> None:
        self.took.setdefault(task, []).append(time.monotonic() - self.since)
        self.done += 1

    def skip(self, count: int) -> None:
        """Tasks that turned out to be unnecessary."""
        self.done += count

    def say(self, text: str) -> None:
        if not self.quiet:
            print(f"bench: {text}", file=sys.stderr, flush=True)

    def remaining(self) -> float | None:
        """Seconds, from earlier measurements of the same, at this size or at others; None before anything is known."""
        if not self.took:
            return None
        return sum(self.estimate(task) for task in self.tasks[self.done :])

    def estimate(self, task: Task) -> float:
        if task in self.took:
            return sum(self.took[task]) / len(self.took[task])
        # Half a second to start, the rest grows with the rows: extrapolated from the nearest size.
        same = [t for t in self.took if (t.workload, t.engine) == (task.workload, task.engine)]
        like = same or [t for t in self.took if t.engine == task.engine] or list(self.took)
        nearest = min(like, key=lambda t: abs(t.rows - task.rows))
        seconds = sum(self.took[nearest]) / len(self.took[nearest])
        growth = task.rows / nearest.rows if nearest.rows and task.rows else 1
        return 0.5 + max(seconds - 0.5, 0.02) * growth
