"""Changes told by what no longer is: "pnpm, not npm", "not to the old desk", "nicht mehr Slack, sondern Teams"."""

import re
from collections.abc import Iterable
from itertools import islice

from mockdreams.dreaming.changes import OPEN, ToldChange, is_settled, told_change, unconjugated
from mockdreams.dreaming.facts import CHANGE_WORDS
from mockdreams.dreaming.languages import CHOICE_KINDS, CLASS, CODE, NAME, NUMBER, ORDINAL, VALUE_KINDS, WORD, words_of
from mockdreams.dreaming.normalize import normalize, tokens_of
from mockdreams.dreaming.normalized import BE, DENIALS, NAMED, NOTHING, PREPOSITIONS, NormalizedText
from mockdreams.dreaming.openings import LASTING, NEWS, NOTS, Phrases, words_in
from mockdreams.dreaming.rewriting import span_of
from mockdreams.dreaming.stances import RENEWED, WAS, of_today, verb_of, was_habit

# "Send this to Ben, not Tom" is meant for once.
_AT_HAND = frozenset(("this", "that", "it"))
_NO_VALUES = frozenset("sure only yet bad really possible necessary needed all just so".split())
_LIGHT, _ENDING = tokens_of("light"), tokens_of("ending")
MAY_RENEW = DENIALS | _ENDING | RENEWED
"""With one of these a text may say that something is new, in what follows or as a whole."""
# Between what was and what is: "but", or a new clause.
_TURN = re.compile(r",? (?:but|sondern|ma|bensì|sino|mais|mas|maar)(?= )|[;,:](?= )")
_ENDED = frozenset(("PAST", "UNTIL"))
_MAY_DENY = DENIALS | _ENDED | WAS | CHANGE_WORDS
# With these is told for what alone something is over: "..., except in May", "..., if it rains".
_LIMITING = frozenset("COND UNLESS EXCEPT ONLY WHILE UNTIL".split())
_AND, _POINTING = frozenset(("and", "und")), words_of("pointing_back")
_SINCE = frozenset("of since from ab seit".split())
_BEGUN, _PERIODS = words_of("begun"), tokens_of("periods")
_FOLLOWING = words_of("following")
_PRONOUNS = frozenset("it they she he er sie BUT".split())
# What has to be so, is so: "the oven must ramp at 3 K, not 5 K".
_OPEN = OPEN - {"MUST"}
_DOING = words_of("doing") | words_of("pointing_back") | {"now", "jetzt", "nun"}
_AROUND = PREPOSITIONS | {"AS"}
_LONGEST = 4
_COUNTS = ((NUMBER,), (ORDINAL,))
_NAMES = frozenset((NAME, CODE, WORD))
_VALUES = VALUE_KINDS | CHOICE_KINDS
INSTEAD = Phrases("instead")
_CHANGES_TOLD = CHANGE_WORDS | {"correction", "korrektur", "starting", "today"}


def may_deny(said: NormalizedText) -> bool:
    """Whether a word of a text may say what is not or no longer so."""
    return not _MAY_DENY.isdisjoint(said.tokens)


def told_in(said: NormalizedText, text: str, language: str) -> ToldChange | None:
    """The change that a sentence tells in whatever way."""
    change = told_change(said, text, language)
    return change or (told_by_denial(text, language) if may_deny(said) or "INSTEAD" in said.tokens else None)


def told_by_denial(text: str, language: str) -> ToldChange | None:
    """The change in a sentence that says what is no longer so."""
    return two_clauses(text, language) or _denied_change(text, language)


