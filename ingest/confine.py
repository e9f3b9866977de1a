"""What a parser's child process gives up before it reads a document.

The rlimits and the process boundary hold against what hostile bytes make a reader do; the audit hook against what
readers do by accident or by design (fetching a URL, starting a program, writing a file). Where the system allows it,
the whole server leaves the network's namespace, so that not even code that got past Python can reach anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from typing import Any

from ingest.types import ParseLimits

_CLONE_NEWUSER, _CLONE_NEWNET, _PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 0x10000000, 0x40000000, 1, 38
_CLOSED_DOORS = (
    *("socket.", "urllib.Request", "http.client.connect", "ftplib.", "smtplib.", "webbrowser."),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "os.startfile", "pty.spawn"),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown", "shutil."),
)


def limit(limits: ParseLimits) -> None:
    """Take the limits and close the doors. What this process holds already is not counted against the document."""
    held = _held_bytes()
    wanted = {
        resource.RLIMIT_AS: held + limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        with contextlib.suppress(ValueError, OSError):  # a lower limit set by the system stays
            hard = value + 1 if kind == resource.RLIMIT_CPU else value
            resource.setrlimit(kind, (value, hard))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    sys.addaudithook(_door)


def _held_bytes() -> int:
    try:
        with open("/proc/self/statm") as stream:
            return int(stream.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def _door(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        mode, flags = arguments[1], arguments[2] or 0
        writing = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        if writing or (isinstance(mode, str) and set(mode) & set("wax+")):
            raise PermissionError("the parser may not write")
    elif event.startswith(_CLOSED_DOORS):
        raise PermissionError(f"the parser may not use {event}")


def die_with(parent: int) -> None:
    """On Linux the kernel kills this process when its server dies, even when that is killed outright."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def no_network() -> None:
    """Leave the network's namespace where the system lets us; where not, the audit hook still stands."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
