"""A stateful fake of the Dreams API that official SDKs cannot tell from the real one."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockdreams.handle import MockDreams
    from mockdreams.world.policy import Policy

__version__ = "0.1.0"
__all__ = ["MockDreams", "Policy", "__version__"]


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for: importing mockdreams costs nothing."""
    if name == "MockDreams":
        from mockdreams.handle import MockDreams

        return MockDreams
    if name == "Policy":
        from mockdreams.world.policy import Policy

        return Policy
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
