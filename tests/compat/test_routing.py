"""Which backend serves a meeting, and the sentence that says why."""

from __future__ import annotations

from datetime import date

import pytest

from remote_meeting.routing import Ask, Candidate, Decision, decide, in_order, may_poll_legacy, way_out, why_not
from remote_meeting_backends import (
    BadRequest,
    Capabilities,
    Connection,
    JobOptions,
    NoBackend,
    OptionNotSupported,
    SpeakerCount,
    Storage,
)

ACCOUNT = Connection(key="k", region="westus")
TWO = SpeakerCount(minimum=2, maximum=2)
ASK = Ask(JobOptions(), audio_seconds=60, audio_bytes=1000, connection=None)
LEGACY = Candidate(Capabilities())
LOCAL = Candidate(Capabilities(files=True, needs_account=False))
CLOUD = Candidate(Capabilities(files=True))


def local(**can: object) -> Candidate:
    """A backend that needs no account, with one ability more or one limit."""
    return Candidate(Capabilities(files=True, needs_account=False, **can))  # type: ignore[arg-type]


def test_the_first_that_fits() -> None:
    """Backends are tried in order, and what was passed over is said with its reason."""
    decision = decide(ASK, {"legacy": LEGACY, "cloud": CLOUD, "local": LOCAL})
    assert decision == Decision(
        "local",
        "local: the first backend that fits; not legacy, because it was retired on 2025-03-28, and is taken "
        "by name only, where an endpoint answers for it; "
        "not cloud, because it needs a SpeechConfig with a key or token",
    )
    assert decide(ASK, {"local": LOCAL, "cloud": CLOUD}).reason == "local: the first backend that fits"


def test_an_account_opens_the_cloud() -> None:
    """With a SpeechConfig the cloud comes in its turn."""
    asked = Ask(JobOptions(), 60, 1000, ACCOUNT)
    assert decide(asked, {"cloud": CLOUD, "local": LOCAL}).backend == "cloud"


def test_services_come_before_this_machine() -> None:
    """Minutes before hours, somebody else's backend before the last resort."""
    assert in_order(["local", "mine", "batch", "legacy", "fast"]) == ("fast", "batch", "legacy", "mine", "local")


STAGED = Candidate(Capabilities(files=True, urls=True, needs_storage=True, max_diarized_seconds=90, max_speakers=3))
WITH_STORAGE = Connection(key="k", region="westus", storage=Storage("https://a.blob.core.windows.net", "a2V5"))


@pytest.mark.parametrize(
    ("ask", "candidate", "reason"),
    [
        (Ask(JobOptions(), 60, 1, ACCOUNT), STAGED, "no storage is named to stage files in"),
        (Ask(JobOptions(), 60, 1, WITH_STORAGE), STAGED, None),
        (Ask(JobOptions(), None, None, ACCOUNT, is_url=True), STAGED, None),
        (Ask(JobOptions(), None, None, ACCOUNT, is_url=True), CLOUD, "it takes no audio by URL"),
        (Ask(JobOptions(), 91, 1, WITH_STORAGE), STAGED, "it tells speakers apart in at most 90 s"),
        (Ask(JobOptions(channels="separate"), 60, 1, WITH_STORAGE), STAGED, "it cannot keep channels apart"),
        (Ask(JobOptions(phrases=("a",), model="m"), 60, 1, WITH_STORAGE), STAGED, "it has no option model or phrases"),
        (
            Ask(JobOptions(), 60, 1, Connection(key="k", region="CentralUS ")),
            Candidate(Capabilities(files=True, regions=frozenset({"westus"}))),
            "it is not offered in the region centralus",
        ),
        (
            Ask(JobOptions(), 60, 1, Connection(key="k", endpoint="https://x.test", region="centralus")),
            Candidate(Capabilities(files=True, regions=frozenset({"westus"}))),
            None,
        ),
    ],
)
def test_what_a_service_cannot_do(ask: Ask, candidate: Candidate, reason: str | None) -> None:
    """Where the audio is, where the account is, and what is asked for."""
    said = why_not(ask, candidate)
    assert (said is None) if reason is None else (said is not None and reason in said)


