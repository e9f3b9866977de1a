"""Free loopback ports that stay ours until the child that was promised one listens on it."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass, field


@dataclass(slots=True)
class Port:
    """A port of 127.0.0.1. On Linux the number is kept: the socket is bound but does not listen, so the kernel gives
    it to nobody else, not even while the child is down, and a connection is refused rather than answered by a
    stranger. A child can still listen on it because servers set SO_REUSEADDR (or SO_REUSEPORT), as this socket does.
    """

    number: int
    _keeper: socket.socket | None = field(default=None, repr=False)

    def release(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None


def reserve() -> Port:
    """A free port of 127.0.0.1; raises OSError when there is none."""
    keeper = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Bound before the options are set, so that the kernel looks for a port that nobody else has at all.
    keeper.bind(("127.0.0.1", 0))
    number = int(keeper.getsockname()[1])
    if sys.platform != "linux":
        keeper.close()
        return Port(number)
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return Port(number, keeper)
