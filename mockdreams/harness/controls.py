"""The controls of a handle that prepare what will happen: faults, scripts of dreams and of sessions, the policy."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar
from urllib.parse import quote

from pydantic import PrivateAttr, ValidationError

from mockdreams.dreaming.plan import Dreamer
from mockdreams.harness.backend import Backend
from mockdreams.harness.control_errors import ControlError, control
from mockdreams.review.model import Adoption, Review
from mockdreams.suggestions import did_you_mean
from mockdreams.world.core import profiles
from mockdreams.world.core.policy import Policy, policy_error, unknown_field
from mockdreams.world.dreams.scripts import DREAM_ERRORS
from mockdreams.world.vaults.credential_validation import Outcome

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
DreamErrorType: TypeAlias = Literal[
    "timeout",
    "internal_error",
    "memory_store_org_limit_exceeded",
    "input_memory_store_too_large",
    "input_memory_store_unavailable",
    "input_session_unavailable",
]
"""What the service says that a dream can fail with."""
Selectors: TypeAlias = int | str | Sequence[int | str]
"""Events of a stream: an index, a type, or several of either."""


class unknown(str):  # noqa: N801
    """An `error.type` that the service may come to use: `fail=unknown("something_new")`."""

    __slots__ = ()


class Prepared:
    """What was prepared, and whether it was used: what `faults.add`, `stubs.add` and the two `script`s return."""

    def __init__(self, backend: Backend, name: str, words: str) -> None:
        self._backend = backend
        self._name = name
        self._words = words

    @property
    def hits(self) -> int:
        """How often it was used: requests that it met, dreams or sessions that took a script."""
        hits: int = self._backend.get("prepared")["hits"][self._name]
        return hits

    @property
    def used(self) -> bool:
        """Whether it was used at all."""
        return self.hits > 0

    def __repr__(self) -> str:
        return f"<{self._words}, used {self.hits} times>"


class Queue:
    """What waits to be used, at a path of the control API."""

    _path: str
    _what: str
    _several: str

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._names = count(1)

    def clear(self) -> None:
        """Forget what is left."""
        self._backend.delete(self._path)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """What is left."""
        return iter(self._backend.get(self._path)["data"])

    def __repr__(self) -> str:
        return f"<{self._several}: {len(self)} waiting>"

    def __len__(self) -> int:
        """How many are left."""
        return len(self._backend.get(self._path)["data"])

    def __bool__(self) -> bool:
        """A control is there, whatever is left."""
        return True

    def _prepare(self, fields: dict[str, Any], send: Callable[[str], object] | None = None) -> Prepared:
        name = f"{self._path}/{next(self._names)}"
        if send is not None:
            send(name)
        else:
            self._backend.post(self._path, fields, name=name)
        words = ", ".join(f"{name}={value!r}" for name, value in fields.items())
        return Prepared(self._backend, name, f"{self._what} {words}".rstrip())


class Faults(Queue):
    """Outages to come: `mock.faults`."""

    _path = "faults"
    _what, _several = "fault", "faults"

    @control
    def add(
        self,
        match: str,
        *,
        status: int | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        latency: float | Mapping[Literal["p50", "p99"], float] | None = None,
        drop: Literal["before", "during"] | None = None,
        cut_after_events: int | None = None,
        end_after_events: int | None = None,
        stall_after_events: int | None = None,
        lose: Selectors = (),
        repeat: Selectors = (),
        swap: Selectors = (),
        insert: Mapping[int, Mapping[str, Any] | str] | None = None,
        event_delay: float | None = None,
        lag: float | None = None,
        times: int | None = 1,
        after: int = 0,
        probability: float = 1,
        seed: int = 0,
    ) -> Prepared:
        """Let the next calls that match `"METHOD /path/with/**"`, served or not, fail.

        One effect or several: `status` (with `body` and `headers` to override the service's; below 400 with a `body`),
        `latency` (wall seconds, or `{"p50": …, "p99": …}`), `drop` ("before" or "during"). Of a stream:
        `cut_after_events`, `end_after_events` or `stall_after_events`; `lose`, `repeat` and `swap` (an index, a type,
        or a list of them), `insert` {index: event}, `event_delay` (wall seconds). `lag`: virtual seconds by which the
        status of a session, a thread or a dream, what it allows, and its list of events trail the stream. And when:
        `times` (1; None: for ever), `after` (0 calls let through first), `probability` with `seed`. Raises
        ControlError, a ValueError, for anything else. The answer says whether and how often the fault has struck:
        `.used`, `.hits`.
        """
        return self._prepare(
            {
                "match": match,
                **given_fields(
                    status=status,
                    body=body,
                    headers=plain(headers),
                    latency=plain(latency),
                    drop=drop,
                    cut_after_events=cut_after_events,
                    end_after_events=end_after_events,
                    stall_after_events=stall_after_events,
                    lose=selectors(lose),
                    repeat=selectors(repeat),
                    swap=selectors(swap),
                    insert=plain(insert),
                    event_delay=event_delay,
                    lag=lag,
                ),
                **changed_fields(times=(times, 1), after=(after, 0), probability=(probability, 1), seed=(seed, 0)),
            }
        )

    def clear(self) -> None:
        """Forget the faults that are left."""
        super().clear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The faults that are left, each with how often it has struck."""
        return super().__iter__()


class Stubs(Queue):
    """Answers of a test's own, for any path: `mock.stubs`."""

    _path = "stubs"
    _what, _several = "stub", "stubs"

    @control
    def add(
        self,
        match: str,
        *,
        status: int = 200,
        json: Any = None,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        events: Sequence[Mapping[str, Any] | str] | None = None,
        latency: float | Mapping[Literal["p50", "p99"], float] | None = None,
        times: int | None = None,
        after: int = 0,
    ) -> Prepared:
        """Answer calls that match `"METHOD /path/with/**"` instead of the world, whether or not that path is served.

        What: `status` (200) with `json`, a text as `body`, or `events`, an SSE body; none of them is an empty body, or
        from status 400 on the service's own. `headers` override ours. `latency` are wall seconds, or `{"p50": …,
        "p99": …}`. When: `times` (None: for ever), `after` (0 calls let through first). Stubs that end answer in the
        order in which they were added, then the newest of the others; a fault comes before any stub. Raises
        ControlError, a ValueError, for anything else. The answer says whether and how often the stub has answered:
        `.used`, `.hits`.
        """
        fields = given_fields(
            json=json,
            body=body,
            headers=plain(headers),
            events=listed("events", events),
            latency=plain(latency),
        )
        return self._prepare(
            {"match": match, **fields, **changed_fields(status=(status, 200), times=(times, None), after=(after, 0))}
        )

    def clear(self) -> None:
        """Forget the stubs that are left."""
        super().clear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The stubs that are left, in the order in which they answer, each with how often it has."""
        return super().__iter__()


class DreamScripts(Queue):
    """What becomes of the next dreams: `mock.dreams`."""

    _path = "dreams/scripts"
    _what, _several = "dream script", "dream scripts"

    @control
    def script(
        self,
        *,
        match: Mapping[str, str] | None = None,
        times: int = 1,
        duration: float | None = None,
        write: Mapping[str, str] | None = None,
        delete: Sequence[str] | None = None,
        say: Sequence[str] | None = None,
        usage: Mapping[str, int] | None = None,
        dreamer: Dreamer | None = None,
        fail: DreamErrorType | unknown | None = None,
        message: str | None = None,
        at: float | None = None,
        hang: Literal["pending", "running"] | None = None,
    ) -> Prepared:
        """Tell the next dream what to do.

        For which: `match` (a dict of `memory_store_id`, `model`, and `instructions`, a part of them), `times` (1).
        What: `duration` (virtual seconds from creation to end), `write` {path: content}, `delete` [path], `say`
        [text], `usage` {field: tokens}, or a `dreamer`, a function from `DreamInputs` to steps. Then `fail` (an
        `error.type`, with `message`, `at` 0 to 1 of the run), or `hang` ("pending" or "running"), or success. An
        `error.type` that is not in the table below has to be told so: `fail=unknown("…")`. Raises ControlError, a
        ValueError, for anything else. The answer says whether and how many dreams took it: `.used`, `.hits`.
        """
        if fail is not None and fail not in DREAM_ERRORS and not isinstance(fail, unknown):
            near = did_you_mean(str(fail), DREAM_ERRORS)
            raise ControlError(f"no dream is known to fail with {fail!r}{near or f'; if it does: unknown({fail!r})'}")
        fields = given_fields(
            match=plain(match),
            duration=duration,
            write=plain(write),
            delete=listed("delete", delete),
            say=listed("say", say),
            usage=plain(usage),
            fail={"unknown": str(fail)} if isinstance(fail, unknown) else fail,
            message=message,
            at=at,
            hang=hang,
        ) | changed_fields(times=(times, 1))
        if dreamer is None:
            return self._prepare(fields)
        return self._prepare(fields, lambda name: self._backend.script_dream(fields, dreamer, name))

    @control
    def review(self, dream: Any) -> Review:
        """What a dream, or the dream of an id, made of its input store.

        Per memory `kept`, `merged`, `changed`, `dropped`, `added` or `moved`, with a line diff and the events that say
        why. The same as `mockdreams.review.review(client, dream_id)`, with no request. Raises LookupError for an
        unknown dream, and ControlError for one that has no output yet.
        """
        return Review.model_validate(self._of(dream, "GET", "review"))

    @control
    def adopt(self, dream: Any, only: Literal["all", "none"] | Iterable[str] = "all") -> Adoption:
        """Write what a dream changed onto its input store: all, none, or what is at some paths.

        What changed in the store since the dream read it is a conflict, told and not overwritten. Raises LookupError
        for an unknown dream, and ControlError for one that still runs, or a path that is about no change.
        """
        chosen = only if isinstance(only, str) and not only.startswith("/") else _paths(only)
        return Adoption.model_validate(self._of(dream, "POST", "adopt", {"only": chosen}))

    def _of(self, dream: Any, method: str, what: str, body: Any = None) -> Any:
        dream_id = dream if isinstance(dream, str) else dream.id
        try:
            return self._backend.ask(method, f"dreams/{quote(dream_id, safe='')}/{what}", body)
        except ControlError as refused:
            if refused.status == 404:
                raise LookupError(str(refused)) from None
            raise

    @control
    def cost(self, dream: Any) -> Decimal | None:
        """US dollars for what a dream, or the dream of an id, has used so far, at list price (`policy.list_prices`).

        None for a model that has no list price. Raises LookupError for an unknown dream.
        """
        told = self._of(dream, "GET", "cost")["usd"]
        return None if told is None else Decimal(told)

    def clear(self) -> None:
        """Forget the scripts that no dream has taken."""
        super().clear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The scripts that are waiting."""
        return super().__iter__()


class SessionScripts(Queue):
    """What becomes of the next turns of sessions: `mock.sessions`."""

    _path = "sessions/scripts"
    _what, _several = "session script", "session scripts"

    @control
    def script(
        self,
        turns: Iterable[Any] = (),
        *,
        session_id: str | None = None,
        match: Mapping[str, str] | None = None,
        verdicts: Iterable[str | Mapping[str, str]] | None = None,
        times: int = 1,
    ) -> Prepared:
        """Tell a session what to do in its next turns: `session_id`, or the next that begins a turn.

        A turn is a list of acts, or a single one. An act is a text to say, or a dict with one of `say`, `think`,
        `tool`, `mcp_tool`, `custom_tool`, `output`, `error`, `slow`, `spend`, `refuse`, `terminate`, `delegate`,
        `idle`, `repeat_turn`.
        Further: `verdicts` of the grader, `match` (a dict of `session_id`, `agent_id`, `memory_store_id`, and
        `message`, a part of it), `times` (1). Raises ControlError, a ValueError, for anything else. The answer says
        whether and how many sessions took it: `.used`, `.hits`.
        """
        chosen = plain(match) or {}
        if session_id is not None and isinstance(chosen, dict):
            chosen["session_id"] = session_id
        fields = {"turns": listed("turns", turns), "match": chosen} | given_fields(
            verdicts=listed("verdicts", verdicts)
        )
        return self._prepare(fields | changed_fields(times=(times, 1)))

    def clear(self) -> None:
        """Forget the scripts that no session has taken."""
        super().clear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The scripts that are waiting."""
        return super().__iter__()


class VaultScripts(Queue):
    """What the next validations of vault credentials find: `mock.vaults`."""

    _path = "vaults/scripts"
    _what, _several = "vault script", "vault scripts"

    @control
    def script(self, outcome: Outcome, *, match: Mapping[str, str] | None = None, times: int | None = 1) -> Prepared:
        """Tell the next validation (`mcp_oauth_validate`) what the other side says.

        `outcome`: "valid"; "expired" (the MCP server refuses the access token, and a refresh gets another one);
        "refused" (the token endpoint refuses, too: somebody has to authorize again); "unreachable" (nobody answers).
        A credential without a refresh token is invalid where it would be refreshed. For which: `match` (a dict of
        `credential_id`, `vault_id`, `mcp_server_url`), `times` (1; None: for ever). Without a script a token is valid
        until its `expires_at`, by the world's clock. Raises ControlError, a ValueError, for anything else. The answer
        says whether and how many validations used it: `.used`, `.hits`.
        """
        fields: dict[str, Any] = {"outcome": outcome}
        fields |= given_fields(match=plain(match))
        return self._prepare(fields | changed_fields(times=(times, 1)))

    def clear(self) -> None:
        """Forget the scripts that no validation has used up."""
        super().clear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The scripts that are waiting."""
        return super().__iter__()


class LivePolicy(Policy):
    """The policy of a world as it is now: to assign to a field of it changes the world's."""

    _backend: Backend = PrivateAttr()

    @classmethod
    def of(cls, backend: Backend) -> "LivePolicy":
        policy = cls.model_validate(backend.get("policy"))
        policy._backend = backend
        return policy

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        if name not in Policy.model_fields:
            raise ControlError(unknown_field(name))
        try:
            super().__setattr__(name, value)
        except ValidationError as refused:
            raise ControlError(policy_error(refused)) from None
        self._backend.patch("policy", self.model_dump(mode="json", include={name}))


def make_policy(
    policy: Policy | Mapping[str, Any] | None, profile: str | None = None, below: Mapping[str, Any] = {}
) -> Policy:
    """A policy of its own, from one, or from the fields that differ from those of a profile. Raises ControlError.

    `below` are fields for where neither says anything.
    """
    if not isinstance(policy, Policy | Mapping | None):
        raise ControlError(f"a policy is a Policy or a dict of its fields, not {policy!r}")
    given = policy.model_dump(exclude_unset=True) if isinstance(policy, Policy) else dict(policy or {})
    fields = {**below, **given}
    try:
        return profiles.make_policy(fields if profile is None else {**fields, "profile": profile})
    except ValidationError as refused:
        raise ControlError(policy_error(refused)) from None
    except ValueError as refused:
        raise ControlError(str(refused)) from None


def selectors(chosen: Selectors) -> list[int | str] | None:
    """Events by index or type, as a list; None for none."""
    return [chosen] if isinstance(chosen, int | str) else plain(chosen) or None


def given_fields(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def changed_fields(**fields: tuple[Any, Any]) -> dict[str, Any]:
    """The fields whose value is not the default beside it."""
    return {name: value for name, (value, default) in fields.items() if value != default}


def _paths(only: Iterable[str]) -> list[str]:
    return [only] if isinstance(only, str) else list(only)


def plain(value: Any) -> Any:
    """A mapping as a dict, an iterable as a list; anything else as it is, for the server to take or refuse."""
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else value


def listed(name: str, items: Any) -> Any:
    """A list, for which a text is easily mistaken. Raises ControlError for one."""
    if isinstance(items, str):
        raise ControlError(f"{name} is a list, not a text: {name}=[{items!r}]")
    return plain(items)
