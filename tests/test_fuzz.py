"""Schemathesis against the fake: no crash, no undocumented answer, nothing refused or accepted against the schema."""

from tests.fuzzing import fuzz


def test_nothing_is_found_by_fuzzing() -> None:
    run = fuzz(seed=1, examples=8)
    assert run.returncode == 0, run.stdout + run.stderr
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅  {phase}" in run.stdout, run.stdout
