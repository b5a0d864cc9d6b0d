"""The decisions of `remote-meeting doctor` that need no network: forms, reasons, deadlines, what is installed."""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from remote_meeting.doctor import Account, Finding, Status, Subject, report
from remote_meeting.doctor.account import credentials, endpoint, key_fault, region
from remote_meeting.doctor.aside import TooLate, aside, within
from remote_meeting.doctor.extras import by_extra, extras
from remote_meeting.doctor.reasons import why
from remote_meeting_backends import Connection
from remote_meeting_backends.emulator import EMULATOR_KEY
from remote_meeting_backends.fast.limits import REGIONS

KEY = "0123456789abcdef" * 2


@pytest.mark.parametrize("key", [KEY, EMULATOR_KEY, "Ab3" * 28])
def test_keys_as_they_are(key: str) -> None:
    """Of both kinds that there are."""
    assert key_fault(key) is None


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (f'"{KEY}"', "holds quotes"),
        (f"{KEY} ", "blanks around it"),
        (f"{KEY[:16]} {KEY[16:]}", "holds a blank"),
        (KEY[:-1], "(31 characters, where keys have 32 or 84 letters and digits)"),
        ("YourSubscriptionKey", "no key of a form that is known"),
        (f"{KEY[:-1]}!", "no key of a form that is known"),
        ("eyJ0eXAi.eyJhdWQi.c2ln", "looks like a token"),
        ("A" * 86 + "==", "SPEECH_STORAGE_KEY"),
        ("https://me.cognitiveservices.azure.com", "looks like a URL"),
    ],
)
def test_keys_that_are_none(key: str, words: str) -> None:
    """Each is a warning, for the service has the last word; nothing of the key is shown."""
    finding = credentials(Account({"SPEECH_KEY": key}, Connection(key=key.strip(), region="westus2")))
    assert finding.status is Status.WARNING
    assert words in finding.message
    assert key.strip() not in finding.message


def test_two_ways_in_at_once() -> None:
    """The key wins, and whoever meant the other should know."""
    variables = {"SPEECH_KEY": KEY, "SPEECH_CREDENTIAL": "default"}
    finding = credentials(Account(variables, Connection(key=KEY, region="westus2")))
    assert finding.status is Status.WARNING


def test_regions() -> None:
    """Those of fast transcription are known; another may be right all the same."""
    assert {region(name).status for name in REGIONS} == {Status.OK}
    assert region(" WestEurope ").status is Status.OK
    assert region("centralus").status is Status.WARNING
    assert "batch and realtime" in region("centralus").message
    assert region("west-europe").message.endswith("write westeurope.")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("https://me.cognitiveservices.azure.com/", Status.OK),
        ("https://westus2.api.cognitive.microsoft.com/speechtotext", Status.OK),
        ("wss://westus2.stt.speech.microsoft.com/stt/speech/universal/v2", Status.OK),
        ("http://localhost:8438", Status.OK),
        ("http://me.cognitiveservices.azure.com/", Status.WARNING),
        ("ws://me.example", Status.WARNING),
        ("wss://me.cognitiveservices.azure.com/stt/speech/universal/v2", Status.WARNING),
        ("https://me.example/somewhere", Status.WARNING),
        ("ftp://me.example", Status.PROBLEM),
    ],
)
def test_endpoints(given: str, status: Status) -> None:
    """Secure, and nothing behind the host that REST calls would be added to."""
    assert endpoint(Connection(key=KEY, endpoint=given), None).status is status


def test_a_region_beside_an_endpoint_is_said_to_be_unused() -> None:
    """Nobody should wonder why it changes nothing."""
    assert "SPEECH_REGION=westus2 is not used" in endpoint(Connection(endpoint="https://me.example"), "westus2").message


