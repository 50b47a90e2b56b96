"""The sessions of a generated world: what is asked, corrected, wished for again and again."""

from dataclasses import dataclass, field

from mockdreams.generating.memories import Original
from mockdreams.generating.recipes import Drawer, Recipes, reworded

# How many wishes recur, and how many facts are to be remembered, for each session.
WISHES, REMEMBERED = 0.2, 0.1
# In how many sessions a recurring wish is heard: at least, at most.
SUPPORT = 2, 6


@dataclass(eq=False)
class Talk:
    """A session; `when` is its place in time, from 0 to 1."""

    title: str
    when: float
    turns: list[tuple[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class Insight:
    text: str
    talks: list[Talk]


class Talks:
    """`count` sessions, in order of time."""

    def __init__(self, draw: Drawer, recipes: Recipes, count: int) -> None:
        self._draw = draw
        self._recipes = recipes
        self.all = [self._talk(when) for when in draw.moments(count)]
        self.insights = [self._wish(text) for text in self._wishes()]
        self.insights += [self._remember() for _ in range(int(count * REMEMBERED))]

    def correct(self, original: Original, value: str) -> Talk:
        """In one of the sessions the user says that the changed fact of an original has another value by now."""
        fact = original.changed
        assert fact is not None
        fact.values.append(value)
        talk = self._draw.one(self.all)
        self._say(talk, reworded(self._draw.one(self._recipes.correcting), fact.with_value(value), fact.name))
        return talk

    def _talk(self, when: float) -> Talk:
        talk = Talk(self._draw.new(self._recipes.titles), when)
        talk.turns.append((self._draw.new(self._recipes.asking), self._draw.text(self._recipes.answering)))
        return talk

    def _wishes(self) -> list[str]:
        count = max(1, int(len(self.all) * WISHES)) if len(self.all) >= SUPPORT[0] else 0
        return self._draw.some(self._recipes.wishes, count, count)

    def _wish(self, text: str) -> Insight:
        talks = self._draw.some(self.all, *SUPPORT)
        for talk in talks:
            self._say(talk, reworded(self._draw.one(self._recipes.wishing), text))
        return Insight(text, talks)

    def _remember(self) -> Insight:
        text, talk = self._draw.new(self._recipes.remembering), self._draw.one(self.all)
        self._say(talk, text)
        return Insight(text, [talk])

    def _say(self, talk: Talk, words: str) -> None:
        talk.turns.append((words, self._draw.text(self._recipes.agreeing)))
