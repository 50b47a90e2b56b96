"""A real HAProxy of a test, with the configuration that is shipped, ended with it."""

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mockdreams.haproxy import find_haproxy, haproxy_command, haproxy_config
from mockdreams.quiet_server import url_of
from mockdreams.server import bind

HAPROXY = find_haproxy()
needs_haproxy = pytest.mark.skipif(
    HAPROXY is None, reason="no HAProxy here: on Debian, scripts/setup installs it for root"
)


@contextmanager
def balanced(addresses: Sequence[str]) -> Iterator[str]:
    """The URL of a balancer before the servers at `addresses`."""
    assert HAPROXY is not None
    with TemporaryDirectory() as folder, bind("127.0.0.1", 0) as bound:
        config = Path(folder, "haproxy.cfg")
        config.write_text(haproxy_config(f"fd@{bound.fileno()}", addresses), "utf-8")
        process = subprocess.Popen(haproxy_command(HAPROXY, str(config)), pass_fds=[bound.fileno()])
        try:
            while not _accepts(bound):
                assert process.poll() is None
            yield url_of(bound)
        finally:
            process.kill()
            process.wait()


def _accepts(bound: socket.socket) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(bound.getsockname()) == 0
