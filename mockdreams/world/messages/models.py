"""Models: which there are, and what is said of them."""

from typing import Any, get_args

from mockdreams.wire.errors import invalid, not_found
from mockdreams.wire.models import Lifecycle, ModelInfo, ModelLine
from mockdreams.world.core.context import Context
from mockdreams.world.core.policy import undated

SMALL = {"claude-haiku-4-5": {"max_input_tokens": 200_000, "max_tokens": 64_000}}
"""Models with other sizes than the rest."""


class Models:
    """The models of a world's policy, all of them active."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def retrieve(self, model: str) -> ModelInfo:
        """A model by its id, with or without a date. Raises ServiceError (404)."""
        known = self._context.policy.models
        id = model if model in known else undated(model)
        if id not in known:
            raise not_found(f"model: {model}", rule="model-absent-404")
        return _info(id)

    def page(
        self, *, limit: int, after_id: str | None, before_id: str | None, lifecycle: frozenset[str]
    ) -> tuple[list[ModelInfo], bool]:
        """Newest first, beyond `after_id` or up to `before_id`; and whether there are more."""
        known = list(self._context.policy.models) if not lifecycle or "active" in lifecycle else []
        for name, id in (("after_id", after_id), ("before_id", before_id)):
            if id is not None and id not in self._context.policy.models:
                raise invalid(f"{name}: no model has the id {id[:80]}", rule="model-list-cursor-400")
        if after_id in known:
            known = known[known.index(after_id) + 1 :]
        if before_id in known:
            known = known[: known.index(before_id)]
            return [_info(id) for id in known[-limit:]], len(known) > limit
        return [_info(id) for id in known[:limit]], len(known) > limit


LIFECYCLES = frozenset(get_args(Lifecycle))


def _info(id: str) -> ModelInfo:
    """What an id says: `claude-haiku-4-5` is Claude Haiku 4.5."""
    words = [word for word in undated(id).split("-") if word]
    version = ".".join(word for word in words if word.isdigit())
    name = " ".join([*(word.capitalize() for word in words if not word.isdigit()), version]).strip()
    line: Any = next((word for word in words if word in get_args(ModelLine)), None)
    return ModelInfo(id=id, display_name=name or id, line=line, **SMALL.get(id, {}))
