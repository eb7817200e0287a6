"""Runs one command and prints its wall time and CPU time in seconds, its peak memory in bytes and its exit code.

A process of its own, as small as Python gets: Linux carries a parent's peak memory over into its child's account, and
a large parent would be taken for a large child.
"""

import os
import sys
import time

start = time.perf_counter()
pid = os.fork()
if not pid:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 (the command is the bench's own)
_, status, usage = os.wait4(pid, 0)
print(
    time.perf_counter() - start,
    usage.ru_utime + usage.ru_stime,
    usage.ru_maxrss * 1024,
    os.waitstatus_to_exitcode(status),
)
