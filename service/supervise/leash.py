"""Runs a command that dies with the process that started it, however that one dies. Standard library only: this file
is run by path, `python -I -S leash.py PARENT_PID MODE COMMAND...`, and must start in a few milliseconds.

`signal` (Linux): asks the kernel for SIGKILL when the parent is gone, then becomes the command. The kernel means the
*thread* that spawned, so spawn from a thread that lives as long as the process (the event loop's).
`watch` (elsewhere): stays as a small process between the two and holds the read end of a pipe (standard input) whose
write end only the parent has; when that closes it kills the command's whole process group.
"""

import ctypes
import os
import select
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie(parent: int, command: list[str]) -> None:
    """Become `command`, on the kernel's leash. Returns only by raising."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before the leash was on
        raise SystemExit(1)
    os.execvp(command[0], command)


def watch(command: list[str]) -> int:
    """Run `command` until it ends or standard input closes; signals sent to us go on to it. Returns its status."""
    wake, ring = os.pipe()
    os.set_blocking(ring, False)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    passed_on = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on)  # until there is a child to pass them on to
    child = os.fork()
    if child == 0:
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execvp(command[0], command)
    for number in passed_on:
        signal.signal(number, lambda received, _frame: os.kill(child, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on)
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        readable, _, _ = select.select([0, wake], [], [])
        if wake in readable:
            os.read(wake, 512)
        if 0 in readable and not os.read(0, 1):
            os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    parent, mode, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if mode == "signal":
        tie(parent, command)
    status = watch(command)
    if status < 0:  # die of what the command died of, so that the supervisor sees the same thing
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    raise SystemExit(status)


if __name__ == "__main__":
    main()
