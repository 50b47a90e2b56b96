"""A stateful fake of the Dreams API that official SDKs cannot tell from the real one."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockdreams.harness.clock_control import ClockControl
    from mockdreams.harness.control_errors import ControlError, UnexpectedHostError
    from mockdreams.harness.controls import (
        DreamScripts,
        Faults,
        LivePolicy,
        Prepared,
        SessionScripts,
        Stubs,
        VaultScripts,
        unknown,
    )
    from mockdreams.harness.environment_keys import EnvironmentKeys
    from mockdreams.harness.handle import MockDreams
    from mockdreams.harness.request_log import RequestLog
    from mockdreams.harness.schedule_control import Schedules
    from mockdreams.harness.webhook_control import DeliveryAttempt, Webhook, WebhookControl
    from mockdreams.http.journal import Exchange
    from mockdreams.http.webhook_receivers import WebhookRequest
    from mockdreams.world.core.policy import Policy

__version__ = "0.1.0"
__all__ = [
    "ClockControl",
    "ControlError",
    "DeliveryAttempt",
    "DreamScripts",
    "EnvironmentKeys",
    "Exchange",
    "Faults",
    "LivePolicy",
    "MockDreams",
    "Policy",
    "Prepared",
    "RequestLog",
    "Schedules",
    "SessionScripts",
    "Stubs",
    "UnexpectedHostError",
    "VaultScripts",
    "Webhook",
    "WebhookControl",
    "WebhookRequest",
    "__version__",
    "unknown",
]
_HOMES = {
    "ClockControl": "harness.clock_control",
    "ControlError": "harness.control_errors",
    "DeliveryAttempt": "harness.webhook_control",
    "DreamScripts": "harness.controls",
    "EnvironmentKeys": "harness.environment_keys",
    "Exchange": "http.journal",
    "Faults": "harness.controls",
    "LivePolicy": "harness.controls",
    "MockDreams": "harness.handle",
    "Policy": "world.core.policy",
    "Prepared": "harness.controls",
    "RequestLog": "harness.request_log",
    "Schedules": "harness.schedule_control",
    "SessionScripts": "harness.controls",
    "Stubs": "harness.controls",
    "UnexpectedHostError": "harness.control_errors",
    "VaultScripts": "harness.controls",
    "Webhook": "harness.webhook_control",
    "WebhookControl": "harness.webhook_control",
    "WebhookRequest": "http.webhook_receivers",
    "unknown": "harness.controls",
}


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for: importing mockdreams costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"mockdreams.{_HOMES[name]}"), name)
