"""How long the state machines and fuzzers go on."""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("MOCKDREAMS_TEST_EXAMPLES", "0"))


def depth(examples: int) -> settings:
    return settings(
        max_examples=EXAMPLES or examples, derandomize=not EXAMPLES, deadline=None, report_multiple_bugs=False
    )