def chain(*errors: BaseException) -> BaseException:
    """Errors as one led to the other, the first cause first."""
    for cause, error in itertools.pairwise(errors):
        error.__cause__ = cause
    return errors[-1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (chain(ConnectionRefusedError(errno.ECONNREFUSED, "no"), OSError("All attempts failed")), "nobody listens"),
        (
            chain(ExceptionGroup("several", [ConnectionRefusedError(errno.ECONNREFUSED, "no")]), OSError("All failed")),
            "nobody listens",
        ),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "its name is not known (Name or service"),
        (ConnectionResetError(errno.ECONNRESET, "reset by peer"), "the connection broke"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "there is no way to it"),
        (ssl.SSLCertVerificationError(1, "self-signed certificate"), "its certificate is not trusted"),
        (ssl.SSLError(1, "wrong version number"), "no TLS can be spoken"),
        (TimeoutError(), "no answer came in time"),
        (ValueError("illegal status line"), "no answer came that can be understood (illegal status line)"),
    ],
)
def test_why_nobody_answers(error: BaseException, words: str) -> None:
    """The first cause counts, not what a library made of it."""
    assert words in why(chain(error, RuntimeError("All connection attempts failed")))


def test_work_that_hangs_is_left_behind() -> None:
    """Neither its deadline nor the end of the program waits for it."""
    over = threading.Event()

    async def wait() -> None:
        with pytest.raises(TooLate, match=r"no answer within 0\.05 s"):
            await within(0.05, aside(over.wait))

    begun = time.monotonic()
    asyncio.run(wait())
    assert time.monotonic() - begun < 5
    over.set()


@pytest.mark.anyio
async def test_an_error_of_the_work_is_its_own() -> None:
    """Also one that looks like a deadline."""

    def late() -> None:
        raise TimeoutError("of the database")

    with pytest.raises(TimeoutError, match="of the database"):
        await within(60, aside(late))


def test_extras_are_those_of_the_distribution() -> None:
    """As its metadata tell them; what only tests need is none."""
    found = by_extra(
        [
            "click>=8.1.7",
            "numpy>=1.26; extra == 'local'",
            'psycopg[binary]>=3.2; extra == "postgres"',
            "pytest>=8.3; extra == 'test'",
            "numpy>=1.26; extra == 'all'",
        ]
    )
    assert found == {"local": ("numpy",), "postgres": ("psycopg",)}
    told = [finding.message.split()[0] for finding in extras()]
    assert {"azure", "emulator", "gateway", "local", "postgres"} <= set(told)


def test_an_extra_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever runs with other packages is told the line that installs it."""
    package = tmp_path / "remote_meeting_compat-9.dist-info"
    package.mkdir()
    lines = ["Metadata-Version: 2.1", "Name: remote-meeting-compat", "Version: 9"]
    lines += [f"Requires-Dist: {name}; extra == 'teapot'" for name in ("numpy>=1", "no-such-package>=1")]
    lines += ["Requires-Dist: no-such-package>=1; extra == 'kettle'"]
    (package / "METADATA").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    kettle, teapot = extras()
    assert kettle.status is Status.SKIPPED
    assert "kettle is not installed" in kettle.message
    assert "teapot lacks no-such-package" in teapot.message
    assert "python -m pip install 'remote-meeting-compat[teapot]'" in teapot.message


def test_what_is_printed_is_one_line_without_secrets() -> None:
    """A service's words may hold anything."""
    finding = Finding("batch", Status.PROBLEM, f"It\x1b[2J said\n{KEY} and https://me.example/?sig=abc .")
    assert finding.shown([KEY]).message == "It [2J said *** and https://me.example/?*** ."


def test_secrets_are_found_wherever_they_are() -> None:
    """Also where no account can be made of what is set."""
    variables = {
        "SPEECH_KEY": KEY,
        "SPEECH_STORAGE": "AccountName=me;AccountKey=c2VjcmV0",
        "SPEECH_STORAGE_KEY": "c2VjcmV1",
        "SPEECH_DESTINATION": "https://me.example/c?sig=c2VjcmV2",
    }
    found = Subject(Account(variables, None, "No region.")).secrets
    assert found == {KEY, "c2VjcmV0", "c2VjcmV1", "sig=c2VjcmV2"}
    assert "c2Vj" not in repr(Subject(Account(variables)))


def test_a_report_counts() -> None:
    """Healthy is what has no problem."""
    fine = report([Finding("a", Status.OK, "A."), Finding("b", Status.WARNING, "B.", "b.wav")])
    assert fine["healthy"]
    assert fine["counts"] == {"ok": 1, "warning": 1, "problem": 0, "skipped": 0}
    assert fine["checks"][1] == {"check": "b", "subject": "b.wav", "status": "warning", "message": "B."}
    assert not report([Finding("a", Status.PROBLEM, "A.")])["healthy"]
