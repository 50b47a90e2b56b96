"""Decisions turned into edits of pages, and pages into text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mockdreams.dreaming.decisions import Decision, Kind, quote
from mockdreams.dreaming.markdown import Block, introduced
from mockdreams.dreaming.merging import Claim
from mockdreams.dreaming.parsing import Fact, ParsedMemory


@dataclass(frozen=True, slots=True)
class Dropped:
    """A fact or a piece of one that is left out, and what in the instructions asked for it."""

    fact: Fact
    text: str
    reason: str

    @property
    def is_gone(self) -> bool:
        return self.text not in (self.fact.memory.edits.get(self.fact.index, self.fact.text) or "")


@dataclass(frozen=True, slots=True)
class Corrected:
    """A line of a page of which a user has corrected a value, before and after, and the evidence for that."""

    path: str
    old: str
    new: str
    why: str


def size(text: str) -> int:
    """How many bytes a text takes in a memory."""
    return len(text.encode(errors="surrogatepass"))


def apply_all(claims: Iterable[Claim], limit: int) -> None:
    """Edit the memories so that every claim stands once, as far as nothing is left without what it leans on."""
    again = [claim for claim in claims if _apply(claim, limit)]
    left = len(again) + 1
    while len(again) < left:
        left = len(again)
        again = [claim for claim in again if _apply(claim, limit)]


def _apply(claim: Claim, limit: int) -> bool:
    """Edit the memories so that a claim stands once: where it is written, or in place of what a user has corrected.

    Return whether a fact of it had to stay for the sake of the sentences that follow.
    """
    if len(claim.facts) == 1 and not claim.stale:
        return False
    if all(fact.is_gone for fact in claim.facts or claim.stale):
        return False
    home = home_of(claim)
    text = home.text if claim.facts else " ".join(claim.text.split())
    growth = size(text) - size(home.text)
    if growth > 0 and size(home.memory.content) + home.memory.growth + growth > limit:
        return False
    home.memory.growth += max(growth, 0)
    stays = False
    for fact in (*claim.facts, *claim.stale):
        if fact is home or fact.is_gone:
            continue
        followers = _followers(fact)
        if followers and (fact in claim.stale or [*map(_tokens, followers)] != [*map(_tokens, _followers(home))]):
            stays = True
            continue
        for gone in (fact, *followers):
            gone.memory.edits[gone.index] = None
    if not claim.facts:
        home.memory.edits[home.index] = text
    return stays


def _followers(fact: Fact) -> list[Fact]:
    return [follower for follower in fact.followers if not follower.is_gone]


def _tokens(fact: Fact) -> tuple[str, ...]:
    return fact.said.tokens or (fact.text,)


def home_of(claim: Claim) -> Fact:
    """The fact in whose place a claim stays: where others lean on it, on a page about its subject, the oldest such."""
    return min(claim.facts or claim.stale, key=lambda fact: _rank(claim, fact))


def _rank(claim: Claim, fact: Fact) -> tuple[bool, bool, bool, int, bool, float, str, int]:
    shared = len(fact.about.intersection(claim.said.content))
    memory = fact.memory
    gone, leaned_on = fact.is_gone, not all(follower.is_gone for follower in fact.followers)
    unsorted, untitled = memory.unsorted, memory.unsorted and not memory.headings
    return (gone, not leaned_on, unsorted, -shared, untitled, memory.written_at.timestamp(), memory.path, fact.index)


def keep_containers(memory: ParsedMemory) -> None:
    """Withdraw the removal of what still holds something; remove headings and labels that hold nothing any more."""
    if not memory.edits:
        return
    for index in range(len(memory.blocks) - 1, -1, -1):
        block = memory.blocks[index]
        if memory.edits.get(index, "") is None and _is_used(memory, block.text):
            del memory.edits[index]
        held = [*islice(_held(memory.blocks, index), 1)]
        kept = any(memory.edits.get(at, "") is not None for at in _held(memory.blocks, index))
        if kept and memory.edits.get(index, "") is None:
            del memory.edits[index]
        elif held and not kept and (block.kind not in ("parent", "front") or block.text.endswith(":")):
            memory.edits.setdefault(index, None)


def _held(blocks: Sequence[Block], index: int) -> Iterator[int]:
    """Where what stands that a heading, an item or a label holds."""
    if blocks[index].kind not in ("heading", "parent", "front"):
        yield from introduced(blocks, index)
        return
    for at in range(index + 1, len(blocks)):
        if blocks[at].level <= blocks[index].level:
            return
        if blocks[at].kind != "gap":
            yield at


def _is_used(memory: ParsedMemory, text: str) -> bool:
    """Whether a text defines a link that is still used."""
    name, colon, _ = text.partition("]:")
    if not colon or name[:1] != "[":
        return False
    return any(f"{name}]".casefold() in left.casefold() for left in texts_left(memory))


def texts_left(memory: ParsedMemory) -> Iterator[str]:
    """What a page says after its edits, block by block."""
    for index, block in enumerate(memory.blocks):
        text = memory.edits.get(index, block.text)
        if text is not None:
            yield text


def text_of(memory: ParsedMemory) -> str:
    """A page after its edits; "" when they leave nothing but headings."""
    if not memory.edits:
        return memory.content
    kept: list[str] = []
    substance = removed = False
    for index, block in enumerate(memory.blocks):
        new = memory.edits.get(index, block.text)
        if new is None:
            removed = True
            if block.raw.endswith(("\n", "\r")) and kept and not kept[-1].endswith(("\n", "\r")):
                kept[-1] = kept[-1].rstrip() + "\n"
            continue
        if removed and not block.raw.strip() and not (kept and kept[-1].strip()):
            continue
        removed = removed and not block.raw.strip()
        substance = substance or block.kind not in ("heading", "gap")
        kept.append(block.raw if new is block.text else block.raw.replace(block.text, new, 1))
    while removed and kept and not kept[-1].strip():
        kept.pop()
    return "".join(kept) if substance else ""


def decisions(
    claims: Iterable[Claim],
    dropped: Iterable[Dropped],
    copied: Iterable[tuple[ParsedMemory, ParsedMemory]],
    corrected: Iterable[Corrected] = (),
) -> dict[str, list[Decision]]:
    """What was done, by the path it is told under."""
    details: dict[tuple[str, Kind], list[str]] = defaultdict(list)
    for drop in dropped:
        if drop.is_gone:
            details[drop.fact.memory.path, "Dropped"].append(f"{quote(drop.text)} ({drop.reason})")
    for original, copy in copied:
        details[original.path, "Merged"].append(f"all of it (also in `{copy.path}`)")
    for claim in claims:
        if len(claim.facts) > 1 or claim.stale:
            _tell(claim, home_of(claim), details)
    for line in corrected:
        details[line.path, "Replaced"].append(f"{quote(line.old)} with {quote(line.new)} ({line.why})")
    told: dict[str, list[Decision]] = defaultdict(list)
    for (path, kind), lines in sorted(details.items()):
        told[path].append(Decision(kind, path, tuple(lines)))
    return told


def _tell(claim: Claim, home: Fact, details: dict[tuple[str, Kind], list[str]]) -> None:
    path = home.memory.path
    now = quote(home.memory.edits.get(home.index) or home.text)
    for fact in claim.stale:
        if fact.index in fact.memory.edits and (fact is home or fact.is_gone):
            where = "" if fact.memory is home.memory or path in claim.why else f"; now in `{path}`"
            line = f"{quote(fact.text)} with {now} ({claim.why}{where})"
            details[fact.memory.path, "Replaced"].append(line)
    others = [fact.memory.path for fact in claim.facts if fact is not home and fact.is_gone]
    if others:
        also = ", ".join(f"`{other}`" for other in others)
        details[path, "Merged"].append(f"{now} (also in {also})")
