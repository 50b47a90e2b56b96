"""What users said in past sessions, as far as it outlasts the session: statements, corrections, standing wishes.

Questions, small talk and what only makes sense in the moment ("fix this now") are left out. What an agent said is no
evidence for anything. Statements that say the same, however they open, are gathered into groups and counted.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mockdreams.dreaming.changes import (
    ToldChange,
    may_tell_change,
    told_change,
)
from mockdreams.dreaming.markdown import sentences
from mockdreams.dreaming.normalize import (
    CLASS,
    CODE,
    EXACT,
    NAME,
    NOUN,
    SIGN,
    WORD,
    NormalizedText,
    language_among,
    languages_of,
    normalize,
)
from mockdreams.dreaming.parsing import is_present
from mockdreams.dreaming.plan import Transcript, Utterance
from mockdreams.dreaming.release import release

# Longer than this, in characters, is a text somebody pasted and not a statement.
STATEMENT_LENGTH = 400
# In how many sessions something is said before it is worth keeping, if nobody asked to remember it.
RECURRING_SUPPORT = 2
# Of two wordings of one wish the longer has no more words of content than this more than the shorter.
MORE_WORDS = 1
# Statements with one word in common that are looked at for whether they say the same.
COMPARED = 64

_OPENER = re.compile(
    r"(?:(?:please|also|and|but|oh|ok|okay|so|by the way|fyi|quick note|übrigens|toujours|siempre"
    r"|(?:yes|no|ja|nein)(?=[,:])|again|right|well|once more|one more time"
    r"|one more thing|as i said|like i said"
    r"|as (?:always|before|ever|usual)|remember|reminder|correction|important|note|you should|you must|kindly"
    r"|(?:i|we)(?:'d| would)(?: really)? (?:like|love|prefer|appreciate)(?: it if you(?: could)?| that you| you to| to "
    r"(?:have|see|get))?"
    r"|(?:i|we)(?:'d| would) rather(?: have| see| get)?"
    r"|(?:i|we)(?: really| always| still| strongly)* (?:want|need|expect|ask)(?: you to| to (?:have|see|get))?"
    r"|could you(?: please)?|can you(?: please)?|would you(?: please)?"
    r"|make sure(?: that| to)?(?: you)?|be sure to|try to|don't forget(?: to| that)?|keep in mind(?: that)?"
    r"|remember(?: that| to)?|it would be (?:nice|great|good|helpful) (?:if you could|if you|to)"
    r"|from (?:now|here) on|going forward|for future reference|for the future|as a rule|in (?:the )?future|next"
    r" time|as of (?:now|today)"
    r"|starting (?:now|today)|every time|always|for next time"
    r"|bitte|nochmals?|noch einmal|wie gesagt|wie immer|ab (?:jetzt|sofort|heute)|von jetzt an|künftig|zukünftig"
    r"|in zukunft|grundsätzlich|immer|stets"
    r"|(?:ich|wir) (?:möchte|möchten|hätte|hätten|will|wollen|brauche|brauchen|wünsche mir)(?: gerne?| immer)?"
    r"(?:, dass)?"
    r"|denk(?:e|t)? daran(?:,? dass)?|merk(?:e|t)? dir(?:,? dass| bitte)?|vergiss nicht(?:,? dass)?|achte darauf"
    r"(?:,? dass)?"
    r"|kannst du|könntest du|nächstes mal|und|aber|also|erinnerung|wichtig|korrektur)\b[,:]*[ ]+)",
    re.IGNORECASE,
)
_TRAILER = re.compile(
    r"[,]? (?:please|thanks|thank you|from now on|going forward|in future|in the future|again|as always|bitte"
    r"|danke|ab jetzt|in zukunft|künftig)[.!]*$",
    re.IGNORECASE,
)
_LAST_OF_TRAILERS = frozenset(
    "please thanks you on forward future again always bitte danke jetzt zukunft künftig".split()
)
_STANDING = re.compile(
    r"(?:^|[,;:] )(?:(?:please|also|and|but|oh|ok|okay|so|yes|no|you should|you must|i want you to|can you|could you"
    r"|bitte|und|aber|ja)[, ]+){0,3}"
    r"(?:always(?! (?:a|happy|glad|nice|good|fun|get|be)\b)|never(?! (?:mind|seen|heard|had|got|been|tried|knew)\b)"
    r"|remember(?! (?:when|how|last)\b)|keep in mind|note that|make a note|don't (?:forget|ever)|immer|stets|niemals"
    r"|nie|merke? dir|merken|denk daran|vergiss nicht|toujours|jamais|n'oubliez? pas|siempre|nunca|recuerda)\b"
    r"|^(?:bitte )?[^\W\d_]+ (?:bitte )?(?:immer|nie|niemals)\b"
    r"|\b(?:from now on|going forward|for future reference|as a rule|from here on|next time"
    r"|(?:as of|starting) (?:now|today)|from today(?: on)?|ab heute|bitte immer|immer bitte|please always"
    r"|ab jetzt|ab sofort|künftig|in zukunft|von jetzt an|grundsätzlich)\b"
    r"|^(?:correction|korrektur):",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:] (?:and |but |so |because |und |aber )?| - | because ")
_CLAUSE_HINTS = re.compile(r"[,;:] | (?:-|because) ")
_WISH = re.compile(
    r"\b(?:i|we)(?: strongly| really| still| always)* (?:prefer|dislike|hate|always|never)\b"
    r"|\bour (?:policy|convention|rule)\b|\b(?:ich|wir) (?:bevorzuge|bevorzugen|mag|hasse)\b",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r", (?:and )?(?:not|nicht) |\b(?:actually|now|no longer|any ?more|moved|switched|changed|migrated|upgraded"
    r"|instead|correction|as of|starting|nowadays|from now on|going forward|remember|since"
    r"|from today|künftig|in zukunft|ab heute"
    r"|maintenant|désormais|ahora|ya no"
    r"|jetzt|nun|nicht mehr|ab sofort|inzwischen|mittlerweile|neuerdings|seit|korrektur|ab jetzt|statt)\b",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"(?:thanks|thank you|ok|okay|great|perfect|hi|hello|hey|sure|yes|yep|nice|cool|good|fine|right|sounds|looks"
    r"|lgtm|got it|let's"
    r"|let us|can you|could you|would you|will you|what|why|how|when|where|who|i'll|i will|i'm|i am|i just|i think"
    r"|danke|hallo|gut|super|prima|alles klar|passt|genau|kannst du|könntest du|was|warum|wie|wann|wo|wer|ich bin"
    r"|ich glaube)\b"
    r"|.*\b(?:this|these|those|here|today|tonight|tomorrow|yesterday|above|below|next|heute|morgen"
    r"|gestern|hier|dies|das hier)\b|(?:[\w']+ )?(?:it|that)\b|.*\b(?:it|that)[.!]*$",
    re.IGNORECASE,
)
# What begins so is about the moment, or an order: "Now rename the file".
_AT_ONCE = re.compile(r"(?:(?:and|ok|okay|so|then),? )*(?:now|i now|i just|i've|i have)\b", re.IGNORECASE)
# "The new caretaker is Ada": the caretaker is Ada, and was somebody else.
_NEW = re.compile(
    r"(?<=^the )new |(?<=^our )new |(?<=^my )new |(?<=^der )neue |(?<=^die )neue |(?<=^das )neue ", re.IGNORECASE
)
# A wish in the form of a question: "Could you always cite sources?"
_ASKED_WISH = re.compile(
    r"(?:could|can|would) you (?:please )?(?:always|never)\b|(?:kannst|könntest) du (?:bitte )?immer\b", re.I
)
_ASKED = re.compile(r"(?:please |bitte )?(?:(?:could|can|would) you|(?:kannst|könntest) du)\b", re.IGNORECASE)
_MARKS = frozenset("-*+>#0123456789")
_MARKER = re.compile(r"\A\s*(?:[-*+>]|\d{1,3}[.)]|#{1,6})\s+")

_TERM = r"`?[\w@](?:[\w./+#-]{0,40}[\w+#])?`?(?: (?:[A-Z][\w.+#-]{0,40}|\d[\w.]{0,12})){0,2}"
_ARTICLE = r"(?:the |an? |der |die |das |den |dem )?"
_NOT_BUT = (
    re.compile(
        rf"(?P<new>{_TERM})(?: now| from now on| these days)?"
        rf"(?:,? (?:and )?(?:not|instead of|rather than)|(?:,|,? and) no longer) {_ARTICLE}(?P<old>{_TERM})"
    ),
    re.compile(
        rf"no longer (?:use |using |on |with )?{_ARTICLE}(?P<old>{_TERM})[,;.]? "
        rf"(?:but|it's|it is|we use|we're on|now|we now use) (?P<new>{_TERM})"
    ),
    re.compile(rf"(?P<new>{_TERM}) statt {_ARTICLE}(?P<old>{_TERM})"),
    re.compile(rf"nicht mehr {_ARTICLE}(?P<old>{_TERM}),? sondern (?P<new>{_TERM})"),
)
_NOT_BUT_HINT = re.compile(r" (?:not|instead of|rather than|no longer|statt|mehr) ")
_NO_VALUES = frozenset("sure only yet bad really possible necessary needed all just so".split())
# What a wish is put into words with, rather than what is wished for.
_LIGHT = frozenset(
    "use put give includ add writ mak keep show provid have want prefer like need send tell get do set let see"
    " start end"
    " reply answer nutz verwend schreib mach geb füg zeig hab bevorzug benutz halt schick sag setz".split()
)
_HARD_CLASSES = frozenset("NOT NOLONGER ONLY UNLESS BEFORE AFTER WITHOUT PAST".split())
_DENIALS = frozenset(("NOT", "NOLONGER"))
_MOVING = frozenset("moved switched migrated upgraded".split())
_CHANGE_WORDS = frozenset(
    "moved switched changed migrated upgraded correction starting today rescheduled postponed korrektur".split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a user, and what kind of evidence it is.

    `news` may replace an older memory; `standing` is worth learning although said once; `change` names what changed,
    the old value and the new one; `talk` holds the words of what was said just before. What is `asked` may
    be a wish for once: it counts only where others say the same.
    """

    text: str
    bare: str
    said: NormalizedText
    language: str
    session: int
    at: datetime
    news: bool
    standing: bool
    change: ToldChange | None
    talk: frozenset[str]
    clauses: tuple[NormalizedText, ...]
    asked: bool = False
    parts: tuple["Statement", ...] = ()
    """Its clauses, if one of them says that it was otherwise before."""

    @property
    def hard(self) -> tuple[str, ...]:
        """The tokens that have to agree in two wordings of one statement: names in their order, numbers, negations."""
        names, others = [], []
        for token, kind in zip(self.said.tokens, self.said.kinds, strict=True):
            if kind == CODE or (kind == NAME and self.language != "de"):
                names.append(token)
            elif kind not in (WORD, NAME, NOUN, CLASS) or token in _HARD_CLASSES:
                others.append(token)
        return (*names, *sorted(others))

    @property
    def denies(self) -> bool:
        """Whether it says, too, what is not or no longer so."""
        return not _DENIALS.isdisjoint(self.said.tokens)

    @property
    def is_bare(self) -> bool:
        return self.bare == self.text

    @property
    def words(self) -> frozenset[str]:
        """What a statement is about, without the words that it is put with."""
        content = frozenset(self.said.content)
        return content - _LIGHT or content


