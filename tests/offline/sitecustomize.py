"""Python runs this first, in tests and in every process they start: sockets reach this machine only."""

import socket

_connect = socket.socket.connect


def _connect_here_only(self, address):
    if self.family == socket.AF_UNIX or (
        isinstance(address, tuple) and address[0] in ("127.0.0.1", "localhost", "::1")
    ):
        return _connect(self, address)
    raise OSError(f"tests have no network: {address}")


socket.socket.connect = _connect_here_only
