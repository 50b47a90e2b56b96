"""The figures of docs/generate.md: how well our own dream does with ten generated worlds. `--write` puts them there."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from mockdreams.dreaming.consolidate import consolidate
from mockdreams.dreaming.plan import Delete, DreamInputs, Note, Transcript, Utterance, Write
from mockdreams.generating import generate
from tests.support.scoring import Share, score

PAGE = Path(__file__).parents[1] / "docs" / "generate.md"
START, END = "<!-- figures of our own dream -->\n", "<!-- end of figures -->\n"
SESSIONS, MEMORIES, MESSINESS, SEEDS = 50, 200, (0.4, 1.0), range(1, 6)
KINDS = ("facts", "duplicates", "noise", "insights", "near_duplicates", "stale")


def main() -> None:
    shares = {messiness: _total(messiness) for messiness in MESSINESS}
    head = "".join(f" messiness {messiness:g} |" for messiness in MESSINESS)
    rows = [f"| {kind.replace('_', ' ')} |{''.join(_cell(shares[one][kind]) for one in MESSINESS)}\n" for kind in KINDS]
    table = "".join((f"| |{head}\n", f"|---|{'---|' * len(MESSINESS)}\n", *rows))
    sys.stdout.write(table)
    if "--write" in sys.argv[1:]:
        before, _, rest = PAGE.read_text("utf-8").partition(START)
        PAGE.write_text(f"{before}{START}\n{table}\n{END}{rest.partition(END)[2]}", "utf-8")


def _cell(share: Share) -> str:
    return f" {share.done} of {share.of} ({100 * float(share):.0f} %) |"


def _total(messiness: float) -> dict[str, Share]:
    total = dict.fromkeys(KINDS, Share())
    for seed in SEEDS:
        done = _dreamed(yaml.safe_load(generate(SESSIONS, MEMORIES, messiness, seed)))
        total = {kind: total[kind].plus(done[kind]) for kind in KINDS}
    return total


def _dreamed(world: dict[str, Any]) -> dict[str, Share]:
    memories = world["memory_stores"][0]["memories"]
    store = {memory["path"]: memory["content"] for memory in memories}
    notes = tuple(Note(memory["path"], memory["content"], memory["at"]) for memory in memories)
    sessions = tuple(Transcript(one["title"], one["at"], tuple(_said(one))) for one in world["sessions"])
    for step in consolidate(DreamInputs(notes, sessions, world["labels"]["instructions"])):
        if isinstance(step, Write):
            store[step.path] = step.content
        elif isinstance(step, Delete):
            del store[step.path]
    return score(world["labels"], store)


def _said(session: dict[str, Any]) -> Iterator[Utterance]:
    turns = [turn for entry in session["transcript"] for turn in entry.items()]
    for minute, (speaker, text) in enumerate(turns):
        yield Utterance(speaker, text, session["at"] + timedelta(minutes=minute))


if __name__ == "__main__":
    main()