def two_clauses(text: str, language: str) -> ToldChange | None:
    """The change in a sentence with a clause of what was, and one of what is: "not on Monday but on Friday"."""
    turn = _TURN.search(text)
    if turn is None:
        return None
    after = _without_remark(text[turn.end() :], language) if turn[0][-1:].isalpha() else text[turn.end() :]
    text = text[: turn.end()] + after
    was, now = of_today(_with_unit(text, turn, language)), normalize(after, language)
    if not was.tokens or not now.tokens or not _OPEN.isdisjoint({*was.tokens, *now.tokens}):
        return None
    now = of_today(now)
    denied = not DENIALS.isdisjoint(was.tokens) and "ONLY" not in was.tokens
    ended = was_habit(was.tokens) or (now.renews and not _ENDED.isdisjoint(was.tokens))
    if not denied and not ended:
        return _after_change(was, now, text[turn.end() :], language)
    is_now = now.tokens[0] in _PRONOUNS and not BE.isdisjoint(now.links[1:2])
    if not (now.renews or turn[0].strip(" ,;:.") or "NOLONGER" in was.tokens or is_now):
        return None
    if (size := _other_subject(was, text, turn)) and (becomes := _name_of(text[turn.end() :], language)):
        # "Ana no longer edits the list, Ben does".
        was = _as_it_was(was)
        return ToldChange(_subject(was.at(range(size, len(was.tokens)))), was.tokens[:size], becomes, language)
    was = _as_it_was(was)
    begins = next((at for at, token in enumerate(now.tokens) if token not in _PRONOUNS), 0)
    links, now = now.links, now.at(range(begins, len(now.tokens)))
    if begins and links[begins] not in BE and links[begins - 1] in BE:
        now.links = (links[begins - 1], *now.links[1:])
    start, size, new = _exchanged(was, now)
    unknown = {*map(unconjugated, now.content)} - {*map(unconjugated, (*was.content, *new, *_PRONOUNS))}
    if len(unknown) > bool(begins or now.persons or (language == "de" and turn[0].strip(" ,;:"))):
        # "Tests don't run on Jenkins any more, docs run on Buildkite".
        return None
    span = span_of(text[turn.end() :], new, language) if size else None
    if span is None:
        return None
    if not _VALUES.isdisjoint(was.kinds[start : start + size]) and _VALUES.isdisjoint(
        normalize(text[turn.end() :][span[0] : span[1]], language).kinds
    ):
        # "The fee is no longer 20 euros, it went up".
        return None
    becomes = text[turn.end() :][span[0] : span[1]].strip(" ,;.!")
    if 0 < start == verb_of(was) and _is_of_role(was, now, text, language):
        # "Ana is no longer the chair, it is Ben".
        return ToldChange(_subject(was.at(range(start, len(was.tokens)))), was.tokens[:start], becomes, language)
    subject = was.at([*range(start), *range(start + size, len(was.tokens))])
    return ToldChange(_subject(subject), was.tokens[start : start + size], becomes, language)


def _without_remark(text: str, language: str) -> str:
    """What is so instead, without what is only remarked on it: "sondern am Mittwoch, Ada wollte das so"."""
    value, _, remark = text.partition(", ")
    said, (first, *more) = normalize(remark, language), remark.split() or [""]
    limits = said.tokens[:1] == () or said.tokens[0] in PREPOSITIONS or not _LIMITING.isdisjoint(said.tokens)
    lists = not more or "OR" in said.tokens or not _VALUES.isdisjoint(said.kinds) or not _AND.isdisjoint(more)
    names = first[:1].isupper() or normalize(first, language).tokens == () or first.casefold() in _POINTING
    return text if limits or lists or not names else value


def _other_subject(was: NormalizedText, text: str, turn: re.Match[str]) -> int:
    """How long the name is with which a clause begins that somebody else takes the place of in the next one."""
    size = next((at for at in range(1, len(was.kinds)) if was.kinds[at] != NAME), 0)
    thing = was.tokens[-1] in DENIALS or was.kinds[-1] != NAME
    over = "NOLONGER" in was.tokens or was_habit(was.tokens)
    does = not verb_of(was) or any(token[-3:] == "ing" for token in was.tokens)
    return size if was.begins == NAMED and over and thing and does else 0


def _name_of(text: str, language: str) -> str:
    """The name in a clause that says who does instead: "Ben does", "das macht jetzt Timo"; "" if it says more."""
    names = [word for word in text.rstrip(".! ").split() if word.casefold() not in _DOING]
    said = normalize(" ".join(names), language)
    return " ".join(names) if names and said.begins == NAMED and all(map(str.istitle, names)) else ""


