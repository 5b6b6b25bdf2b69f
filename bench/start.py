"""Runs a program from its start to its end: `start.py OUTPUT PROGRAM ARGUMENT...`, run by `python -I -S`.

Prints seconds and peak MiB. A process of its own, and without imports that it can do without: the peak that Linux tells of a child
begins with the memory of the process that started it.
"""

import os
import sys
import time

start = time.perf_counter()
child = os.posix_spawn(
    sys.argv[2],
    sys.argv[2:],
    os.environ,
    file_actions=[(os.POSIX_SPAWN_OPEN, 1, sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)],
)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - start
if os.waitstatus_to_exitcode(status) != 0:
    sys.exit(1)
print(f'{{"seconds": {seconds}, "peak_mib": {usage.ru_maxrss / 1024}}}')
