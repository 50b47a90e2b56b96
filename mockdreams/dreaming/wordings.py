"""What two wordings of one wish have in common: "under 100 words" is "never longer than 100 words"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mockdreams.dreaming.inflection import PREFIX, WORDS_REMEMBERED, root
from mockdreams.dreaming.languages import (
    CLASS,
    CODE,
    LANGUAGES,
    NAME,
    NOUN,
    NUMBER,
    OPPOSITES,
    PARTICIPLES,
    SIGN,
    WORD,
    words_of,
)
from mockdreams.dreaming.normalize import normalize, tokens_of
from mockdreams.dreaming.normalized import DENIALS, MODALS, OPENERS, PREPOSITIONS
from mockdreams.dreaming.openings import CONDITIONS, NEVER, Phrases, any_of, hints, refusal, words_in
from mockdreams.dreaming.statements import WORDING, Statement, said_in

_HARD_CLASSES = frozenset("NOT NOLONGER WITHOUT UNLESS BEFORE AFTER PAST HABIT".split())
_DENYING = DENIALS | {"WITHOUT"} | tokens_of("nothing")
_STRICT, _SOFT_KINDS = _HARD_CLASSES | _DENYING, frozenset((WORD, NAME, NOUN, CODE, CLASS))
# Of "lieber Tabellen als Listen" the second is not wanted, of "lieber als Tabelle" the only one is.
# In English it is what is no bound either: "links than attachments".
_RATHER = re.compile(r"\b(?:lieber|eher|besser) (?!als)|(?<!more)(?<!less)(?<!er) than\b", re.IGNORECASE)
_INSTEAD = Phrases("instead")
# What is not wanted ends before one of these, unless it begins with it.
_ENDING = {
    name: frozenset(word for word, (token, _) in language.words.items() if token in OPENERS) | frozenset(language.fused)
    for name, language in LANGUAGES.items()
}
_QUOTE = '["\u201c\u201e\u00ab]'
_QUOTED = re.compile(rf"{_QUOTE}(.+?)[\"\u201d\u201c\u00bb]")
_THAT_WORD = any_of("that_word")
# "The word 'owner'" is "'owner'".
_A_WORD = any_of("a_word", rf"\b(?:{{}}) (?={_QUOTE})")
_WORD_HINTS = hints("that_word", "a_word")
_AVOIDING = any_of("not_saying")
# What is said behind a wish and is none: "..., it sounds cheap", "..., nobody reads more".
_REMARK = re.compile(
    rf"[,;] (?:(?:{'|'.join(sorted(words_of('remarking')))})(?='| (?![A-ZÄÖÜ])| der\b| I )"
    r"|(?:die|der|das) [A-ZÄÖÜ]\w+ [a-z]\w+t?)[^\d\"\u201e\u201c]*$"
)
# "Jokes have crept back into the minutes, I don't want any" and "Witze sind wieder drin, ich will keine".
_ANY_OF_THEM = re.compile(
    r"(?P<what>[^,]+?) (?:have|has|are|is|keep|sind|ist|haben|hat)\b[^,]*?(?P<there> (?:into|in|on|im)\b[^,]*)?, "
    r"(?:(?:I|we) (?:don't|do not) (?:want|need|like) (?:any|them|it)"
    r"|(?:ich|wir) (?:will|wollen|möchte) (?P<no>keine?n?))(?: (?:there|dort))?(?P<rest>\b.*)"
)
_HAPPENED = tokens_of("happened") | {"PAST"}
_IN_WRITING = re.compile(
    r"\b(?:when|whenever) (?:you|we) (?:write|reply|answer) (?P<to>to)\b"
    r"|\bwenn (?:du|wir) an (?P<an>.+?) schreib(?:st|en)\b,?",
    re.IGNORECASE,
)
_WRITING_HINTS = frozenset(("when", "whenever", "wenn"))
_LEADING = CONDITIONS | frozenset(("as", "da", "weil"))
_BARRIERS = frozenset("COND UNLESS BECAUSE WHILE BEFORE AFTER BUT".split())

_COUNTS = "|".join(
    word
    for language in LANGUAGES.values()
    for word in (
        *language.indefinite,
        *(each for each in language.before_nouns if each.startswith("ein")),
        *words_of("halves", language.name),
        *(each for each, (_, kind) in language.words.items() if kind == NUMBER),
    )
)
_COUNTED = rf"(?= (?:\d|(?:{_COUNTS}|for|per|in|für|pro|je)\b)|[.!]*$)"
_BEHIND = ("at most", "max", "maximum", "höchstens", "maximal")
_BOUND_BEHIND = re.compile(rf"(?P<count>(?:\d+|{_COUNTS}) \w+) (?P<bound>{'|'.join(_BEHIND)})\b(?! \d)", re.IGNORECASE)
_BEHIND_HINTS = frozenset(phrase.split()[-1] for phrase in _BEHIND)
_WISHING_HINTS = _WORD_HINTS | _WRITING_HINTS | _BEHIND_HINTS
# Without one of these or a number there is no bound.
_COMPARING = frozenset("THAN ATMOST ATLEAST ABOVE BELOW".split())
_MOST, _LEAST = "\u2264", "\u2265"
_OPPOSITE = {_MOST: _LEAST, _LEAST: _MOST}
_BOUND_HINTS = hints("limiting", "at_most", "at_least")
_BOUNDS = (
    (any_of("limiting", rf"\A(?:{{}}) (.*?) (?:to|auf){_COUNTED}"), rf"\1 {_MOST}"),
    (any_of("at_most", rf"\b(?:{{}}){_COUNTED}"), _MOST),
    (any_of("at_least", rf"\b(?:{{}}){_COUNTED}"), _LEAST),
)


FIRST, LAST = "\u21e4", "\u21e5"
PLACES = frozenset((FIRST, LAST))
"""Where in a text something is wished to be."""
_WITH = r"\b(?:{})\b(?=.*\b(?:with|mit)\b)"
_AFTER_WITH = r"(?<= mit )(?P<what>.*) (?:{})(?=[.!]*$)"
_BARE = r"\b(?:{})(?=[.,;!]|$| (?:in|on|of|please|when|bei|für)\b)"
_PLACING = (
    (any_of("beginning", _WITH), FIRST),
    (any_of("beginning", _AFTER_WITH), FIRST),
    (any_of("at_first"), FIRST),
    (any_of("at_first_bare", _BARE), FIRST),
    (any_of("ending", _WITH), LAST),
    (any_of("ending", _AFTER_WITH), LAST),
    (any_of("at_last"), LAST),
    (any_of("at_last_bare", _BARE), LAST),
)
_PLACE_HINTS = hints("beginning", "at_first", "at_first_bare", "ending", "at_last", "at_last_bare")
_PARTICLE = re.compile(r" (?:an|ab|auf)(?=[.!]*$)")
# What follows a denial for stress only: "..., auch nicht in Listen", "... in letters or anywhere else".
_STRESS = any_of("emphatic", r", (?:{})\b.*"), any_of("anywhere", r" (?:in|on|at|bei|auf) .*\b(?:{})\b.*")
# "In alphabetical order" is "alphabetically".
_IN_MANNER = any_of("manners", r"\bin (?:an? |the |einer )?(\w+) (?:{})\b")
_HINTS = _PLACE_HINTS | hints("emphatic", "anywhere", "manners") | CONDITIONS
_WHENEVER = re.compile(rf"\b(?:{'|'.join(sorted(CONDITIONS))})\b[^,;]*", re.IGNORECASE)
_ARISING = re.compile(rf" (?:{'|'.join(sorted(words_of('arising') | words_of('telling')))})\b", re.IGNORECASE)


_TELLING = words_of("telling", "en")
_DONT, _NOTS = Phrases("dont"), frozenset(("not", "never", "nicht", "nie", "niemals"))
_THAN = frozenset(("als", "than"))
_TURNING = _NOTS | NEVER.hints | _DONT.hints
_CONTRASTING = _NOTS | _THAN | _INSTEAD.hints
_HALVES = words_of("halves")


@dataclass(slots=True, eq=False)
class Wording:
    """The words of a statement in whatever form, and the tokens that have to agree in another wording of it.

    Of the words some only say in what is written it is wished (`where`: "in letters", "in den Mails"), or what is to be
    done (`verbs`): another wording may do without. What is one of the `names` has to be in it. What is not wished for
    instead is `unlike`.
    """

    forms: frozenset[str]
    hard: tuple[str, ...]
    verbs: frozenset[str]
    names: tuple[str, ...]
    unlike: frozenset[str]
    said: Sequence[tuple[str, str]]
    roots: frozenset[str]
    """The words, before one of two for the ends of one thing stands for both."""

    @property
    def where(self) -> frozenset[str]:
        return _where(self.said) & self.roots

    @property
    def is_specific(self) -> bool:
        """Whether it has a number, a name or a "not"."""
        return bool(self.names) or not PLACES.issuperset(self.hard)

    def names_like(self, longer: "Wording") -> bool:
        """Whether it has all names of a longer wording, in their order."""
        theirs = [name for name in longer.names if name in self.names]
        return self.forms.issuperset(longer.names) and theirs == [each for each in self.names if each in theirs]

    def is_contrary(self, other: "Wording") -> bool:
        """Whether it wishes one thing the other way round: with a "not", at the end, the oldest first."""
        turned = frozenset(self.hard) ^ frozenset(other.hard)
        return self.forms == other.forms and (turned == PLACES or (len(turned) == 1 and turned <= _TURNED))


def wording(statement: Statement) -> Wording:
    """What a statement has in common with every other wording of it."""
    german = statement.language == "de"
    avoided = _avoided(statement.bare, statement.language)
    whole, words = _wished(statement.bare, statement.language)
    bare, unwanted = _contrasted(whole, words, statement.language)
    put = words if bare == whole and words[-1] else words_in(bare.rstrip(".! ")) or [""]
    if wished := _affirmed(bare, put):
        bare, put = wished, words_in(wished)
    text, place = (bare, ()) if _HINTS.isdisjoint(put) else _placed(_unstressed(bare, put), put)
    said = _bounded(statement, text, put)
    prefix = put[-1] if german and put[-1] in LANGUAGES["de"].separable else ""
    if prefix and said and (said[-1][1] == CLASS or prefix.startswith(said[-1][0])):
        said = said[:-1]
    forms = _forms(said, _without_wording(statement, german=german))
    hard, place = _affirmed_twice(said, _hard(said, forms), place)
    first, verb = put[0], "".join(statement.said.tokens[:1])
    verbs = _verbs(said, first, german=german)
    # In "Die Preise gib ... an" another word is the verb.
    leads = put[0] not in LANGUAGES["de"].words and WORDING.isdisjoint(put[1:2])
    if prefix and leads and root(verb) in forms:
        # "Trag ... ein" is "eintragen".
        forms = forms - {root(verb)} | {root(prefix + verb)}
        verbs |= {root(prefix + verb)}
    told = verbs & (_TOLD_DE if german else _TOLD)
    if not german and first not in _TELLING:
        told.discard(root(first))
    forms = forms - told - _IDLE or forms
    if avoided:
        # "Don't use 'owner', we say 'family'" and "'family', never 'owner'".
        forms = forms - _SAYING - _where(said)
        hard.discard("NOT")
    forms = forms - avoided - unwanted | {f"-{form}" for form in avoided or unwanted}
    names = (root(token) for token, kind in said if kind == CODE or (kind == NAME and not german))
    found = forms if _ENDS.isdisjoint(forms) else frozenset(_CONTRARY.get(form, form) for form in forms)
    return Wording(
        found,
        (*sorted(hard), *place),
        forms & verbs,
        tuple([name for name in names if name in forms]),
        frozenset([form for form in found if form[:1] == "-"]),
        said,
        forms,
    )


def _wished(text: str, language: str) -> tuple[str, list[str]]:
    """A text without a remark behind what is wished, with what is wished of "any", and with its bound in front."""
    if found := _ANY_OF_THEM.match(text) if ", " in text else None:
        what = found["what"] if found["no"] else found["what"].casefold()
        text = f"{found['no'] or 'no'} {what}{found['rest'].rstrip('.!') or found['there'] or ''}"
    text = without_remark(text, language)
    words = words_in(text) or [""]
    if _WISHING_HINTS.isdisjoint(words):
        return text, words
    if not _WORD_HINTS.isdisjoint(words):
        text = _A_WORD.sub("", _THAT_WORD.sub("", text))
    if not _WRITING_HINTS.isdisjoint(words):
        text = _IN_WRITING.sub(_to_whom, text)
    if not _BEHIND_HINTS.isdisjoint(words):
        text = _BOUND_BEHIND.sub(r"\g<bound> \g<count>", text)
    return text, words_in(text) or [""]


def without_remark(text: str, language: str) -> str:
    """A wish without what is remarked behind it; what is told to have happened stays whole."""
    found = _REMARK.search(text)
    if not found or not found.start() or not words_of("remarking", language):
        return text
    first = text.partition(" ")[0].casefold()
    if first in _LEADING or first in LANGUAGES[language].persons:
        return text
    said = normalize(text[: found.start()], language)
    return text[: found.start()] if _HAPPENED.isdisjoint(said.tokens) else text


def _to_whom(found: re.Match[str]) -> str:
    """Where is wished what is, when one writes to somebody: "when you write to the parents" is "in mails to"."""
    return f"in mails {found['to']}" if found["to"] else f"in Mails an {found['an']}"


def _avoided(text: str, language: str) -> frozenset[str]:
    """What is not to be said, as in "never 'owner'"."""
    words = set[str]()
    before = list[re.Match[str]]()
    if not _QUOTED.search(text):
        return frozenset()
    for clause in re.split(r"[,;:] ", text):
        denial, quoted = _AVOIDING.search(clause), [*_QUOTED.finditer(clause)]
        if not quoted and _THAT_WORD.search(clause):
            quoted = before
        before = quoted
        if denial and quoted:
            last = next((each for each in quoted if each.start() > denial.start()), quoted[-1])
            words.update(normalize(last[1], language).content)
    return frozenset(map(root, words))


def _contrasted(text: str, words: list[str], language: str) -> tuple[str, frozenset[str]]:
    """What is wished, and the words for what is not wanted instead: "in kilos, not in pounds", "kilos over pounds"."""
    if _CONTRASTING.isdisjoint(words):
        return text.rstrip(","), frozenset()
    words, parts = words.copy(), text.split(" ")
    marks = _NOTS | _THAN if _RATHER.search(text) else _NOTS
    unwanted, at = set[str](), 0
    while at < len(words):
        size = _INSTEAD.at(words, at) or int(words[at] in marks)
        start = at - (words[at - 1] in ("and", "und"))
        denies = not _NOTS.isdisjoint(words[at : at + size]) or words[at] == "no"
        if not size or at + size == len(words) or (denies and not (start and parts[start - 1][-1:] == ",")):
            at += 1
            continue
        end = at + size + 1
        while end < len(words) and not _is_at_end(parts[end - 1], parts[end:], language):
            end += 1
        said = normalize(" ".join(parts[at + size : end]), language)
        pairs = zip(said.tokens, said.kinds, strict=True)
        unwanted |= {root(token) for token, kind in pairs if kind in (WORD, NOUN, NAME)}
        del parts[start:end], words[start:end]
        at = start
    return " ".join(parts).rstrip(","), frozenset(unwanted)


def _is_at_end(part: str, following: list[str], language: str) -> bool:
    """Whether with a word what is not wanted is at an end: in German with its noun, or before the verb."""
    if part[-1:] in ",;:.!" or following[0].casefold() in _ENDING[language]:
        return True
    return language == "de" and (part[:1].isupper() or (len(following) == 1 and following[0].islower()))


def _forms(said: Sequence[tuple[str, str]], words: frozenset[str]) -> frozenset[str]:
    """The words that are said, in whatever form."""
    told = [token for token, kind in said if (token in words or kind == SIGN) and token not in _DENYING]
    return frozenset([root(token.removeprefix("1 ")) for token in told])


def _hard(said: Sequence[tuple[str, str]], forms: frozenset[str]) -> set[str]:
    """The tokens that have to agree: denials and other classes, numbers but "one day", the ends of one thing."""
    tokens = [token for token, kind in said if kind not in _SOFT_KINDS or token in _STRICT]
    hard = {token for token in tokens if token in _HARD_CLASSES or token[:2] != "1 "} - _DENYING
    if not _DENYING.isdisjoint(tokens):
        hard.add("NOT")
    return hard if _ENDS.isdisjoint(forms) else hard.union(f"~{form}" for form in forms & _ENDS)


def _affirmed_twice(
    said: Sequence[tuple[str, str]], hard: set[str], place: tuple[str, ...]
) -> tuple[set[str], tuple[str, ...]]:
    """What is denied twice: "tasks never without a date", and "send nothing without asking", which is "ask before"."""
    denials = [at for at, (token, _) in enumerate(said) if token in _DENYING] if "NOT" in hard else []
    if len(denials) < 2 or said[denials[-1]][0] != "WITHOUT":
        return hard, place
    if said[denials[-1] - 1][0] == "NOT":
        return hard - {"NOT"}, place
    return hard - {"NOT"} | {"BEFORE"}, ()


def _without_wording(statement: Statement, *, german: bool) -> frozenset[str]:
    """The words of a statement but for those that it is put with."""
    words = statement.words
    return (german and frozenset([word for word in words if PREFIX.sub("", word) not in WORDING])) or words


def _verbs(said: Sequence[tuple[str, str]], first: str, *, german: bool) -> set[str]:
    """What an order says is to be done: its first word, what "should" be done, in German also the last word."""
    if german:
        # "Jeder Brief braucht einen Betreff."
        done = [
            token
            for at, (token, kind) in enumerate(said)
            if kind == WORD and (at == len(said) - 1 or root(token) in _TOLD_DE)
        ]
    else:
        done = [token for token, _ in said if token in PARTICIPLES or token.endswith("ed")]
    done += [said[at + 1][0] for at, (token, _) in enumerate(said[:-1]) if token in MODALS]
    return {root(first), *map(root, done)}


def _affirmed(text: str, words: list[str]) -> str | None:
    """What "don't leave out the date" wishes for, and "vergiss das Datum nicht"."""
    if _TURNING.isdisjoint(words):
        return None
    start = NEVER.at(words) or _DONT.at(words)
    if start and (wished := refusal(" ".join(text.split(" ")[start:]))) is not None:
        return wished
    if _NOTS.isdisjoint(words) or (wished := refusal(text)) is None:
        return None
    return " ".join(word for word in wished.split(" ") if not _NOTS.issuperset(words_in(word)))


def _unstressed(text: str, words: list[str]) -> str:
    text = _IN_MANNER.sub(r"\1", text)
    for stress in _STRESS:
        text = stress.sub("", text, count=1)
    if CONDITIONS.isdisjoint(words):
        return text
    return _WHENEVER.sub(lambda clause: _ARISING.sub("", clause[0]), text)


def _placed(text: str, words: list[str]) -> tuple[str, tuple[str, ...]]:
    """A text without the words that tell the place of something in another, and that place."""
    for pattern, place in _PLACING if not _PLACE_HINTS.isdisjoint(words) else ():
        left = pattern.sub(lambda found: found.groupdict().get("what", ""), text, count=1)
        if left != text:
            return _PARTICLE.sub("", " ".join(left.split())), (place,)
    return text, ()


def _where(said: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The words of "in letters to the parents", of "product texts"."""
    found = set[str]()
    for at in [at for at, (token, kind) in enumerate(said) if kind != CLASS and _is_written(token)]:
        follows = said[at + 1][0] if said[at + 1 :] else ""
        begins = (at > 1 and said[at - 2][0] in PREPOSITIONS) or (at == 1 and follows in MODALS)
        before = said[at - 1 : at] if begins and said[at - 1][1] != CLASS else []
        of = said[at + 2 : at + 3] if follows in ("OF", "TO", "FOR") else []
        found |= {root(each) for each, _ in (*before, said[at], *of)}
    return frozenset(found)


