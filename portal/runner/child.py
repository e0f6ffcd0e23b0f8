"""Become another program, and die when the parent does.

    python child.py PARENT_PID PROGRAM [ARGUMENT ...]

On Linux the kernel kills the process when its parent ends, however it ended. The request
is made here, in a small program of its own, because code between fork and exec may not
run safely in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the parent is gone already")
    os.execvp(program[0], program)  # noqa: S606  (the runner's own commands)


if __name__ == "__main__":
    main()
