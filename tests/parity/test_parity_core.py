"""Words, speakers, times and gaps: what the numbers are, on cases counted by hand, and laws that hold for all."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.parity import compare, match_speakers, tokens, word_errors
from remote_meeting.parity.marking import mark, rows
from remote_meeting_backends import Phrase, Transcript, Word

SECOND = 10_000_000
WORDS = st.lists(st.sampled_from("abcd"), max_size=8)


def said(*lines: tuple[str, str, float, float]) -> Transcript:
    """A transcript of (speaker, text, start, end) in seconds."""
    phrases = [
        Phrase(str(number), text, speaker, int(start * SECOND), int((end - start) * SECOND))
        for number, (speaker, text, start, end) in enumerate(lines)
    ]
    return Transcript(meeting_id="m", backend="b", phrases=tuple(phrases))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good morning, Steve.", ["good", "morning", "steve"]),
        ("It\u2019s O'Neill's 'quote'", ["it's", "o'neill's", "quote"]),
        ("state-of-the-art — yes…no", ["state", "of", "the", "art", "yes", "no"]),
        ("Straße 12½ %", ["strasse", "1212"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("今日は3時です。", ["今", "日", "は", "3", "時", "で", "す"]),
        (" … ", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    """Case and punctuation are no errors; marks belong to their letters."""
    assert tokens(text) == expected


def test_counted_by_hand() -> None:
    """One word of each kind of error."""
    errors, same = word_errors(["a", "b", "c", "d"], ["a", "x", "c", "d", "e"])
    assert (errors.substituted, errors.deleted, errors.inserted, errors.rate) == (1, 0, 1, 0.5)
    assert same == [(0, 0), (2, 2), (3, 3)]


def test_nothing_to_measure_by() -> None:
    """No reference, no rate; nothing on both sides is no error."""
    assert word_errors([], ["a"])[0].rate is None
    assert word_errors([], [])[0].rate == 0.0
    assert word_errors(["a", "b"], [])[0].rate == 1.0


@given(WORDS, WORDS)
def test_words_that_are_the_same_are_the_same(reference: list[str], other: list[str]) -> None:
    """Each place is used once, in order, and what is left over are the errors."""
    errors, same = word_errors(reference, other)
    assert all(reference[here] == other[there] for here, there in same)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in itertools.pairwise(same))
    assert errors.deleted + errors.substituted == len(reference) - len(same)
    assert errors.inserted + errors.substituted == len(other) - len(same)


def _levenshtein(one: list[str], two: list[str]) -> int:
    row = list(range(len(two) + 1))
    for at, left in enumerate(one, start=1):
        last, row[0] = row[0], at
        for place, right in enumerate(two, start=1):
            last, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, last + (left != right))
    return row[-1]


@given(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4))
def test_the_pairing_is_the_best(reference: list[list[str]], other: list[list[str]]) -> None:
    """As few errors as the best of all permutations has, by a second way of counting."""
    measured = match_speakers(
        {f"A{place}": words for place, words in enumerate(reference)},
        {f"B{place}": words for place, words in enumerate(other)},
    )
    size = max(len(reference), len(other))
    left, right = reference + [[]] * (size - len(reference)), other + [[]] * (size - len(other))
    best = min(
        sum(_levenshtein(left[at], right[to]) for at, to in enumerate(order))
        for order in itertools.permutations(range(size))
    )
    assert measured.errors == best
    partners = [partner for _, partner in measured.pairs if partner is not None]
    assert len(set(partners)) == len(partners)
    assert {*partners, *measured.others} == {f"B{place}" for place in range(len(other))}


def test_a_swap_of_labels_is_no_error() -> None:
    """Labels are names without meaning; only who speaks beside whom counts."""
    one = said(("Guest-1", "good morning", 0, 1), ("Guest-2", "hello there you", 1, 2))
    two = said(("Guest-2", "good morning", 0, 1), ("Guest-1", "hello there you", 1, 2))
    found = compare(one, two)
    assert (found.words.errors, found.speakers.errors) == (0, 0)
    assert found.speakers.pairs == (("Guest-1", "Guest-2"), ("Guest-2", "Guest-1"))


def test_one_speaker_for_two() -> None:
    """Words are right and speakers are not: the words of whoever has no partner count, on both sides."""
    one = said(("Katie", "good morning steve", 0, 1), ("Steve", "good evening", 1, 2))
    two = said(("Guest-1", "good morning steve", 0, 1), ("Guest-1", "good evening", 1, 2))
    found = compare(one, two)
    assert found.words.errors == 0
    assert found.speakers.errors == 4
    assert found.speakers.pairs == (("Katie", "Guest-1"), ("Steve", None))


def test_nobody_is_paired_without_a_word_in_common() -> None:
    """Who is left over on both sides is not the same person for that."""
    found = match_speakers({"A": ["x"], "B": ["y", "z"]}, {"C": ["x"], "D": ["u", "v"]})
    assert found.pairs == (("A", "C"), ("B", None))
    assert found.others == ("D",)


def test_drift() -> None:
    """By words' own times where there are some; else a phrase's words are spread over it."""
    one = said(("A", "a b", 1, 3))
    timed = (Word("a", 12_500_000, 0), Word("b", 22_500_000, 0))
    two = Transcript(meeting_id="m", backend="b", phrases=(Phrase("1", "A, b.", "A", 0, 1, words=timed),))
    drift = compare(one, two).drift
    assert drift is not None
    assert (drift.words, drift.median_ticks, drift.most_ticks) == (2, 2_500_000, 2_500_000)
    assert compare(two, said()).drift is None


def test_missing_stretches() -> None:
    """The truncation that the old service passed over in silence: the other side's phrases end early."""
    whole = said(("A", "one", 0, 5), ("B", "two", 5, 12), ("A", "three", 12, 13.5))
    cut = said(("A", "one", 0, 6))
    found = compare(whole, cut)
    assert [(one.offset_ticks, one.duration_ticks, one.speaker) for one in found.only_reference] == [
        (6 * SECOND, 6 * SECOND, "B")
    ]
    assert found.only_other == ()
    assert found.measures["missing"] == 6.0
    assert compare(cut, whole).only_other == found.only_reference


