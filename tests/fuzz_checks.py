"""What Schemathesis checks beside its own; it loads this module itself, see schemathesis.toml."""

import re
from typing import Any

import schemathesis

RULES = re.compile(
    r"""
    is\ not\ a\ valid\ cursor\ for\ this\ list
    # What has ended, is archived, or is at work
    | is\ archived\.?$ | ^[Cc]annot\ modify\ archived | ^cannot\ send\ events\ to\ terminated\ session
    | cannot\ (be\ archived|become)\ .*its\ status\ is | ^Cannot\ delete\ session\ while
    | belongs\ to\ dream | is\ the\ (output|current\ content)\ of
    # What must agree with something else
    | ^output_behavior\.memory_store_id:\ must\ be\ the\ memory\ store | must\ be\ the\ same\ as\ name$
    | ^Cannot\ change\ environment\ type | ^config\.networking\.allow_package_managers
    | ^Agent\ has\ invalid\ configuration | at\ most\ one\ \{"type" | duplicate\ memory_store_id
    | at\ least\ one\ source\ must\ not\ be\ none
    # What exists in the types and is refused all the same
    | ^model\.speed:\ dreams\ accept\ only | ^scope:\ 'account'\ is\ not\ supported
    # What no pattern says: bytes, Unicode, and that 3.0, an integer to a schema, is none to the service's parser
    | :\ expected\ an\ integer$
    | ^content\ must\ be\ at\ most | ^path\ must\ (not\ contain|be\ in|be\ at\ most)
    """,
    re.VERBOSE,
)
"""The refusals of requests that fit the schema: what depends on the state of the world, and what no schema can say."""


@schemathesis.check
def valid_data_is_taken(ctx: Any, response: Any, case: Any) -> None:
    """A request that fits the schema is refused only for something that is absent, in use, or in `RULES`."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    message = response.json()["error"]["message"]
    if not RULES.search(message):
        raise AssertionError(f"a request that fits the schema was refused: {message}")
