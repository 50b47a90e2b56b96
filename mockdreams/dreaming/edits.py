"""Decisions turned into edits of pages, and pages into text."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mockdreams.dreaming.conflicts import Claim
from mockdreams.dreaming.decisions import Decision, Kind, quote
from mockdreams.dreaming.facts import Fact, Page


@dataclass(frozen=True, slots=True)
class Dropped:
    """A fact left out, and what in the instructions asked for it."""

    fact: Fact
    reason: str


def size(text: str) -> int:
    """How many bytes a text takes in a memory."""
    return len(text.encode(errors="surrogatepass"))


def apply(claim: Claim, most: int | None) -> None:
    """Edit the pages so that a claim stands once, in its words, where it fits best; a memory holds `most` bytes."""
    if len(claim.facts) == 1 and not claim.stale:
        return
    home = home_of(claim)
    if most is not None and not _fits(claim, home, most):
        return
    for fact in (*claim.facts, *claim.stale):
        if fact is not home:
            fact.page.edits[fact.index] = None
    if home in claim.stale or len(home.reading.content) < len(claim.reading.content):
        home.page.edits[home.index] = " ".join(claim.text.split())


def _fits(claim: Claim, home: Fact, most: int) -> bool:
    """Whether the claim's words fit on the page of its home."""
    growth = size(claim.text) - size(home.text)
    if growth <= 0:
        return True
    home.page.growth += growth
    return size(home.page.content) + home.page.growth <= most


def home_of(claim: Claim) -> Fact:
    """The fact in whose place a claim stays: on a sorted page about its subject, the oldest such."""
    return min((*claim.facts, *claim.stale), key=lambda fact: _rank(claim, fact))


def _rank(claim: Claim, fact: Fact) -> tuple[bool, bool, int, float, str, int]:
    shared = len(fact.about.intersection(claim.reading.content))
    childless = fact.page.pieces[fact.index].kind != "parent"
    return (childless, fact.page.unsorted, -shared, fact.page.written_at.timestamp(), fact.page.path, fact.index)


def keep_containers(page: Page) -> None:
    """Withdraw the removal of what still holds something; remove headings whose section has become empty."""
    if not page.edits:
        return
    for index in range(len(page.pieces) - 1, -1, -1):
        piece = page.pieces[index]
        if piece.kind not in ("heading", "parent", "front"):
            continue
        alive, lost = _contents(page, index)
        if alive and page.edits.get(index, "") is None:
            del page.edits[index]
        elif lost and not alive and (piece.kind == "heading" or piece.text.endswith(":")):
            page.edits.setdefault(index, None)


def _contents(page: Page, index: int) -> tuple[bool, bool]:
    alive = lost = False
    for inner in range(index + 1, len(page.pieces)):
        piece = page.pieces[inner]
        if piece.level <= page.pieces[index].level:
            break
        if piece.kind != "gap":
            gone = page.edits.get(inner, "") is None
            alive, lost = alive or not gone, lost or gone
    return alive, lost


def text_of(page: Page) -> str:
    """A page after its edits; "" when they leave nothing but headings."""
    if not page.edits:
        return page.content
    kept: list[str] = []
    substance = removed = False
    for index, piece in enumerate(page.pieces):
        new = page.edits.get(index, piece.text)
        if new is None:
            removed = True
            if piece.raw.endswith(("\n", "\r")) and kept and not kept[-1].endswith(("\n", "\r")):
                kept[-1] = kept[-1].rstrip() + "\n"
            continue
        if removed and not piece.raw.strip() and not (kept and kept[-1].strip()):
            continue
        removed = removed and not piece.raw.strip()
        substance = substance or piece.kind not in ("heading", "gap")
        kept.append(piece.raw if new is piece.text else piece.raw.replace(piece.text, new, 1))
    while removed and kept and not kept[-1].strip():
        kept.pop()
    return "".join(kept) if substance else ""


def decisions(claims: Iterable[Claim], dropped: Iterable[Dropped]) -> dict[str, list[Decision]]:
    """What was done, by the path it is told under."""
    details: dict[tuple[str, Kind], list[str]] = defaultdict(list)
    for drop in dropped:
        if _gone(drop.fact):
            details[drop.fact.page.path, "Dropped"].append(f"{quote(drop.fact.text)} ({drop.reason})")
    for claim in claims:
        if len(claim.facts) > 1 or claim.stale:
            _tell(claim, home_of(claim), details)
    told: dict[str, list[Decision]] = defaultdict(list)
    for (path, kind), lines in sorted(details.items()):
        told[path].append(Decision(kind, path, tuple(lines)))
    return told


def _gone(fact: Fact) -> bool:
    return fact.page.edits.get(fact.index, "") is None


def _tell(claim: Claim, home: Fact, details: dict[tuple[str, Kind], list[str]]) -> None:
    path = home.page.path
    now = quote(home.page.edits.get(home.index) or home.text)
    for fact in claim.stale:
        if fact.index in fact.page.edits and (fact is home or _gone(fact)):
            where = "" if fact.page is home.page or path in claim.why else f"; now in `{path}`"
            line = f"{quote(fact.text)} with {now} ({claim.why}{where})"
            details[fact.page.path, "Replaced"].append(line)
    others = [fact.page.path for fact in claim.facts if fact is not home and _gone(fact)]
    if others:
        also = ", ".join(f"`{other}`" for other in others)
        details[path, "Merged"].append(f"{now} (also in {also})")
