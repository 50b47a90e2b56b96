"""Environments: where sessions run."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, computed_field

from mockdreams.wire.base import Model, Params, Record, Timestamp
from mockdreams.wire.telling import is_much

Scope: TypeAlias = Literal["organization", "account"]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=256)]
PACKAGE_MANAGERS = ("apt", "cargo", "gem", "go", "npm", "pip")


class Unrestricted(Params):
    """No limits; the same shape in both directions."""

    type: Literal["unrestricted"]


class Limited(Model):
    type: Literal["limited"] = "limited"
    allowed_hosts: tuple[str, ...] = ()
    allow_mcp_servers: bool = False
    allow_package_managers: bool = False


class LimitedParams(Params):
    type: Literal["limited"]
    allowed_hosts: list[str] | None = None
    allow_mcp_servers: bool | None = None
    allow_package_managers: bool | None = None


class Packages(Model):
    type: Literal["packages"] = "packages"
    apt: tuple[str, ...] = ()
    cargo: tuple[str, ...] = ()
    gem: tuple[str, ...] = ()
    go: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        return any(getattr(self, manager) for manager in PACKAGE_MANAGERS)


class PackagesParams(Params):
    type: Literal["packages"] = "packages"
    apt: list[str] | None = None
    cargo: list[str] | None = None
    gem: list[str] | None = None
    go: list[str] | None = None
    npm: list[str] | None = None
    pip: list[str] | None = None


class Cloud(Model):
    type: Literal["cloud"] = "cloud"
    networking: Unrestricted | Limited = Unrestricted.model_construct(type="unrestricted")
    packages: Packages = Packages.unchecked()


class CloudParams(Params):
    """A change to a cloud configuration; what is left out or null stays."""

    type: Literal["cloud"]
    networking: Annotated[Unrestricted | LimitedParams, Field(discriminator="type")] | None = None
    packages: PackagesParams | None = None

    def over(self, stored: Cloud) -> Cloud:
        networking: Unrestricted | Limited = stored.networking
        if isinstance(self.networking, Unrestricted):
            networking = self.networking
        elif self.networking is not None:
            base = stored.networking if isinstance(stored.networking, Limited) else Limited()
            networking = base.model_copy(update=_set(self.networking))
        packages = stored.packages.model_copy(update=_set(self.packages)) if self.packages else stored.packages
        return Cloud(networking=networking, packages=packages)


class SelfHosted(Params):
    """The caller's own machines; the same shape in both directions."""

    type: Literal["self_hosted"]


Config: TypeAlias = Cloud | SelfHosted
ConfigParams: TypeAlias = Annotated[CloudParams | SelfHosted, Field(discriminator="type")]


class Environment(Record):
    id: str
    type: Literal["environment"] = "environment"
    name: str
    description: str | None = ""
    config: Config
    metadata: dict[str, str] = {}
    scope: Scope = "organization"
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | None = None

    def _is_long(self) -> bool:
        return is_much(self)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state(self) -> Literal["active", "archived"]:
        """Recorded in every answer; the SDK's type lacks it."""
        return "active" if self.archived_at is None else "archived"


class EnvironmentDeleted(Record):
    id: str
    type: Literal["environment_deleted"] = "environment_deleted"


class CreateEnvironment(Params):
    name: Name
    config: ConfigParams | None = None
    description: str | None = None
    metadata: dict[str, str] = {}
    scope: Scope | None = None


class UpdateEnvironment(Params):
    """What is left out stays; so does what is null, except for the description."""

    name: Name | None = None
    config: ConfigParams | None = None
    description: str | None = None
    metadata: dict[str, str | None] = {}
    scope: Scope | None = None


def _set(params: Params) -> dict[str, Any]:
    """The fields that are not null, lists as tuples."""
    values = {name: getattr(params, name) for name in type(params).model_fields}
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if value is not None
    }