def test_a_long_phrase_over_short_ones() -> None:
    """A phrase that spans a gap of the other side shows the gap, however the short ones lie."""
    found = compare(said(("A", "all", 0, 10)), said(("A", "a", 0, 9), ("B", "b", 1, 2)))
    assert found.only_reference == ()
    found = compare(said(("A", "all", 0, 10)), said(("A", "a", 0, 1), ("B", "b", 4, 10)))
    assert [(one.offset_ticks, one.duration_ticks) for one in found.only_reference] == [(SECOND, 3 * SECOND)]


def test_a_shift_either_way_is_a_shift() -> None:
    """A limit holds for what is earlier, too; one word of twenty may be far off."""
    words = [f"w{place}" for place in range(20)]
    shifts = [0.1] * 11 + [0.2] * 8 + [5.0]
    one = said(*(("A", word, 10 * place, 10 * place + 1) for place, word in enumerate(words)))
    late = zip(words, shifts, strict=True)
    moved = said(*(("A", word, 10 * at + by, 10 * at + 6) for at, (word, by) in enumerate(late)))
    later, earlier = compare(one, moved), compare(moved, one)
    assert (later.measures["drift"], earlier.measures["drift"]) == (0.1, 0.1)
    assert later.drift is not None
    assert earlier.drift is not None
    assert (later.drift.median_ticks, earlier.drift.median_ticks) == (1_000_000, -1_000_000)
    assert later.drift.most_ticks == earlier.drift.most_ticks == 2_000_000


def test_a_phrase_without_words_is_none() -> None:
    """It neither covers what the other side has, nor is it missed."""
    spoken, silent = said(("A", "one", 0, 5)), said(("A", " ", 0, 5))
    assert len(compare(spoken, silent).only_reference) == 1
    assert compare(silent, said(("A", "later", 9, 10))).only_reference == ()


def test_confidence_is_weighed_by_words() -> None:
    """A short doubtful phrase counts less than a long sure one; none is no number."""
    sure = Phrase("1", "one two three", "A", 0, SECOND, confidence=1.0)
    doubtful = Phrase("2", "four", "A", SECOND, SECOND, confidence=0.5)
    found = compare(Transcript(meeting_id="m", backend="b", phrases=(sure, doubtful)), said(("A", "one", 0, 1)))
    assert (found.reference.confidence, found.other.confidence) == (0.875, None)


def test_marks_stand_at_words_as_they_are_written() -> None:
    """Several words in one piece, and a piece that is no word, put nothing out of step."""
    one, two = said(("A", "State-of-the-art — ends here.", 0, 1)), said(("A", "state of the art ends there", 0, 1))
    (marked,) = mark(one.phrases, {here for here, _ in compare(one, two).same})
    assert marked.pieces == (("State-of-the-art — ends", True), ("here.", False))


def test_what_overlaps_stands_in_one_row() -> None:
    """A long phrase keeps everything beside it that is said before it ends."""
    one, two = said(("A", "long", 0, 10)), said(("A", "x", 1, 2), ("B", "y", 8, 9), ("A", "z", 10, 11))
    shown = rows(mark(one.phrases, ()), mark(two.phrases, ()))
    assert [(len(row.reference), len(row.other), row.offset_ticks) for row in shown] == [(1, 2, 0), (0, 1, 10 * SECOND)]
