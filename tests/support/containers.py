"""In place of Testcontainers, where there is no Docker: a container is the command of the image, on a free port.

`-p tests.support.containers` lets an inner pytest import it under the names of the package; `TYPESCRIPT` is the same
for Node.js, with a server that runs already.
"""

import sys
from types import ModuleType
from typing import Self

from tests.support.servers import serving

PORT = 4010

TYPESCRIPT = """
const url = new URL(process.env.STANDS_IN_FOR_CONTAINER);
export const Wait = { forHttp: (path, port) => ({ path, port }) };
export class GenericContainer {
  constructor(image) { this.image = image; }
  withExposedPorts() { return this; }
  withEnvironment() { return this; }
  withWaitStrategy({ path }) { this.path = path; return this; }
  async start() {
    if (!(await fetch(new URL(this.path, url))).ok) throw new Error(`${this.path} is not answered`);
    return { getHost: () => url.hostname, getMappedPort: () => Number(url.port), stop: async () => {} };
  }
}
"""


class HttpWaitStrategy:
    def __init__(self, port: int, path: str = "/") -> None:
        self.port = port
        self.path = path


class DockerContainer:
    def __init__(self, image: str) -> None:
        assert image == "mockdreams"
        self._env: dict[str, str] = {}

    def with_exposed_ports(self, *ports: int) -> Self:
        assert ports == (PORT,)
        return self

    def with_env(self, name: str, value: str) -> Self:
        self._env[name] = value
        return self

    def waiting_for(self, strategy: HttpWaitStrategy) -> Self:
        assert (strategy.port, strategy.path) == (PORT, "/_mockdreams/health")
        return self

    def get_container_host_ip(self) -> str:
        return "localhost"

    def get_exposed_port(self, port: int) -> int:
        assert port == PORT
        return int(self._url.rpartition(":")[2])

    def __enter__(self) -> Self:
        self._serving = serving("--host", "127.0.0.1", "--port", "0", env=self._env)
        self._url, _ = self._serving.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._serving.__exit__(None, None, None)


def _register(name: str, **members: object) -> None:
    module = ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


_register("testcontainers")
_register("testcontainers.core")
_register("testcontainers.core.container", DockerContainer=DockerContainer)
_register("testcontainers.core.wait_strategies", HttpWaitStrategy=HttpWaitStrategy)