def _with_unit(text: str, turn: re.Match[str], language: str) -> NormalizedText:
    """What was, with what is said after both values only once: "not at 9 but at 10 o'clock"."""
    was, words = normalize(text[: turn.start()], language), text[turn.end() :].rstrip(".!").split()
    if was.kinds[-1:] in _COUNTS and " " not in was.tokens[-1]:
        at = next((at for at, word in enumerate(words) if normalize(word, language).kinds in _COUNTS), len(words))
        was = normalize(" ".join((text[: turn.start()], *words[at + 1 :])), language)
    return was


def _is_of_role(was: NormalizedText, now: NormalizedText, text: str, language: str) -> bool:
    """Whether somebody was what somebody else is now."""
    start = verb_of(was)
    named = bool(normalize(text.partition(" ")[0], language).tokens)
    return (
        named
        and NAME in now.kinds
        and all(
            kind == WORD or token == "OF" for token, kind in zip(was.tokens[start:], was.kinds[start:], strict=True)
        )
    )


def as_one(before: str, after: str, language: str) -> str | None:
    """Two sentences as one, if the second says what is so instead: "It is not at 9 any more. It is at 10."."""
    if after.partition(" ")[0].casefold() not in _FOLLOWING:
        return None
    joined = f"{before.rstrip('.! ')}; {after[:1].lower()}{after[1:]}"
    return joined if two_clauses(joined, language) else None


def _after_change(was: NormalizedText, now: NormalizedText, text: str, language: str) -> ToldChange | None:
    """The change in a sentence that says first that there is one: "the code has changed: it is 8822 now"."""
    at = next((at for at, token in enumerate(was.tokens) if token in CHANGE_WORDS), 0)
    if not now.tokens:
        return None
    pointing = now.tokens[0] in _PRONOUNS or now.links[0] in BE
    if not at or not now.renews or not pointing or at + 1 < len(was.tokens):
        return None
    last = max((at for at, token in enumerate(now.tokens) if token in PREPOSITIONS), default=verb_of(now) - 1)
    new = now.at(range(last + 1, len(now.tokens)))
    span = span_of(text, new.tokens, language) if 0 < len(new.tokens) <= _LONGEST and CLASS not in new.kinds else None
    if span is None:
        return None
    return ToldChange(_subject(was.at(range(at))), (), text[span[0] : span[1]].strip(" ,;.!"), language)


def after_end(text: str, language: str) -> NormalizedText | None:
    """What is so after what is over, or what else is told: "the shop has closed; the printer is Papermill"."""
    before, _, after = text.rpartition("; " if "; " in text else ", ")
    was, now = normalize(before, language), normalize(after, language)
    denied = not DENIALS.isdisjoint(was.tokens) and not {*was.content}.isdisjoint(now.content)
    return now.renewed() if was.tokens and (now.renews or denied or not _ENDING.isdisjoint(was.tokens)) else None


def ended(text: str, language: str) -> tuple[NormalizedText, str] | None:
    """What is said to be no longer so, and its words, whatever is said after it: "Ana no longer edits it, Ben does"."""
    turn = _TURN.search(text)
    was = normalize(text[: turn.start()], language) if turn else NOTHING
    if turn is None or "NOLONGER" not in was.tokens:
        return None
    now = normalize(text[turn.end() :], language).tokens
    limited = not now or now[0] in PREPOSITIONS or not _LIMITING.isdisjoint(now)
    return None if limited else (was, text[: turn.start()])


def _as_it_was(was: NormalizedText) -> NormalizedText:
    """What was, without the words that say that it is over, and until when it was so."""
    for at in range(len(was.tokens) - 1, -1, -1):
        if was.tokens[at] == "UNTIL" and VALUE_KINDS.issuperset(was.kinds[at + 1 : at + 2]):
            was = was.without(at, at + 2)
        elif was.tokens[at] in DENIALS | WAS:
            was = was.without(at, at + 1)
    return was


