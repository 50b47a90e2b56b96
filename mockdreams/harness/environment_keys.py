"""Keys of self-hosted environments: `mock.environment_keys`."""

from mockdreams.harness.backend import Backend
from mockdreams.harness.control_errors import control


class EnvironmentKeys:
    """Makes and revokes the keys that workers poll with, as the Console does for the service."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @control
    def create(self, environment_id: str) -> str:
        """A key for one environment. Raises ControlError if there is no such environment."""
        key: str = self._backend.post("environment_keys", {"environment_id": environment_id})["key"]
        return key

    @control
    def revoke(self, key: str) -> None:
        """Let a key be good for nothing any more. Raises ControlError if no environment has it."""
        self._backend.ask("DELETE", "environment_keys", {"key": key})

    def __repr__(self) -> str:
        return "<environment keys>"
