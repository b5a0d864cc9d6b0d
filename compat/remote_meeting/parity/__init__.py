"""Two transcripts of one meeting compared: words, speakers, times, and what only one of them has."""

from .comparing import MEASURES, Comparison, Side, Stretch, compare
from .loading import read_transcript
from .reports import REPORTS, report
from .speakers import SpeakerErrors, match_speakers
from .times import Drift, Placed, placed_words
from .words import WordErrors, tokens, word_errors

__all__ = [
    "MEASURES",
    "REPORTS",
    "Comparison",
    "Drift",
    "Placed",
    "Side",
    "SpeakerErrors",
    "Stretch",
    "WordErrors",
    "compare",
    "match_speakers",
    "placed_words",
    "read_transcript",
    "report",
    "tokens",
    "word_errors",
]
