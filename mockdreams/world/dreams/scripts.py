"""Scripts: what the next dreams do instead of what they would."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from mockdreams.dreaming.plan import Delete, Dreamer, DreamInputs, Plan, Say, Step, Tokens, Write
from mockdreams.suggestions import did_you_mean
from mockdreams.wire.base import RESTORED, Params
from mockdreams.wire.dreams import Dream
from mockdreams.wire.errors import ServiceError, invalid
from mockdreams.world.core.uses import Uses
from mockdreams.world.memory.paths import check_path

DREAM_ERRORS: dict[str, str] = {
    "timeout": "its runtime budget was used up",
    "internal_error": "the service failed",
    "memory_store_org_limit_exceeded": "the organization had no room for the output store",
    "input_memory_store_too_large": "the input store was too large",
    "input_memory_store_unavailable": "the input store was archived or deleted meanwhile",
    "input_session_unavailable": "an input session was deleted meanwhile",
}
"""What the service says that a dream can fail with, each with its reason."""


class UnknownError(Params):
    """An `error.type` that the service may come to use, though it is much like a known one."""

    unknown: str = Field(min_length=1)


def _error_type(given: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """The `error.type` that is meant. Raises ValueError for one that is likely a known one, misspelt."""
    if isinstance(given, dict):
        return check(UnknownError.model_validate(given).unknown)
    near = did_you_mean(given, DREAM_ERRORS) if isinstance(given, str) and given not in DREAM_ERRORS else ""
    if near and info.context != RESTORED:
        raise ValueError(f"no dream is known to fail with {given!r}{near}")
    return check(given)


class DreamMatch(Params):
    """Which dreams a script is for; what is left out matches every dream."""

    memory_store_id: str | None = None
    """Its input store."""
    model: str | None = None
    """The id of its model."""
    instructions: str | None = None
    """A part of the dream's instructions."""

    def matches(self, dream: Dream) -> bool:
        return (
            self.memory_store_id in (None, dream.input_store_id)
            and self.model in (None, dream.model.id)
            and (self.instructions is None or self.instructions in (dream.instructions or ""))
        )


class ScriptedUsage(Params):
    """The tokens that a dream will have reported at its end; what is left out is 0."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cache_read_input_tokens: int = Field(default=0, ge=0)
    cache_creation_input_tokens: int = Field(default=0, ge=0)

    def tokens(self) -> Tokens:
        return Tokens(
            self.input_tokens, self.output_tokens, self.cache_read_input_tokens, self.cache_creation_input_tokens
        )


class DreamScript(Params):
    """What becomes of the next `times` dreams that `match`.

    A dream that is told to `write`, `delete` or `say` something does that and nothing else; otherwise it thinks for
    itself. It completes, unless it is told to `fail` or to `hang`.
    """

    match: DreamMatch = Field(default_factory=DreamMatch)
    """Which dreams."""
    times: int = Field(default=1, ge=1)
    """How many of them."""
    duration: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Virtual seconds from creation to the end."""
    write: dict[str, str] = {}
    """Memories of the output store to create or overwrite: contents by path."""
    delete: list[str] = []
    """Memories of the output store to delete, by path."""
    say: list[str] = []
    """What to say in the dream's session."""
    usage: ScriptedUsage | None = None
    """The tokens to have spent at the end."""
    fail: Annotated[str | None, WrapValidator(_error_type, json_schema_input_type=str | UnknownError | None)] = Field(
        default=None, min_length=1
    )
    """The `error.type` to fail with; any text, because the service may add some; if it is much like a known one, as
    `{"unknown": …}`."""
    message: str | None = None
    """Beside `fail`: the message of the error."""
    at: float = Field(default=1, ge=0, le=1)
    """Beside `fail`: when in its run. 0: before the output store exists. 1: after its last write."""
    hang: Literal["pending", "running"] | None = None
    """Stay so until the runtime budget is used up, and the dream fails with `timeout`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.fail is not None and self.hang is not None:
            raise ValueError("a dream cannot both fail and hang")
        if self.fail is None and self.model_fields_set & {"message", "at"}:
            raise ValueError("message and at go with fail")
        for path in (*self.write, *self.delete):
            try:
                check_path(path)
            except ServiceError as refused:
                raise ValueError(f"{path!r}: {refused.message}") from None
        return self

    @property
    def acts(self) -> bool:
        return bool(self.write or self.delete or self.say)

    def steps(self) -> Iterator[Step]:
        """What it is told to do: say, then write, then delete."""
        yield from (Say(words, Tokens(output=len(words) // 4)) for words in self.say)
        yield from (Write(path, content, Tokens(output=len(content) // 4)) for path, content in self.write.items())
        yield from (Delete(path, Tokens(output=10)) for path in self.delete)


class DreamScriptQueue:
    """The scripts of a world, in the order in which they were given; the first that matches is used, and used up."""

    def __init__(self) -> None:
        self._waiting: list[tuple[DreamScript, Dreamer | None, int]] = []
        self._taken = Uses()
        self._taken_by: dict[str, DreamScript] = {}

    def add(self, script: DreamScript, dreamer: Dreamer | None = None) -> Callable[[], int]:
        """Let a script wait; the answer tells how many dreams have taken it."""
        if dreamer is not None and script.acts:
            raise invalid("a script has either a dreamer or write, delete and say")
        self._waiting.append((script, dreamer, script.times))
        return self._taken.of(script)

    def pop_match(self, dream: Dream) -> tuple[DreamScript, Dreamer | None] | None:
        """The script for a new dream."""
        for index, (script, dreamer, left) in enumerate(self._waiting):
            if script.match.matches(dream):
                rest = [(script, dreamer, left - 1)] if left > 1 else []
                self._waiting[index : index + 1] = rest
                self._taken.note(script)
                self._taken_by[dream.id] = script
                return script, dreamer
        return None

    def taken_by(self, dream_id: str) -> DreamScript | None:
        """The script that a dream has taken."""
        return self._taken_by.get(dream_id)

    @property
    def items(self) -> list[DreamScript]:
        """What waits."""
        return [entry[0] for entry in self._waiting]

    def uses_of(self, index: int) -> Callable[[], int]:
        """A function that tells how often one of `items` has been taken from now on."""
        return self._taken.of(self._waiting[index][0])

    def clear(self) -> None:
        self._waiting.clear()

    def unused(self) -> list[DreamScript]:
        """The scripts that no dream has taken."""
        return [script for script, _, left in self._waiting if left == script.times]

    def state(self) -> list[dict[str, Any]]:
        """The scripts that are waiting, with the times that each is left."""
        return [
            {**script.model_dump(mode="json", exclude_unset=True), "times": left} for script, _, left in self._waiting
        ]


def make_plan(inputs: DreamInputs, script: DreamScript | None, dreamer: Dreamer) -> Plan:
    """The steps of a dream: a pure function of what it reads and what it was told."""
    plan = tuple(script.steps()) if script is not None and script.acts else tuple(dreamer(inputs))
    return plan if script is None or script.usage is None else _spend(plan or (Say("Done."),), script.usage.tokens())


def _spend(plan: Plan, total: Tokens) -> Plan:
    """The same steps, spending `total` evenly between them."""
    shares = [
        Tokens(*(count * (index + 1) // len(plan) - count * index // len(plan) for count in total))
        for index in range(len(plan))
    ]
    return tuple(replace(step, tokens=share) for step, share in zip(plan, shares, strict=True))
