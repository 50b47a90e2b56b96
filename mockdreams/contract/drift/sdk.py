"""What an official SDK says: its operations, found by calling its methods, and its types.

Each method is called once with a name in place of every argument, on a client whose connection only takes note. So
where an argument travels, and under which name, is what the SDK does, not what its documentation says.
"""

import inspect
import json
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Literal, NamedTuple, Union
from urllib.parse import parse_qsl

import typing_extensions as te

from mockdreams.contract.drift.type_model import TIME, FieldType, TypeShape, merged, objects, plain_name

RESOURCES = (
    "dreams",
    "memory_stores",
    "agents",
    "environments",
    "sessions",
    "models",
    "files",
    "vaults",
    "skills",
    "deployments",
    "deployment_runs",
)
_NOT_SENT = {"betas", "workspace_id", "extra_headers", "extra_query", "extra_body", "timeout"}
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", datetime: TIME, types.NoneType: "null"}
_MARK = "~"


class UnreadableError(Exception):
    """The SDK is not there, or not as this module knows it."""


@dataclass(frozen=True)
class Sdk:
    """What was read of an SDK."""

    version: str
    methods: tuple["Method", ...]
    betas: frozenset[str]
    passed_over: tuple[str, ...] = ()
    """The beta resources that nothing here reads."""


@dataclass
class Method:
    """One operation of the SDK with its headers. `query` and `body` are what it sends, the rest what it expects."""

    method: str
    path: str
    beta: str
    version: str
    query: dict[str, FieldType] = field(default_factory=dict)
    body: dict[str, FieldType] = field(default_factory=dict)
    reply: TypeShape | None = None
    event: TypeShape | None = None


def installed() -> ModuleType:
    """The official SDK of this environment. Raises UnreadableError."""
    try:
        return import_module("anthropic")
    except ImportError as absent:
        raise UnreadableError(
            "the official SDK is not installed: it comes with the extra [sdk] of mockdreams, see docs/install.md"
        ) from absent


def read(package: ModuleType) -> Sdk:
    """All that the package of an SDK says of the resources. Raises UnreadableError."""
    betas = import_module(f"{package.__name__}.types.anthropic_beta_param").AnthropicBetaParam
    calls = _noting(package)
    methods = tuple(_methods(calls))
    return Sdk(str(package.__version__), methods, _shape(betas).values, tuple(_passed_over(calls.client.beta)))


def _methods(calls: "_Calls") -> Iterator["Method"]:
    for name in RESOURCES:
        resource = getattr(calls.client.beta, name, None)
        if resource is not None:
            yield from _of_resource(resource, calls)


def _passed_over(beta: Any) -> Iterator[str]:
    for name, member in inspect.getmembers_static(type(beta)):
        described = hasattr(member, "__get__") and not inspect.isfunction(member)
        if described and not name.startswith(("_", "with_")) and name not in RESOURCES:
            yield name


class _Calls(NamedTuple):
    """A client of an SDK that connects to nothing, the requests that it makes, and how it says that nothing listens."""

    client: Any
    noted: list[Any]
    unheard: type[Exception]


def _noting(package: Any) -> _Calls:
    noted = list[Any]()
    mro = package.DefaultHttpxClient.__mro__
    plain = next(each for each in mro if each.__module__.partition(".")[0] != package.__name__)
    http = sys.modules[plain.__module__.partition(".")[0]]

    def note(request: Any) -> Any:
        noted.append(request)
        raise http.ConnectError("nothing listens")

    transport = http.Client(transport=http.MockTransport(note))
    client = package.Anthropic(api_key="none", http_client=transport, max_retries=0)
    return _Calls(client, noted, package.APIConnectionError)


def _of_resource(resource: Any, calls: _Calls) -> Iterator[Method]:
    for name, member in inspect.getmembers_static(type(resource)):
        if name.startswith(("_", "with_")):
            continue
        if inspect.isfunction(member):
            if (method := _method(resource, member, calls)) is not None:
                yield method
        elif hasattr(member, "__get__") and not callable(member):
            yield from _of_resource(getattr(resource, name), calls)