def _exchanged(was: NormalizedText, now: NormalizedText) -> tuple[int, int, tuple[str, ...]]:
    """Where the value that is exchanged stands in what was, how long it is, and the new one."""
    if now.kinds[0] in VALUE_KINDS and now.kinds[0] in was.kinds:
        return len(was.kinds) - 1 - was.kinds[::-1].index(now.kinds[0]), 1, now.tokens[:1]
    found = (at for at, token in enumerate(now.tokens[:-1]) if token in PREPOSITIONS and token in was.tokens[:-1])
    at = next(found, -1)
    if at >= 0:
        start, new = len(was.tokens) - was.tokens[::-1].index(now.tokens[at]), now.at(range(at + 1, len(now.tokens)))
    elif verb_of(was):
        start, new = verb_of(was), now.at(range(verb_of(now), len(now.tokens)))
        start += was.tokens[start][-2:] == "ed" and not verb_of(now) and start + 1 < len(was.tokens)
    else:
        return _last_alike(was, now)
    size = len(was.tokens) - start
    if new.kinds and start < len(was.kinds) and was.kinds[start] == new.kinds[0] != WORD:
        # "Is not on Monday any more but on Friday"; what follows, such as a German verb, is no part of the value.
        new = new.at(range(1)) if new.kinds[0] in VALUE_KINDS else new
        size = min(size, len(new.tokens))
    fits = 0 < size <= _LONGEST and 0 < len(new.tokens) <= _LONGEST and CLASS not in new.kinds
    return start, size if fits else 0, new.tokens


def _last_alike(was: NormalizedText, now: NormalizedText) -> tuple[int, int, tuple[str, ...]]:
    """The same for two clauses with other verbs than "is": the last values of one kind."""
    if len(now.tokens) == 1 and len(was.tokens) > 1 and _NAMES.issuperset((now.kinds[0], was.kinds[-1])):
        return len(was.tokens) - 1, 1, now.tokens
    end = len(now.tokens) - (now.tokens[-1:] == was.tokens[-1:])
    kind = now.kinds[end - 1] if end > 0 else CLASS
    at = next((at for at in range(len(was.tokens) - 1, 0, -1) if was.kinds[at] == kind), 0)
    return (at, 1, now.tokens[end - 1 : end]) if at and kind not in (CLASS, WORD) else (0, 0, ())


def _denied_change(text: str, language: str) -> ToldChange | None:
    """The change in a sentence that says after it what is no longer so: "pnpm, not npm", "not to the old desk"."""
    raw, words = text.split(" "), words_in(text)
    if INSTEAD.first.isdisjoint(words):
        return None
    at = next((at for at in range(len(words) - 2, 0, -1) if INSTEAD.at(words, at)), 0)
    start = at + INSTEAD.at(words, at)
    if not at or (NOTS.at(words, at) and raw[at - 1][-1:] != ",") or _is_open(text, language):
        return None
    if "NOT" in normalize(" ".join(raw[:at]), language).tokens or not _AT_HAND.isdisjoint(
        words[place] for place in _without_now(words, 1, at)
    ):
        return None
    # What follows a comma or a preposition may be no part of it: "yarn instead of npm for installs".
    goes_on = (
        end
        for end in range(start + 1, len(words))
        if raw[end - 1][-1:] == "," or not _AROUND.isdisjoint(normalize(words[end], language).tokens)
    )
    told = _without_now(words, 0, at)
    bare = [word.strip(",") for word in (*raw[:-1], raw[-1].rstrip(".!"))]
    for end in (len(words), *islice(goes_on, 1)):
        denied, rest = _without_now(words, start, end), _without_now(words, end, len(words))
        if end < len(words) and _AROUND.isdisjoint(normalize(words[end], language).tokens):
            rest = []  # "Not 200, as I said."
        if denied and (change := _exchange(bare, told, denied, rest, language)) is not None:
            return change
    return None