@dataclass(slots=True, eq=False)
class StatementGroup:
    """What users said in one or more sessions. `settled` once the store holds it, or something newer."""

    statements: list[Statement]
    settled: bool = False
    corrects: bool = False
    """Whether it tells something new of what the store speaks of."""
    sessions: set[int] = field(default_factory=set)

    @property
    def at(self) -> datetime:
        return max(statement.at for statement in self.statements)

    @property
    def newest(self) -> Statement:
        return max(self.statements, key=lambda statement: statement.at)

    @property
    def news(self) -> bool:
        return any(statement.news for statement in self.statements)

    @property
    def lasts(self) -> bool:
        """Whether it is worth learning: said for good, or told and not only asked in more than one session."""
        told = {statement.session for statement in self.statements if not statement.asked}
        asked = {statement.session for statement in self.statements if statement.asked} - told
        return self.standing or self.corrects or len(self.sessions - asked) >= RECURRING_SUPPORT

    @property
    def standing(self) -> bool:
        return any(statement.standing for statement in self.statements)

    def wording(self) -> Statement:
        """The wording heard most often; of several a whole sentence, without an opener, the shortest, the newest."""
        heard: dict[str, int] = defaultdict(int)
        for statement in self.statements:
            heard[statement.text] += 1
        return max(
            self.statements,
            key=lambda one: (
                not one.asked,
                heard[one.text],
                one.text[:1].isupper(),
                one.is_bare,
                -len(one.text),
                one.at,
            ),
        )


