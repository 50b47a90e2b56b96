"""What users said in past sessions, as far as it outlasts the session: statements, corrections, standing wishes.

Questions, small talk and what only makes sense in the moment ("fix this now") are left out. What an agent said is no
evidence for anything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mockdreams.dreaming.changes import OPEN, ToldChange, has_word_for, tells_change
from mockdreams.dreaming.denials import INSTEAD, as_one, told_in
from mockdreams.dreaming.facts import is_present
from mockdreams.dreaming.languages import (
    CLASS,
    EXACT,
    LANGUAGES,
    NUMBER,
    PARTICIPLES,
    SIGN,
    VALUE_KINDS,
    WORD,
    language_among,
    language_of_sentence,
    languages_of,
    words_of,
)
from mockdreams.dreaming.long_texts import lines_of
from mockdreams.dreaming.markdown import sentences
from mockdreams.dreaming.normalize import normalize, tokens_of
from mockdreams.dreaming.normalized import BE, DENIALS, MARKS_OF_DENIAL, PREPOSITIONS, NormalizedText
from mockdreams.dreaming.openings import (
    ALWAYS,
    CORRECTIONS,
    LASTING,
    MAY_LAST,
    MOMENT,
    NEVER,
    NEWS,
    NOTS,
    POINTING,
    REPORTING,
    Opened,
    Phrases,
    any_of,
    hints,
    plain,
    refusal,
    shown,
    words_in,
)
from mockdreams.dreaming.plan import Transcript
from mockdreams.dreaming.stances import HAVING, begins_dated

# Longer than this, in characters, is a text somebody pasted and not a statement.
STATEMENT_LENGTH = 400
# Among so many words at the beginning is told who says what follows: "the manual of the pump says: ...".
REPORTED_WITHIN = 6
READ_LENGTH = 100_000
"""Of one message; what comes behind was pasted, too."""

_CLAUSE = re.compile(r"[,;:] | (?:[,;:\-–—]|because) ")  # noqa: RUF001
_BUT = re.compile(r",? (?:but|aber) ")
_TURN = re.compile(r"[:;] | [-–—] ")  # noqa: RUF001
_MARKS = frozenset("-*+>#0123456789")
_MARKER = re.compile(r"\A\s*(?:[-*+>]|\d{1,3}[.)]|#{1,6})\s+")

_LIGHT = tokens_of("light")
# "Should be given", "should be included".
_DONE = frozenset(
    participle for participle, verb in PARTICIPLES.items() if not _LIGHT.isdisjoint(normalize(verb).tokens)
)
_DONE |= frozenset(f"{verb.removesuffix('e')}ed" for verb in _LIGHT | tokens_of("telling"))
WORDING = _LIGHT | _DONE | {f"{verb.removesuffix('e')}ing" for verb in _LIGHT}
_INDEFINITE = frozenset((WORD, CLASS, SIGN))
_MOVING = frozenset("moved switched migrated upgraded".split())
_WISHES, _PASSING = Phrases("wishes"), Phrases("passing")
_QUOTING = Phrases("quoting")
_ASKING, _AT_ONCE = Phrases("asking"), Phrases("at_once")
_HAPPENED = tokens_of("happened")
_BOUNDING = frozenset("NOT THAN ATMOST ATLEAST ABOVE BELOW".split())
_THIRD = words_of("third")
_CONSEQUENCES = {name: words_of("consequences", name) for name in LANGUAGES}
_AHEAD, _BEGUN, _PERIODS = words_of("ahead"), words_of("begun"), tokens_of("periods")
_EXCEPTING = frozenset(("EXCEPT", "UNLESS"))
_LIMITING = _EXCEPTING | {"COND", "ONLY", "WHILE", "UNTIL"}
_NOT_SO = DENIALS | {"PAST", "HABIT", "FORMERLY", "INSTEAD"}
_LATER_CLAUSE = frozenset("BEFORE AFTER COND UNLESS".split())
_TURNING = frozenset(":;-–—")  # noqa: RUF001
_OPEN = OPEN | {"NOT", "EXAMPLE", "INSTEAD"}
_KEYS = tokens_of("keys")
_TOPICS, _SCOPES = frozenset(("ABOUT", "AS")), frozenset("FOR IN AT ON OF WITHIN DURING".split())
_ORDERING = frozenset(Phrases("manner").first | words_of("light", "en") | words_of("telling", "en"))
# Without one of these a question states nothing.
_MAY_COUNT = _ASKING.hints | MAY_LAST
_MAY_ADMIT = hints("corrections") | {"but", "aber"}
_GREETINGS = Phrases("greetings")
_GREETING = any_of("greetings", r"\A(?:{})(?: [^\W\d_]+)?[,!] +(?=\w)")
_FOR_NOTES = any_of("for_notes", r"(?:^| )(?:{})(?=:)")
_EVER, _MAY_EVER = ALWAYS.first | NEVER.first, ALWAYS.hints | NEVER.hints
_NO = normalize("no", "en")


@dataclass(slots=True, eq=False)
class Statement:
    """One sentence of a user, and what kind of evidence it is.

    `news` may replace an older memory; `standing` is worth learning although said once; `change` names what changed,
    the old value and the new one. What is `asked` may be a wish for once: it counts only where others say the same.
    """

    text: str
    bare: str
    said: NormalizedText
    language: str
    session: int
    at: datetime
    news: bool
    standing: bool
    change: ToldChange | None = None
    asked: bool = False
    told: tuple["Statement", ...] = ()
    """Its clauses, if one of them says that it was otherwise before."""
    read: bool = False
    lead: "Statement | None" = None
    """Of such a part what stands before it: in that it is said who or what "it" is."""
    split: tuple["Statement", ...] | None = None

    @property
    def clauses(self) -> tuple["Statement", ...]:
        """Its clauses, if it has several."""
        if self.split is None:
            self.split = _clauses(self)
        return self.split

    def parts(self) -> tuple["Statement", ...]:
        """What it says by itself in a part of it."""
        if not self.read and not self.asked:
            self.told, self.read = (*self.told, *_rests(self)), True
        return self.told

    @property
    def turns(self) -> bool:
        """Whether it has a clause after a colon or a dash."""
        return _TURN.search(self.text) is not None

    @property
    def denies(self) -> bool:
        """Whether it says, too, what is not or no longer so."""
        return not MARKS_OF_DENIAL.isdisjoint(self.said.tokens)

    @property
    def excepts(self) -> bool:
        """Whether it says last for what or when it is not so."""
        return bool(self.clauses) and not _EXCEPTING.isdisjoint(self.clauses[-1].said.tokens)

    def is_limited_in(self, whole: "Statement") -> bool:
        """Whether more is said after this part than a remark: when it is not so, or what is so of another."""
        at = whole.text.casefold().find(self.text.casefold().rstrip(".!"))
        behind = whole.text[at + len(self.text) - 1 :] if at >= 0 else ""
        after = [clause.said for clause in whole.clauses if clause.text in behind]
        return any(
            not _LIMITING.isdisjoint(said.tokens)
            or (not VALUE_KINDS.isdisjoint(said.kinds) and _NOT_SO.isdisjoint(said.tokens))
            for said in after
        )

    @property
    def shown(self) -> str:
        """The text without the words before it that say nothing."""
        return shown(self.text)

    @property
    def plain(self) -> str:
        """The same, also without what says that it is a correction."""
        return plain(self.text)

    @property
    def words(self) -> frozenset[str]:
        """What a statement is about, without the words that it is put with."""
        content = frozenset(self.said.content)
        return content - WORDING or content


def statements_of(transcript: Transcript, session: int, usual: str = "en") -> Iterator[Statement]:
    """Every statement of the users in a session, in order; in the usual language where nothing tells another."""
    said = " ".join(utterance.text[:200] for utterance in transcript.utterances if utterance.speaker == "user")
    spoken = languages_of(said, usual)
    previous = ""
    for utterance in transcript.utterances:
        if utterance.speaker == "user":
            text = utterance.text[:READ_LENGTH]
            language = language_among(text, spoken)
            for sentence in _put_together([*_sentences(text)], language):
                spoken_here = language_of_sentence(sentence, spoken, language)
                statement = _statement(sentence, spoken_here, session, utterance.at)
                if (
                    statement is not None
                    and (statement := _with_subject(statement, previous and f"{previous} {sentence}")) is not None
                ):
                    yield statement
                previous = sentence


def _put_together(said: list[str], language: str) -> list[str]:
    """Sentences, two of them as one where the second only says what is so instead."""
    for at in range(len(said) - 1, 0, -1):
        if (one := as_one(said[at - 1], said[at], language)) is not None:
            said[at - 1 : at + 1] = [one]
    return said


def _sentences(text: str) -> Iterator[str]:
    fenced = False
    for line in lines_of(text):
        begins = line.lstrip()[:3]
        if begins in ("```", "~~~"):
            fenced = not fenced
        elif not fenced:
            marked = begins[:1] in _MARKS
            for sentence in sentences(_MARKER.sub("", line, count=1) if marked else line):
                yield " ".join(sentence.split(None, STATEMENT_LENGTH))  # a longer one states nothing


def _statement(text: str, language: str, session: int, at: datetime) -> Statement | None:
    if not 0 < len(text) <= STATEMENT_LENGTH or language == EXACT:
        return None
    words, admitted = words_in(text), False
    if ":" in text or words[0] in _GREETINGS.first:
        text = _without_greeting(text)
        words = words_in(text)
    if text[-1] == "?" and _MAY_COUNT.isdisjoint(words):
        return None
    if not _MAY_ADMIT.isdisjoint(words):
        text, admitted = _admitted(text)
    opened = Opened(text, None if admitted else words)
    words = opened.words
    asked = text.endswith("?") and not opened.lasts
    if asked and not _ASKING.within(words[:3]):
        return None
    bare = opened.text.removesuffix("?")
    said = said_in(bare, language, opened.bare)
    if not said.content:
        return None
    text = text.removesuffix("?") if asked else text
    dated, corrected = begins_dated(said), admitted or opened.corrects or _tells_news(text, words)
    reported = words[0] not in LANGUAGES[language].persons and REPORTING.within(words[:REPORTED_WITHIN])
    lasting = LASTING.within(words)
    standing = opened.lasts or dated or lasting
    standing = standing or (not reported and not MAY_LAST.isdisjoint(words) and _lasts_in_part(text))
    passing = not standing and _is_passing(opened.bare, said)
    if not (standing or passing or reported) and ("SHOULD" in said.tokens or not _MAY_EVER.isdisjoint(opened.bare)):
        standing = _orders_for_good(said, bare.split(" "), opened.bare, language)
    idle = passing and not (corrected or tells_change(said) or INSTEAD.within(opened.bare[:-1]))
    if idle and not said.renews and not _TURN.search(text):
        return None
    one = Statement(text, bare, said, language, session, at, news=False, standing=False, asked=asked)
    if idle:
        part = next((part for part in one.parts() if part.news), None)
        return part and _with_subject(part, text)
    told_new = corrected or dated
    if not said.renews and (admitted or opened.renews or (told_new and normalize(text, language).renews)):
        said = one.said = said.renewed()
    change = None if asked else _change_in(said, bare, language)
    turned = "; " in text or (one.turns and len(one.clauses) > 1 and tells_change(one.clauses[0].said))
    told = _told_parts(one, new=turned) if (told_new or turned) and _CLAUSE.search(bare) else ()
    if passing and not change:
        return _with_subject(told[-1], text) if told else None
    refuses = not DENIALS.isdisjoint(said.tokens) and (opened.ordered or refusal(bare) is not None)
    wish = not reported and _WISHES.within(words) and _HAPPENED.isdisjoint(said.tokens)
    wish = wish or lasting or (opened.ordered and opened.lasts)
    one.asked = asked = asked or len(said.content) + (wish or refuses) < 2
    one.change, one.told = change, told
    if not asked:
        one.news = bool(change or told_new or opened.renews)
        settled = one.news and (opened.corrects or not opened.renews)
        settled = settled and _names_a_value(said) and not _AT_ONCE.at(words)
        one.standing = bool(standing or wish or change or settled)
    return one


def _lasts_in_part(text: str) -> bool:
    """Whether something is said for good in one of several clauses."""
    parts = _CLAUSE.split(text)
    return len(parts) > 1 and any(Opened(part).lasts for part in parts)


def _change_in(said: NormalizedText, text: str, language: str) -> ToldChange | None:
    """The change that a sentence tells, whatever it is said to be good for: "..., so put them out on Monday"."""
    told = _without_consequence(text, language)
    said = said if told is text else normalize(told, language)
    return told_in(said, told, language)


def _without_consequence(text: str, language: str) -> str:
    """A text up to what follows from it, or why it is so, where that tells nothing that limits or corrects it."""
    for cut in _CLAUSE.finditer(text):
        rest = text[cut.end() :]
        if cut[0] == " because " or _bare(rest) in _CONSEQUENCES[language]:
            after = normalize(rest, language)
            limits = after.renews or not (_LIMITING | _NOT_SO).isdisjoint(after.tokens)
            return text if limits else f"{text[: cut.start()]}."
    return text


def _bare(text: str) -> str:
    return text.partition(" ")[0].casefold()


def _with_subject(said: Statement, context: str) -> Statement | None:
    """A statement that tells news of "it" as it is shown: with what says what that is, if something does."""
    # "So it's in room 214 now."
    if not said.news or not points_back(said.plain):
        return said
    return replace(said, text=context) if context else None


def points_back(text: str) -> bool:
    """Whether a text says something of "it"; in German also of "der": "der erscheint am Mittwoch"."""
    first, second, third, *_ = (*text.split(" ", 3), "", "", "")
    first = first.casefold().partition("'")[0]
    # "Die liegen im Regal" is no "die roten Stifte".
    verb = second.islower() and (second[-1:] == "t" or (second[-2:] == "en" and third.islower()))
    return first in _THIRD or (first in LANGUAGES["de"].definite and verb)


def _without_greeting(text: str) -> str:
    """A text without a greeting before it, and without "for your notes" in what announces it."""
    bare = text[greeting.end() :] if (greeting := _GREETING.match(text)) else text
    if ":" in bare and _FOR_NOTES.search(bare):
        bare = _FOR_NOTES.sub("", bare).lstrip(":, ")
    return bare[:1].upper() + bare[1:] if bare != text else text


def _admitted(text: str) -> tuple[str, bool]:
    """A text without a first or last clause that only admits a mistake, and whether there was one."""
    cuts = [*_CLAUSE.finditer(text)]
    if cuts and CORRECTIONS.at(words_in(text[cuts[-1].end() :])) > 1:
        return f"{text[: cuts[-1].start()]}.", True
    but = _BUT.search(text) if " but " in text or " aber " in text else None
    for cut, admitting in ((but, _QUOTING), (cuts[0] if cuts else None, CORRECTIONS)):
        if cut and admitting.at(words_in(text[: cut.start()])) > 1:
            rest = text[cut.end() :].lstrip()
            return rest[:1].upper() + rest[1:], True
    return text, False


def _orders_for_good(said: NormalizedText, raw: list[str], words: list[str], language: str) -> bool:
    """Whether an order holds from now on: "gib Preise immer in Euro an", "prices should be given in euros"."""
    places = (at for at, word in enumerate(words) if word in _EVER)
    always = next((at for at in places if ALWAYS.at(words, at) or NEVER.at(words, at)), 0)
    if "SHOULD" in said.tokens:
        if _was_to_be(said):
            return False
        done = [at for at, token in enumerate(said.tokens[:-1]) if token in _DONE and said.links[at] == "be"]
        return always > 0 or bool(done and not said.persons) or _is_rule(said, raw, words, language)
    spoken = LANGUAGES[language]
    is_so = words[always - 1] in spoken.is_forms | spoken.be_forms
    if always < 2 or is_so or words[0] in spoken.words or len(said.tokens) < 2:
        return False
    follows = normalize(" ".join(words[always + 1 :]), language).tokens[:1]
    is_verb = language == "de" and raw[always - 1][:1].islower() and words[always - 1] not in spoken.words
    return not PREPOSITIONS.isdisjoint(follows) and not is_verb


def _was_to_be(said: NormalizedText) -> bool:
    """Whether it is told what should have been so: "the tests should never have passed"."""
    at = said.tokens.index("have") if "have" in said.tokens else len(said.tokens)
    return any(token in PARTICIPLES or token.endswith("ed") for token in said.tokens[at + 1 : at + 2])


def _is_rule(said: NormalizedText, raw: list[str], words: list[str], language: str) -> bool:
    """Whether it says of all things of a kind what is done with them, or how much they may be."""
    at = next((at for at, word in enumerate(words) if "SHOULD" in normalize(word, language).tokens), 0)
    spoken = LANGUAGES[language]
    several = (
        raw[0][:1].isupper() and words[at].endswith("en")
        if language == "de"
        else "s" in (words[0][-1:], words[at - 1][-1:])
    )
    if not at or not several or said.persons or words[0] in spoken.words:
        return False
    done = (token for token, link in zip(said.tokens, said.links, strict=True) if link == "be")
    is_done = words[-1] in spoken.be_forms or any(each in PARTICIPLES or each.endswith("ed") for each in done)
    return is_done or (NUMBER in said.kinds and not _BOUNDING.isdisjoint(said.tokens))


def said_in(bare: str, language: str, words: list[str] | None = None) -> NormalizedText:
    """What is said by words without an opener; "avoid emojis" and "stop adding emojis" say "no emojis"."""
    refused = refusal(bare, words)
    return normalize(bare, language) if refused is None else _joined(_NO, normalize(refused, language))


def _joined(one: NormalizedText, other: NormalizedText) -> NormalizedText:
    return NormalizedText(one.tokens + other.tokens, one.kinds + other.kinds, one.links + other.links)


def _is_passing(words: list[str], said: NormalizedText) -> bool:
    """Whether what is said makes sense in the moment only."""
    if _PASSING.at(words):
        return True
    moments = () if MOMENT.hints.isdisjoint(words) else [at for at in range(len(words)) if MOMENT.at(words, at)]
    if any(not _is_of_news(words, at) and not _is_of_value(words, at, said) for at in moments):
        return True
    if POINTING.hints.isdisjoint(words):
        return False
    # "Read the letter before you send it" says what "it" is.
    last = 1 if not _LATER_CLAUSE.isdisjoint(said.tokens[2:]) else len(words) - 1
    return any(POINTING.at(words, place) for place in (0, 1, last))


def _is_of_news(words: list[str], place: int) -> bool:
    """Whether a word belongs to what tells news: "as of today", "seit gestern"."""
    return any(NEWS.at(words, start) > place - start for start in range(max(place - 2, 0), place + 1))


def _is_of_value(words: list[str], place: int, said: NormalizedText) -> bool:
    """Whether a word is the bound of a number or tells a period: "below 100 words", "below each", "next year".

    "This year" only tells one beside a value: "this year it costs 88 pounds".
    """
    follows = normalize(" ".join(words[place + 1 : place + 2]))
    if words[place] in _AHEAD or (words[place] in _BEGUN and not VALUE_KINDS.isdisjoint(said.kinds)):
        return not _PERIODS.isdisjoint(follows.tokens)
    return follows.kinds == (NUMBER,) or follows.tokens == ("EVERY",)


def _tells_news(text: str, words: list[str]) -> bool:
    denies = not NOTS.hints.isdisjoint(words) and any(map(NOTS.at, map(words_in, text.split(", ")[1:])))
    return denies or NEWS.within(words)


def _told_parts(one: Statement, *, new: bool) -> tuple[Statement, ...]:
    """The clauses that say what is so now; of something said to have changed, all that follow are `new`."""
    parts = one.clauses[1:] if new else [part for part in one.clauses if part.said.renews]
    texts = (f"{part.text[:1].upper()}{part.text[1:].rstrip('.!')}." for part in parts)
    found = (_statement(text, one.language, one.session, one.at) for text in texts)
    return tuple(part for part in found if part is not None and not part.asked and (new or part.said.renews))


def _rests(one: Statement) -> Iterator[Statement]:
    """What is said between what only leads to it and what only explains it: "I looked it up: it is 5, Ben paid it"."""
    text, clauses = one.text, one.clauses
    cuts = [*_CLAUSE.finditer(text)] if clauses else []
    for at, clause in enumerate(clauses):
        lead = clauses[at - 1] if at else None
        if lead and not _may_lead(lead):
            return
        start = cuts[at - 1].end() if at else 0
        telling = clause.said.renews or (lead and (cuts[at - 1][0].strip() in _TURNING or _has_changed(lead)))
        turned = at < len(cuts) and _denies_place(clauses[at + 1])
        if not (telling or turned or _names_a_value(clause.said)):
            continue
        if lead:
            yield from _part(text[start:], clause, lead, news=bool(telling))
        if turned or (at < len(cuts) and _may_lead(clauses[at + 1])):
            yield from _part(f"{text[start : cuts[at].start()]}.", clause, lead, news=bool(telling or turned))


def _denies_place(clause: Statement) -> bool:
    """Whether a clause says only where or when it is not: "not behind the shed"."""
    first, *rest = (*clause.said.tokens, "")
    return first in DENIALS and rest[0] in PREPOSITIONS and not clause.said.persons


def _part(text: str, clause: Statement, lead: Statement | None, *, news: bool) -> Iterator[Statement]:
    opened, language = Opened(text), clause.language
    bare = f"{opened.text[:1].upper()}{opened.text[1:]}"
    said = normalize(bare, language)
    if not (opened.lasts or opened.ordered or _PASSING.at(opened.bare)):
        change = told_in(said, bare, language)
        news = news or bool(change and change.old)
        said = said.renewed() if news else said
        lasting = news and _names_a_value(said)
        part = Statement(bare, bare, said, language, clause.session, clause.at, news, standing=lasting, change=change)
        part.lead, part.split = lead, ()
        yield part


def _has_changed(lead: Statement) -> bool:
    """Whether a clause tells a change that has come, and is not only wanted or to come."""
    done = lead.language != "de" or "PAST" in lead.said.tokens or not BE.isdisjoint(lead.said.links)
    done = done or not HAVING.isdisjoint(lead.said.tokens)
    return done and tells_change(lead.said) and not has_word_for("coming", lead.text, lead.language)


def _may_lead(lead: Statement) -> bool:
    """Whether what follows a clause is said to be so: not for a case, a place, or by somebody else."""
    said, words = lead.said, words_in(lead.bare)
    tokens = said.tokens
    if not tokens or {*tokens} == {"NOT"}:
        return True
    if not _OPEN.isdisjoint(tokens) or REPORTING.within(words) or _PASSING.at(words) or words[0] in _ORDERING:
        return False
    if Opened(lead.text).ordered:
        return False
    if tokens[0] in PREPOSITIONS - _TOPICS or _KEYS.issuperset(tokens):
        return False
    tells = said.persons or tells_change(said) or not HAVING.isdisjoint(tokens) or not BE.isdisjoint(said.links)
    tells = tells or "PAST" in tokens or any(token[-2:] == "ed" for token in tokens)
    return bool(tells) or tokens[0] in _TOPICS or _SCOPES.isdisjoint(tokens)


def _clauses(whole: Statement) -> tuple[Statement, ...]:
    texts = _CLAUSE.split(whole.text)
    return tuple(_clause(text, whole) for text in texts) if len(texts) > 1 else ()


def _clause(text: str, whole: Statement) -> Statement:
    opened = Opened(text)
    lasts, said = opened.lasts or LASTING.within(opened.words), said_in(opened.text, whole.language)
    return Statement(text, opened.text, said, whole.language, whole.session, whole.at, False, lasts, split=())


def _names_a_value(said: NormalizedText) -> bool:
    """Whether something definite is said to be so from now on: a number, a name, or what is no longer so."""
    if not is_present(said) and _MOVING.isdisjoint(said.tokens):
        return False
    return not MARKS_OF_DENIAL.isdisjoint(said.tokens) or not _INDEFINITE.issuperset(said.kinds)