@lru_cache(maxsize=WORDS_REMEMBERED)
def _is_written(token: str) -> bool:
    """Whether a word is one for a text, or a German compound of one: "Wochenbericht"."""
    form = root(token)
    return form in _WRITTEN or form.endswith(_WRITTEN_DE)


def _bounded(statement: Statement, text: str, words: list[str]) -> list[tuple[str, str]]:
    """The tokens and their kinds, a bound and its number as one of them: "no longer than 5 lines" has "≤5"."""
    said = statement.said
    if not _BOUND_HINTS.isdisjoint(words) and (
        NUMBER in said.kinds or not _COMPARING.isdisjoint(said.tokens) or not _HALVES.isdisjoint(words)
    ):
        for pattern, sign in _BOUNDS:
            text = pattern.sub(sign, text)
    said = said_in(text, statement.language) if text != statement.bare else said
    found = [*zip(said.tokens, said.kinds, strict=True)]
    if _MOST not in said.tokens and _LEAST not in said.tokens:
        return found
    at = next(at for at, token in enumerate(said.tokens) if token in _OPPOSITE)
    sign, behind = found[at][0], found[at + 1 :]
    numbers = [place for place, (_, kind) in enumerate(found) if kind == NUMBER and (place == at + 1 or not behind)]
    if _BARRIERS.isdisjoint(said.tokens) and not _DENYING.isdisjoint(said.tokens):
        sign = _OPPOSITE[sign]
        found = [each if each[0] not in _DENYING else ("", CLASS) for each in found]
    # "Longer than a page" is longer than one.
    found[at] = (f"{sign}{found[numbers[-1]][0] if numbers else 1}", SIGN)
    return [each for place, each in enumerate(found) if place not in numbers[-1:]]


_SAYING = frozenset(map(root, ("say", "write", "read", "use", "sagen", "schreiben", "heisst")))
_TOLD = frozenset(map(root, tokens_of("telling")))
_TOLD_DE = frozenset(root(token) for word in words_of("telling", "de") for token in normalize(word, "de").tokens)
_IDLE = frozenset(map(root, tokens_of("idle")))
_WRITTEN = frozenset(map(root, tokens_of("written")))
_WRITTEN_DE = tuple(root(token) for word in words_of("written", "de") for token in normalize(word, "de").tokens)
_CONTRARY = {
    root(normalize(one, name).tokens[0]): root(normalize(other, name).tokens[0])
    for name, pairs in OPPOSITES.items()
    for one, other in pairs.items()
}
"""Of two words for the ends of one thing, the one that stands for the other turned round: "oldest" and "newest"."""
_ENDS = frozenset(_CONTRARY)
_TURNED = frozenset(("NOT", *(f"~{form}" for form in _ENDS)))
