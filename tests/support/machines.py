"""How long what Hypothesis makes up goes on: the same examples every day, and as many as the suite has time for."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers

EXAMPLES = int(os.environ.get("MOCKDREAMS_TEST_EXAMPLES", "0"))
"""So many of each instead, at random."""
if not EXAMPLES:
    # Constants of the modules that happen to be loaded make other examples in each process, and take a second to find.
    providers._get_local_constants = lambda: providers._local_constants


def depth(examples: int, *, costs: int = 1) -> settings:
    """So many examples. Those that take `costs` times as long as others are fewer, and are told as they were found."""
    return settings(
        max_examples=-(-EXAMPLES // costs) or examples,
        derandomize=not EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],  # which is by the wall clock, and machines are busy
        report_multiple_bugs=False,
        phases=[phase for phase in Phase if costs == 1 or phase in (Phase.explicit, Phase.generate)],
    )
