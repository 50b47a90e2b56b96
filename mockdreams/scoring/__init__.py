"""How well a dream did: an audit of what became of each line, and a score by labels.

Works on two stores given as texts by path, whoever dreamed.
"""

from mockdreams.scoring.audits import audit
from mockdreams.scoring.by_labels import score
from mockdreams.scoring.scores import Miss, Score
from mockdreams.scoring.sentences import Judge, Store
from mockdreams.scoring.sources import (
    Dreamed,
    assert_dream,
    contents,
    gather,
    load_figures,
    load_judge,
    load_labels,
    load_store,
)

__all__ = [
    "Dreamed",
    "Judge",
    "Miss",
    "Score",
    "Store",
    "assert_dream",
    "audit",
    "contents",
    "gather",
    "load_figures",
    "load_judge",
    "load_labels",
    "load_store",
    "score",
]
