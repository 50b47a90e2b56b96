"""HAProxy before several servers: all requests of a key go to one of them."""

import re
import shutil
from collections.abc import Sequence

from mockdreams.data import folder

MISSING = (
    "--workers needs HAProxy 2.6 or newer, and there is none here: `apt-get install haproxy`, `dnf install haproxy` or "
    "`brew install haproxy` brings it"
)
_BIND = re.compile(r"^( *)bind .*$", re.M)
_GLOBAL = "global\n"
_WORKERS_A_THREAD = 4
"""One thread of HAProxy has time for so many; each more takes a core from them."""
_SERVERS = re.compile(r"(?:^ *server .*\n)+", re.M)


def find_haproxy() -> str | None:
    """The program; it may be where only root looks by itself."""
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")


def haproxy_config(bind: str, addresses: Sequence[str]) -> str:
    """The configuration of `deploy/`, for servers at `addresses` (HOST:PORT) and clients at `bind`."""
    servers = "".join(f"    server worker{n} {address}\n" for n, address in enumerate(addresses, 1))
    shipped = (folder("deploy") / "haproxy.cfg").read_text("utf-8")
    threads = f"{_GLOBAL}    nbthread {-(-len(addresses) // _WORKERS_A_THREAD)}\n"
    shipped = shipped.replace(_GLOBAL, threads, 1)
    return _SERVERS.sub(lambda _: servers, _BIND.sub(rf"\1bind {bind}", shipped))


def haproxy_command(program: str, config: str) -> list[str]:
    """Runs HAProxy in the foreground; it ends with who starts it, even if that is killed, where Linux can see to it."""
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "KILL"] if setpriv else []), program, "-q", "-db", "-f", config]
