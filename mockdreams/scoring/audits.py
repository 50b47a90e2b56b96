"""An audit: what became of each sentence of a store, without labels.

A sentence is *kept* if it stands where it stood, *elsewhere* if it stands word for word in another place, *reworded* if
another sentence has all its hard tokens and most of its words, else *gone*. Where another sentence has all hard tokens,
but so few of the words that it may say something else, that is listed as *unsure*, with that sentence; a *judge*
decides, if there is one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from mockdreams.dreaming.markdown import blocks, sentences
from mockdreams.scoring.scores import Miss, Score
from mockdreams.scoring.sentences import Index, Judge, Sentence, Store, hard_tokens, sentences_of, verdict

_TAGS = ("details", "table", "summary", "div")
_DEFINED = re.compile(r"^\[([^\]\n]+)\]:", re.MULTILINE)
_REFERRED = re.compile(r"\]\[([^\]\n]+)\]")

# A sentence with so many words of content besides a value says what the value belongs to.
SELF_STANDING = 4


def audit(before: Store, after: Store, said: Iterable[str] = (), judge: Judge | None = None) -> Score:
    """What became of each sentence of a store, without labels. `said` are the texts of the sessions."""
    old, new = sentences_of(before), sentences_of(after)
    places = Counter((sentence.path, sentence.text) for sentence in new)
    texts = Counter(sentence.text for sentence in new)
    bags = Counter(sentence.said.key for sentence in new)
    index, misses, became = Index(new), [], Counter[str]()
    for sentence in old:
        if places[sentence.path, sentence.text]:
            became["kept"] += 1
        elif texts[sentence.text]:
            became["elsewhere"] += 1
        elif bags[sentence.said.key]:
            became["reworded"] += 1
        else:
            share, other = index.most_like(sentence)
            found = verdict(sentence.text, share, other, judge)
            became["gone" if found == "gone" else "reworded"] += 1
            if found != "said":
                likely = other.text if other and found == "unsure" else ""
                misses.append(Miss(found, sentence.text, sentence.path, likely))
    known = {token for content in after.values() for token in hard_tokens(content)}
    once = Counter(token for content in before.values() for token in hard_tokens(content))
    for path, content in before.items():
        lost = [token for token in dict.fromkeys(hard_tokens(content)) if once[token] == 1 and token not in known]
        misses.extend(Miss("tokens_gone", token, path) for token in lost)
    misses += _misattributed(old, new, once)
    misses += _invented(before, new, said)
    misses += [
        Miss("markup", fault, path)
        for path, content in after.items()
        for fault in _faults(content, before.get(path, ""))
    ]
    misses += [
        Miss("torn", text, path) for path, content in before.items() for text in _torn(content, after.get(path, ""))
    ]
    counts = Counter(miss.kind for miss in misses)
    total = max(1, len(old))
    figures: dict[str, float] = {name: round(became[name] / total, 4) for name in ("kept", "elsewhere", "reworded")}
    figures |= {
        name: float(counts[name])
        for name in ("gone", "unsure", "tokens_gone", "misattributed", "invented", "markup", "torn")
    }
    figures["size"] = round(sum(map(len, after.values())) / max(1, sum(map(len, before.values()))), 4)
    return Score(figures, tuple(misses))


def _misattributed(old: Iterable[Sentence], new: Iterable[Sentence], once: Mapping[str, int]) -> Iterator[Miss]:
    """Values in short sentences that now stand under headings which share nothing with those they stood under."""
    places: dict[str, list[Sentence]] = defaultdict(list)
    for sentence in new:
        for token in {*hard_tokens(sentence.text)}:
            places[token].append(sentence)
    for sentence in old:
        for token in dict.fromkeys(hard_tokens(sentence.text)):
            if once[token] != 1 or len(sentence.words) > SELF_STANDING or not (places[token] and sentence.owner):
                continue
            if all(sentence.owner.isdisjoint(other.owner | other.words) for other in places[token]):
                other = places[token][0]
                yield Miss("misattributed", sentence.text, sentence.path, f"{other.path}: {other.text}")


def _invented(before: Store, new: Iterable[Sentence], said: Iterable[str]) -> list[Miss]:
    source = {word for text in (*before.values(), *said) for word in re.findall(r"\w+", text.casefold())}
    source |= {"in", "of", "session", "sessions", "insights", "from", "past"}
    support = re.compile(r" \(in \d+ of \d+ sessions?\)$")
    return [
        Miss("invented", sentence.text, sentence.path)
        for sentence in new
        if not source.issuperset(re.findall(r"\w+", support.sub("", sentence.text).casefold()))
    ]


def _faults(content: str, before: str) -> list[str]:
    """What is broken in a memory that was not broken before: fences, tags, links, labels with nothing under them."""
    return [fault for fault in _broken(content) if fault not in _broken(before)]


def _torn(before: str, after: str) -> Iterator[str]:
    """The sentences that were cut out of running text of which the rest still stands, with nothing in their place."""
    for paragraph in _paragraphs(before):
        kept = [text in after for text in paragraph]
        for at, text in enumerate(paragraph):
            if kept[at] or not any(kept):
                continue
            ahead = [other for other, stays in zip(paragraph[:at], kept[:at], strict=True) if stays]
            behind = [other for other, stays in zip(paragraph[at:], kept[at:], strict=True) if stays]
            start = after.index(ahead[-1]) + len(ahead[-1]) if ahead else None
            end = after.index(behind[0]) if behind else None
            if _nothing_between(after, start, end):
                yield text


def _nothing_between(text: str, start: int | None, end: int | None) -> bool:
    """Whether only space stands between two places of a paragraph, or between one of them and its edge."""
    if start is not None and end is not None:
        return not text[start:end].strip()
    if end is not None:
        return text[:end].rstrip(" \t")[-1:] in ("", "\n")
    return start is not None and text[start:].lstrip(" \t")[:1] in ("", "\n")


def _paragraphs(content: str) -> Iterator[list[str]]:
    """The sentences of each paragraph that is running text, and no list with a line for each."""
    for is_text, run in groupby(blocks(content), key=lambda block: block.kind == "sentence"):
        cut = list(sentences("".join(block.raw for block in run))) if is_text else []
        if not all(text.endswith("\n") for text in cut[:-1]):
            yield [text.strip() for text in cut]


def _is_rule(line: str) -> bool:
    """Whether a line of a table is the one below its head."""
    return "-" in line and not line.strip(" \t|:-")


def _broken(content: str) -> list[str]:
    faults = []
    lines = content.splitlines()
    if sum(line.lstrip().startswith(("```", "~~~")) for line in lines) % 2:
        faults.append("a fence is not closed")
    tags = [tag for tag in _TAGS if content.count(f"<{tag}") != content.count(f"</{tag}>")]
    faults += [f"<{tag}> is not closed" for tag in tags]
    if lines[:1] == ["---"] and "---" not in (line.rstrip() for line in lines[1:]):
        faults.append("the front matter is not closed")
    cut = blocks(content)
    tables = [block.text.splitlines() for block in cut if block.kind == "block" and block.text.startswith("|")]
    faults += [
        f"the table {table[0]!r} has lost its rule" for table in tables if len(table) > 1 and not _is_rule(table[1])
    ]
    inner = [block for block in cut if block.kind != "gap"]
    faults += [
        f"nothing stands under {block.text!r}"
        for block, following in zip(inner, [*inner[1:], None], strict=True)
        if block.kind == "heading" and (following is None or following.level <= block.level)
    ]
    missing = set(_REFERRED.findall(content)) - set(_DEFINED.findall(content))
    faults += [f"the link [{name}] has no definition" for name in sorted(missing)]
    filled = [line for line in lines if line.strip()]
    if filled and filled[-1].rstrip("*_ ").endswith(":"):
        faults.append(f"nothing follows {filled[-1].strip()!r}")
    return faults