class StatementGroups:
    """What users said, by what they said. Equal words share a group at once, other wordings after `merge`."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, ...], StatementGroup] = {}

    def add(self, statement: Statement) -> None:
        group = self._by_key.setdefault(statement.said.tokens, StatementGroup([]))
        group.statements.append(statement)
        group.sessions.add(statement.session)

    def merge(self) -> Iterator[None]:
        """Join the wordings of one statement, with a pause after each."""
        self._count_clauses()
        groups = list(self._by_key.values())
        met: dict[tuple[str, ...], list[StatementGroup]] = defaultdict(list)
        joined: list[StatementGroup] = []
        for group in groups:
            statement = group.statements[0]
            keys = [(word, *statement.hard) for word in statement.words]
            near = [other for key in keys for other in met.get(key, ())]
            same = next((other for other in near if _says_the_same(other.statements[0], statement)), None)
            if same is not None:
                same.statements += group.statements
                same.sessions |= group.sessions
            else:
                joined.append(group)
                for key in keys:
                    if len(met[key]) < COMPARED:
                        met[key].append(group)
            yield
        release(met)
        self._by_key = {(str(place),): group for place, group in enumerate(joined)}

    def _count_clauses(self) -> None:
        """Let a statement that is one clause of a longer sentence support the group that says just that."""
        for group in self._by_key.values():
            for statement in group.statements:
                for clause in statement.clauses:
                    supported = self._by_key.get(clause.tokens)
                    if supported is not None:
                        supported.sessions.add(statement.session)

    def __iter__(self) -> Iterator[StatementGroup]:
        return iter(self._by_key.values())

    def forget(self) -> None:
        release(self._by_key)


def _says_the_same(one: Statement, other: Statement) -> bool:
    """Whether one of two statements says all that the other says, and hardly more."""
    ours, theirs = one.words, other.words
    if ours == theirs:
        return True
    smaller, larger = sorted((ours, theirs), key=len)
    return len(smaller) > 2 * MORE_WORDS and smaller < larger and len(larger) - len(smaller) <= MORE_WORDS


def statements_of(transcript: Transcript, session: int) -> Iterator[Statement]:
    """Every statement of the users in a session, in order."""
    before: Utterance | None = None
    said = " ".join(utterance.text[:200] for utterance in transcript.utterances if utterance.speaker == "user")
    spoken = languages_of(said)
    for utterance in transcript.utterances:
        if utterance.speaker == "user":
            language = language_among(utterance.text, spoken)
            for sentence in _sentences(utterance.text):
                statement = _statement(sentence, language, session, utterance.at, before)
                if statement is not None:
                    yield statement
        before = utterance


def _sentences(text: str) -> Iterator[str]:
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced:
            marked = line.lstrip()[:1] in _MARKS
            for sentence in sentences(_MARKER.sub("", line, count=1) if marked else line):
                yield " ".join(sentence.split())


def without_opener(text: str) -> str:
    """A sentence without the words that only say that something is wished or known: "Again: please ..."."""
    while (opener := _OPENER.match(text)) is not None:
        text = text[opener.end() :]
    return _TRAILER.sub("", text) if text.rstrip(".!").rpartition(" ")[2].casefold() in _LAST_OF_TRAILERS else text


def _statement(text: str, language: str, session: int, at: datetime, before: Utterance | None) -> Statement | None:
    if not text or len(text) > STATEMENT_LENGTH or language == EXACT:
        return None
    asked = text.endswith("?") and not _ASKED_WISH.match(text)
    if asked and not _ASKED.match(text):
        return None
    text = text.removesuffix("?")
    opened = without_opener(text)
    bare = _NEW.sub("", opened)
    standing = _STANDING.search(text) is not None
    passing = not standing and _PASSING.match(bare) is not None
    if passing and not (may_tell_change(bare) or _NOT_BUT_HINT.search(bare)):
        return None
    said = normalize(bare, language)
    told_new = _NEWS.search(text) is not None
    if told_new and not said.renews and normalize(text, language).renews:
        said = said.renewed()
    change = None if asked else told_change(said, bare, language) or _not_but(bare, language)
    wish = _WISH.search(text) is not None
    if passing and not change:
        return None
    if len(said.content) + wish < 2:
        return None
    talk = frozenset(normalize(before.text, language).content) if change and before else frozenset()
    news = not asked and bool(change or bare != opened or told_new)
    clauses = _clauses(text, language)
    lasting = not asked and bool(
        standing or wish or change or (news and _names_a_value(said) and not _AT_ONCE.match(text))
    )
    parts = _parts(text, language, session, at) if told_new and clauses else ()
    return Statement(text, bare, said, language, session, at, news, lasting, change, talk, clauses, asked, parts)


def _parts(text: str, language: str, session: int, at: datetime) -> tuple[Statement, ...]:
    found = (_statement(part[:1].upper() + part[1:], language, session, at, None) for part in _CLAUSE.split(text))
    return tuple(part for part in found if part is not None and part.said.renews)


def _names_a_value(said: NormalizedText) -> bool:
    """Whether something definite is said to be so from now on: a number, a name, or what is no longer so."""
    if not is_present(said) and _MOVING.isdisjoint(said.tokens):
        return False
    return not _DENIALS.isdisjoint(said.tokens) or any(kind not in (WORD, CLASS, SIGN) for kind in said.kinds)


def _clauses(text: str, language: str) -> tuple[NormalizedText, ...]:
    parts = _CLAUSE.split(text) if _CLAUSE_HINTS.search(text) else ()
    return tuple(normalize(without_opener(part), language) for part in parts) if len(parts) > 1 else ()


def _not_but(text: str, language: str) -> ToldChange | None:
    """The change in a sentence that says what no longer is, and what is instead."""
    if not _NOT_BUT_HINT.search(text):
        return None
    for pattern in _NOT_BUT:
        for found in pattern.finditer(text):
            old, new = normalize(found["old"], language), _term(found["new"], language)
            if (
                normalize(new, language).content
                and old.content
                and new
                and CLASS not in normalize(new, language).kinds
                and not _NO_VALUES.intersection(old.tokens)
            ):
                named = normalize(text[: found.start()] + text[found.end() :], language)
                if old.content != normalize(new, language).content:
                    return ToldChange(_subject(named), old.tokens, new, language)
    return None


def _term(text: str, language: str) -> str:
    """A term without the light words that stand before it."""
    words = text.strip("`").split()
    while words and not _LIGHT.isdisjoint(normalize(words[0], language).tokens):
        words.pop(0)
    return " ".join(words)


def _subject(said: NormalizedText) -> NormalizedText:
    kept = [
        at
        for at, token in enumerate(said.tokens)
        if said.kinds[at] != CLASS and token not in _CHANGE_WORDS | _LIGHT | {"it", "not", "one"}
    ]
    return said.at(kept)
