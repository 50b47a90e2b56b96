"""How long what Hypothesis makes up goes on: the same examples every day, and as many as the suite has time for."""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("MOCKDREAMS_TEST_EXAMPLES", "0"))
"""So many of each instead, at random."""


def depth(examples: int) -> settings:
    return settings(
        max_examples=EXAMPLES or examples, derandomize=not EXAMPLES, deadline=None, report_multiple_bugs=False
    )
