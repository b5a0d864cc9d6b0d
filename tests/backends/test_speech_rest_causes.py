"""Errors of the service: both shapes and any junk are read, the finest word counts, and a cure is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends.speech_rest.causes import Problem, cure, problem_of, read_problem

FLAT = {
    "code": "InvalidRequest",
    "message": "Only valid requests.",
    "innerError": {"code": "InvalidSubscription", "message": "Only Standard.", "target": "subscription"},
}
READ = Problem("InvalidRequest", "InvalidSubscription", "Only valid requests", "Only Standard", "subscription")


def read(body: Any) -> Problem:
    """Read an error of this JSON."""
    return read_problem(json.dumps(body).encode())


@pytest.mark.parametrize(
    "body",
    [
        FLAT,
        {"error": FLAT},
        {"Code": FLAT["code"], "Message": FLAT["message"], "InnerError": FLAT["innerError"], "unknown": 1},
        {"error": {"code": FLAT["code"], "message": FLAT["message"], "innererror": FLAT["innerError"]}},
        {"code": FLAT["code"], "message": FLAT["message"], "details": [FLAT["innerError"]]},
    ],
)
def test_both_shapes_are_read(body: dict[str, Any]) -> None:
    """At the top as the contract has it, in `error` as gateways do, whatever the case of the names."""
    assert read(body) == READ


def test_the_innermost_code_counts() -> None:
    """The service wraps what it means twice."""
    problem = read({"code": "A", "innerError": {"code": "B", "innerError": {"code": "C", "message": "the reason"}}})
    assert (problem.code, problem.inner_code, problem.inner_message) == ("A", "C", None)
    assert problem.message == "the reason"


def test_an_error_that_never_ends() -> None:
    """It is followed a little way."""
    body: dict[str, Any] = {"code": "C99"}
    for level in range(98, 0, -1):
        body = {"code": f"C{level}", "innerError": body}
    assert read(body).code == "C1"
    assert read(body).inner_code == "C16"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", Problem()),
        (b"{}", Problem(message="{}")),
        (b"<html><h1>502 Bad Gateway</h1></html>", Problem(message="<html><h1>502 Bad Gateway</h1></html>")),
        (b"\xff\xfe", Problem(message="??")),
        (b'"text"', Problem(message='"text"')),
        (b"[1]", Problem(message="[1]")),
        (b'{"error": "no such key"}', Problem(message="no such key")),
        (b'{"statusCode": 401, "message": "Access denied."}', Problem(message="Access denied")),
        (b'{"title": "One or more errors", "status": 400}', Problem(message="One or more errors")),
        (b'{"code": 429, "message": "slow"}', Problem(code="429", message="slow")),
        (
            b'{"code": true, "message": ["x"], "target": 5}',
            Problem(message='{"code": true, "message": ["x"], "target": 5}'),
        ),
        (b'\xef\xbb\xbf{"code": "NotFound"}', Problem(code="NotFound")),
        (
            b"<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate.\n"
            b"RequestId:1</Message></Error>",
            Problem(code="AuthenticationFailed", message="Server failed to authenticate. RequestId:1"),
        ),
    ],
)
def test_any_junk_is_read(body: bytes, problem: Problem) -> None:
    """Blob Storage's XML, a gateway's page, nothing at all."""
    found = read_problem(body)
    assert found == (problem if body != b"\xff\xfe" else Problem(message=found.message))


def test_words_name_codes_and_texts_once() -> None:
    """For a message: the codes, then what they say."""
    assert READ.words == "InvalidRequest/InvalidSubscription: Only valid requests - Only Standard"
    assert Problem("Same", "Same", "x", "x").words == "Same: x"
    assert Problem().words == ""


@pytest.mark.parametrize(
    ("code", "inner", "message", "part"),
    [
        ("InvalidRequest", "InvalidSubscription", None, "free tier"),
        ("InvalidRequest", None, 'Only "Standard" subscriptions for the region are valid', "free tier"),
        ("InvalidData", None, "The recordings URI contains invalid data.", "one channel only"),
        ("InvalidRequest", "InvalidRecordingsUri", "the recordings uri contains invalid data", "one channel only"),
        ("PipelineError", "BadChannelConfiguration", None, "one channel only"),
        ("LimitExceeded", None, "The audio length exceeds the limit for diarization.", "240 minutes"),
        ("InvalidRequest", "AudioLengthLimitExceeded", None, "240 minutes"),
        ("InvalidRequest", "InvalidRecordingsUri", None, "SAS"),
        ("InvalidRequest", "InaccessibleCustomerStorage", None, "r and l for a container"),
        ("InvalidUri", None, None, "SAS"),
        ("InvalidRequest", "InvalidLocale", None, "BCP-47"),
        ("TooManyRequests", "QuotaViolation", None, "less often"),
        ("Conflict", "DeleteNotAllowed", None, "before it has ended"),
        ("InvalidRequest", "EmptyAudioFile", None, "holds no audio"),
        ("InvalidRequest", "InvalidAudioFormat", None, "WAV or FLAC"),
        ("UnsupportedMediaType", None, None, "WAV or FLAC"),
        ("InvalidRequest", "NoLanguageIdentified", None, "candidate languages"),
        ("Unauthorized", None, None, "key or token"),
        ("Forbidden", None, None, "Cognitive Services Speech User"),
        ("UnprocessableEntity", None, None, "too long, too large"),
        ("AuthenticationFailed", None, None, "new links"),
    ],
)
def test_a_known_code_has_a_cure(code: str, inner: str | None, message: str | None, part: str) -> None:
    """The vague words first, then the inner code, then the outer one."""
    assert part in (cure(Problem(code, inner, message)) or "")


@pytest.mark.parametrize("problem", [Problem(), Problem("NewCode", "NewerCode", "words")])
def test_an_unknown_code_has_none(problem: Problem) -> None:
    """No advice is better than a guess."""
    assert cure(problem) is None


def test_every_cure_is_one_clause() -> None:
    """It stands in a sentence of others: no full stop, no line end, not too long."""
    from remote_meeting_backends.speech_rest import causes

    for clause in {*causes._BY_CODE.values(), *(clause for _, clause in causes._BY_WORDS)}:
        assert clause == clause.strip()
        assert not clause.endswith(".")
        assert "\n" not in clause
        assert len(clause) < 260


def test_queries_of_urls_are_masked() -> None:
    """In every field, escaped or cut off, also where nothing could be read."""
    url = r"https:\/\/h.blob.core.windows.net\/c\/a.wav?sp=r\u0026sig=s3cr3t"
    bodies = [
        f'{{"code": "A {url}", "message": "{url}", "target": "{url}", "innerError": {{"message": "x {url}"}}}}',
        f'{{"message": "{url}',
        f"<Error><Code>AuthenticationFailed</Code><Message>Signature did not match: {url}</Message>",
        "a.wav&sp=r&sig=s3cr3t%2Bs3cr3t&se=1",
        "https%3A%2F%2Fh%2Fa.wav%3Fsp%3Dr%26sig%3Ds3cr3t",
    ]
    for body in bodies:
        found = read_problem(body.encode())
        assert "s3cr3t" not in repr(found) + found.words, body
        assert "***" in repr(found)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
names = st.sampled_from(["code", "message", "innerError", "error", "details", "target", "Code", "innererror"])
errors = st.recursive(json_values, lambda inner: st.dictionaries(names, inner) | st.lists(inner), max_leaves=10)


@given(errors.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_nothing_breaks_the_reader(body: bytes) -> None:
    """Whatever it is, it is a problem of printable words."""
    problem = read_problem(body)
    problem.words.encode()
    cure(problem)


def test_a_failed_job_s_error_is_read_as_it_is() -> None:
    """`properties.error` was JSON already."""
    assert problem_of({"code": "InvalidUri", "message": "no."}) == Problem("InvalidUri", message="no")