def test_the_way_out() -> None:
    """Another backend takes what the first refused, unless that was the caller's choice, or it does not fit either."""
    refused = BadRequest("It is too long.", way_out="batch")
    ask, known = Ask(JobOptions(), 60, 1, WITH_STORAGE), {"batch": STAGED}
    taken = way_out(refused, "fast: the first backend that fits", ask, known)
    assert taken == Decision("batch", "batch: after fast: the first backend that fits; it refused: It is too long.")
    assert way_out(refused, "fast: asked for by name", ask, known) is None
    assert way_out(refused, "fast: the first", Ask(JobOptions(), 60, 1, ACCOUNT), known) is None
    assert way_out(refused, "fast: the first", ask, {"batch": Candidate(Capabilities(), "pip install")}) is None
    assert way_out(refused, "fast: the first", ask, {}) is None
    assert way_out(BadRequest("No."), "fast: the first", ask, known) is None


def test_a_choice_is_kept() -> None:
    """A backend that is asked for by name gets the meeting, wherever it stands."""
    assert decide(ASK, {"a": LOCAL, "b": LOCAL}, "b") == Decision("b", "b: asked for by name")


@pytest.mark.parametrize(
    ("candidate", "options", "reason"),
    [
        (LEGACY, JobOptions(), "it takes no audio files"),
        (CLOUD, JobOptions(), "it needs a SpeechConfig with a key or token"),
        (
            local(locales=frozenset({"en-US", "de-DE"})),
            JobOptions(language="fr-FR"),
            "fr-FR, only de-DE, en-US",
        ),
        (local(max_seconds=30), JobOptions(), "at most 30 s of audio, and this is 60 s"),
        (local(max_bytes=999), JobOptions(), "at most 999 bytes, and this is 1000"),
        (LOCAL, JobOptions(speakers=TWO), "it cannot be told the number of speakers"),
        (LOCAL, JobOptions(channels="separate"), "it cannot keep channels apart"),
    ],
)
def test_what_keeps_a_backend_from_it(candidate: Candidate, options: JobOptions, reason: str) -> None:
    """Asked for by name it is an unsupported option; where nothing fits, every reason is given."""
    asked = Ask(options, 60, 1000, None)
    with pytest.raises(OptionNotSupported, match=f"The x backend cannot take this meeting: .*{reason}"):
        decide(asked, {"x": candidate}, "x")
    with pytest.raises(NoBackend, match=f"not x, because .*{reason}; not y, because it takes no audio files"):
        decide(asked, {"x": candidate, "y": LEGACY})


@pytest.mark.parametrize(
    ("candidate", "options"),
    [
        (local(locales=frozenset({"en-US"})), JobOptions(language="EN-us")),
        (local(max_seconds=60, max_bytes=1000), JobOptions()),
        (local(speaker_count=True), JobOptions(speakers=TWO)),
        (local(separate_channels=True), JobOptions(channels="separate")),
        (LOCAL, JobOptions(channels="mix")),
        (LOCAL, JobOptions(channels="0")),
    ],
)
def test_what_a_backend_can_do(candidate: Candidate, options: JobOptions) -> None:
    """A limit that is just met is met."""
    assert decide(Ask(options, 60, 1000, None), {"x": candidate}).backend == "x"


def test_a_backend_that_is_not_installed() -> None:
    """It is passed over, or, asked for by name, refused with the line that installs it."""
    absent = Candidate(Capabilities(files=True, needs_account=False), missing="pip install x")
    assert decide(ASK, {"absent": absent, "local": LOCAL}).backend == "local"
    with pytest.raises(NoBackend, match="pip install x"):
        decide(ASK, {"absent": absent}, "absent")


def test_an_unknown_backend() -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(NoBackend, match="no backend named 'x': choose one of legacy, local, or auto"):
        decide(ASK, {"legacy": LEGACY, "local": LOCAL}, "x")


LAST, RETIRED = date(2025, 3, 27), date(2025, 3, 28)
NAMED = Connection(key="k", endpoint="https://gateway.example/")
HOSTED = Connection(key="k", host="https://gateway.example")


@pytest.mark.parametrize(
    ("connection", "choice", "today", "allowed"),
    [
        (ACCOUNT, "auto", LAST, True),
        (ACCOUNT, "auto", RETIRED, False),
        (ACCOUNT, "legacy", RETIRED, True),
        (NAMED, "auto", RETIRED, True),
        (HOSTED, "auto", RETIRED, True),
        (NAMED, "local", RETIRED, False),
        (ACCOUNT, "local", LAST, False),
        (None, "auto", LAST, False),
        (None, "legacy", LAST, False),
    ],
)
def test_when_the_old_service_may_be_asked(
    connection: Connection | None, choice: str, today: date, allowed: bool
) -> None:
    """Up to its last day, and afterwards only where the caller names a place or the backend."""
    assert may_poll_legacy(connection, choice, today) is allowed