def _exchange(
    words: list[str], told: list[int], denied: list[int], rest: list[int], language: str
) -> ToldChange | None:
    """The change from what stands at the places that are denied to what ends those before, about all else."""
    old, named = _in_unit_told(words, told, denied, language), _are_names(words, denied)
    if not _NO_VALUES.isdisjoint(old.tokens):
        return None
    if language == "de" and VALUE_KINDS.issuperset(old.kinds[:-1]) and old.kinds[1:] == (WORD,):
        # "Wird dienstags statt montags geholt."
        old, denied = old.at((0,)), denied[:-1]
    if len(old.tokens) > 1 and old.tokens[0] in PREPOSITIONS:
        links = [place for place in told if normalize(words[place], language).tokens == old.tokens[:1]]
        old = old.at(range(1, len(old.tokens)))
        new = [place for place in told if links and place > links[-1]]
    else:
        new = (
            _name_at_end(words, told) if named else _value_at_end(words, told, denied, language) or told[-len(denied) :]
        )
    about = of_today(normalize(_joined(words, [place for place in (*told, *rest) if place not in new]), language))
    becomes = _joined(words, new)
    alike = normalize(becomes, language).kinds == old.kinds or (named and _are_names(words, new))
    if not new or not old.content or not alike or not (about.content or len(denied) == 1):
        return None
    return ToldChange(_subject(about), old.tokens, becomes, language)


def _joined(words: list[str], places: Iterable[int]) -> str:
    return " ".join(words[place] for place in places)


def _name_at_end(words: list[str], places: list[int]) -> list[int]:
    """The places of a name, which is as long as it is: "use GitLab Runner instead of Jenkins"."""
    start = max(len(places) - 1, 0)
    while start > 1 and places[start - 1] + 1 == places[start] and _are_names(words, places[start - 1 :]):
        start -= 1
    return places[start:]


def _value_at_end(words: list[str], places: list[int], denied: list[int], language: str) -> list[int]:
    """The place of the last number in the place of one that stands alone, whatever it counts: "18 seats, not 14"."""
    kinds = normalize(words[denied[0]], language).kinds
    alike = [at for at in places if normalize(words[at], language).kinds == kinds]
    if len(denied) > 1 or kinds not in _COUNTS or not alike:
        return []
    return [alike[-1], alike[-1] + 1] if _unit_at(words, alike[-1], language) else alike[-1:]


def _unit_at(words: list[str], at: int, language: str) -> str:
    """The unit of the number at a place, if the next word is one."""
    measure = normalize(" ".join(words[at : at + 2]), language).tokens
    return measure[0].partition(" ")[2] if len(measure) == 1 else ""


def _in_unit_told(words: list[str], told: list[int], denied: list[int], language: str) -> NormalizedText:
    """What is denied, with the unit that is told with the new value only: "520 pounds a day, not 450"."""
    places = _value_at_end(words, told, denied, language)
    return normalize(
        " ".join([words[denied[0]], words[places[1]]] if places[1:] else map(words.__getitem__, denied)), language
    )


def _are_names(words: list[str], places: list[int]) -> bool:
    return all(words[place][:1].isupper() for place in places)


def _is_open(text: str, language: str) -> bool:
    said = normalize(text, language)
    at = [place for place, token in enumerate(said.tokens) if token != "MUST"]
    return not is_settled(said.at(at), text, language)


def _without_now(words: list[str], at: int, end: int) -> list[int]:
    """The places of words from one to another, without those that say that it is so from now on."""
    places = list[int]()
    while at < end:
        size = LASTING.at(words, at) or NEWS.at(words, at)
        places += [] if size else [at]
        at += size or 1
        # "As of this week".
        at += 2 * (size > 0 and words[at - 1] in _SINCE and _is_begun(words[at : at + 2]))
    return places


def _is_begun(words: list[str]) -> bool:
    return words[:1] != [] and words[0] in _BEGUN and not _PERIODS.isdisjoint(normalize(words[-1]).tokens)


def _subject(said: NormalizedText) -> NormalizedText:
    kept = [
        at
        for at, token in enumerate(said.tokens)
        if said.kinds[at] != CLASS and token not in _CHANGES_TOLD | _LIGHT | {"it", "not", "one"}
    ]
    return said.at(kept)