def _method(resource: Any, function: Callable[..., Any], calls: _Calls) -> Method | None:
    """What one method does; None if it makes no request of its own."""
    hints, signature = te.get_type_hints(function, include_extras=True), inspect.signature(function)
    fields = {
        name: FieldType(_shape(hints[name]), parameter.default is inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self" and name not in _NOT_SENT and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }
    calls.noted.clear()
    try:
        function(resource, **{name: _named(name, each, hints[name]) for name, each in fields.items()})
    except calls.unheard:
        pass
    except (TypeError, ValueError):
        return None
    return _read(calls.noted[0], fields, hints.get("return")) if len(calls.noted) == 1 else None


def _named(name: str, field: FieldType, hint: Any) -> Any:
    if bytes in te.get_args(hint):  # a file: its name, and what is in it
        return _MARK + name, b""
    if any(bytes in te.get_args(each) for each in te.get_args(hint)):
        return [(_MARK + name, b"")]
    return [_MARK + name] if field.shape.items else _MARK + name


def _read(request: Any, fields: Mapping[str, FieldType], answer: Any) -> Method:
    path = request.url.path
    for name in fields:
        path = path.replace(f"/{_MARK}{name}/", f"/{{{name}}}/").removesuffix("\0")
        if path.endswith(f"/{_MARK}{name}"):
            path = path.removesuffix(_MARK + name) + f"{{{name}}}"
    found = Method(
        request.method, path, request.headers.get("anthropic-beta", ""), request.headers["anthropic-version"]
    )
    for key, value in parse_qsl(request.url.query.decode()):
        if value.startswith(_MARK):
            found.query[key] = fields[value.removeprefix(_MARK)]
    form = request.headers.get("content-type", "").startswith("multipart/form-data")
    sent = dict(_form_fields(request.content, fields)) if form else {}
    for key, value in (sent or json.loads(request.content or "{}")).items():
        mark = value[0] if isinstance(value, list) else value
        found.body[key] = fields[mark.removeprefix(_MARK)]
    if (arguments := te.get_args(answer)) and "Stream" in getattr(te.get_origin(answer), "__name__", ""):
        found.event = _shape(arguments[0])
    elif "Binary" not in getattr(answer, "__name__", ""):
        found.reply = _shape(answer)
    return found


def _form_fields(form: bytes, fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The names of a form's parts, and the marks of the fields that they are of."""
    for name in fields:
        for part in (name, f"{name}[]"):
            if f'name="{part}"'.encode() in form:
                yield part, _MARK + name


@cache
def _shape(hint: Any) -> TypeShape:
    """What a type hint allows."""
    origin, arguments = te.get_origin(hint), te.get_args(hint)
    if isinstance(hint, te.TypeAliasType):
        return _shape(hint.__value__)
    if origin in (te.Annotated, te.Required, te.NotRequired, te.ReadOnly):
        return _shape(arguments[0])
    if bytes in arguments:
        return _shape(str)
    if origin in (Union, types.UnionType):
        return merged(_shape(each) for each in arguments if getattr(each, "__name__", "") not in ("Omit", "NotGiven"))
    if origin in (Literal, te.Literal):
        return TypeShape(values=frozenset(map(str, arguments)))
    if hint in _PLAIN:
        return TypeShape(frozenset({_PLAIN[hint]}))
    if hint in (Any, object):
        return TypeShape(frozenset({"any"}))
    if inspect.isclass(hint) and (te.is_typeddict(hint) or hasattr(hint, "model_fields")):
        return TypeShape(objects=objects(_name(hint), _fields(hint)))
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return TypeShape(frozenset({"object"}), map=_shape(arguments[1]))
    if len(arguments) == 1 and _listlike(origin):
        return TypeShape(frozenset({"array"}), items=_shape(arguments[0]))
    raise UnreadableError(f"a type hint of the SDK is not understood: {hint}")


def _listlike(origin: Any) -> bool:
    name = getattr(origin, "__name__", "")
    return "Sequence" in name or (inspect.isclass(origin) and issubclass(origin, Iterable | Sequence))


def _fields(model: Any) -> dict[str, FieldType]:
    if te.is_typeddict(model):
        hints = te.get_type_hints(model, include_extras=True)
        return {name: FieldType(_shape(hint), _required(model, hint)) for name, hint in hints.items()}
    return {
        each.alias or name: FieldType(_shape(each.annotation), each.is_required(), vague=not each.is_required())
        for name, each in model.model_fields.items()
    }


def _required(model: Any, hint: Any) -> bool:
    origin = te.get_origin(hint)
    return origin is te.Required or (model.__total__ and origin is not te.NotRequired)


def _name(model: Any) -> str:
    return plain_name(model.__name__)
