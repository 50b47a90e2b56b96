"""What the names of folders, files and headings say of where, when and about whom something is written."""

import re
from itertools import pairwise

from mockdreams.dreaming.inflection import stem
from mockdreams.dreaming.languages import MONTHS, words_of
from mockdreams.dreaming.normalize import keywords, normalize
from mockdreams.dreaming.normalized import PREPOSITIONS


def stems_of(meaning: str) -> frozenset[str]:
    """The words of a meaning in all languages, as they are in names."""
    return frozenset(stem for word in words_of(meaning) for stem in keywords(word))


# Folders and headings whose entries are someone or something with facts of their own.
ENTITY_PLACES = stems_of("entities")
# Where something holds: the same words under two of these are two facts.
SETTINGS = stems_of("settings")
IN_SETTINGS = SETTINGS | stems_of("setting_nouns")
# Where things are put before anyone decides where they belong.
UNSORTED_PLACES = stems_of("unsorted")
# Of these, where what was so on one day is told.
ASIDE = UNSORTED_PLACES - stems_of("diaries")
# What texts are called: the pages of such a folder are not about one thing each.
TEXT_PLACES = stems_of("texts")
# Names of files that stand for the folder which they are in.
FOLDER_FILES = stems_of("folder_files")
NO_PLACES = UNSORTED_PLACES | FOLDER_FILES
# A folder named in the plural holds things of a kind, each with facts of its own, unless it is named for its texts.
_PLURAL = re.compile(r".*[a-hj-rtv-z]s$", re.IGNORECASE)
_PLURAL_GERMAN = re.compile(r".*(?:en|er)$", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_PERIODS = MONTHS | frozenset(word.casefold() for word in words_of("periods"))


def is_period(path: str) -> bool:
    """Whether a file is named for a week or month only: "/scraps/week04.md", "/notas/enero.md"."""
    words = _LETTERS.findall(path.rpartition("/")[2].removesuffix(".md").casefold())
    return bool(words) and _PERIODS.issuperset(words)


def family_of(
    path: str, folders: tuple[tuple[str, ...], ...], title: tuple[str, ...], languages: tuple[str, ...]
) -> tuple[str, frozenset[str]]:
    """The folder whose members are things of a kind, and the words for which of them this is.

    A README, or another file with a name in capitals, is about the folder that it is in.
    """
    names = [part for part in path.split("/") if part] or [""]
    of_folder = FOLDER_FILES.issuperset(keywords(names[-1])) or (names[-1].isupper() and len(names[-1]) > len("MAX"))
    at = len(names) - 1 - of_folder
    while at > 0 and (not sorted_out(folders[at]) or names[at].startswith(".")):
        at -= 1
    if at < 0 or not folders or not sorted_out(folders[at]):
        return "", frozenset(title)
    family, kind = "/".join(names[:at]), names[at - 1] if at else ""
    if of_folder:
        return f"{family}/", frozenset(folders[at])
    plural = _PLURAL.match(kind) or ("de" in languages and _PLURAL_GERMAN.match(kind))
    if not plural or len(names[at]) < 2 or not sorted_out(keywords(kind)) or TEXT_PLACES.intersection(keywords(kind)):
        family = ""
    return family, frozenset(folders[at] + title)


def is_placed(heading: str) -> bool:
    """Whether a heading says that something is in a setting: "Install it on Linux"."""
    tokens = normalize(heading).tokens
    return any(before in PREPOSITIONS and word in SETTINGS for before, word in pairwise(tokens))


def sorted_out(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name that say more than a number, or than that nobody has decided yet: none of "notes-2"."""
    return tuple(word for word in words if not word[:1].isdigit() and _base(word) not in NO_PLACES)


def _base(word: str) -> str:
    """A name of a file without the number of a further one: "notes2"."""
    return stem(word.rstrip("0123456789")) if word[-1].isdigit() else word
