"""`remote-meeting doctor` on account and network: real services, and real sockets that refuse, hang or babble."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import Invoke, on_terminal, working

from remote_meeting.gateway.app import create_app
from remote_meeting_backends.testing import SpeechEmulator
from support.faults import raw_server
from support.servers import free_port, serving

KEY = "0123456789abcdef" * 2
WRONG = "f" * 32
SERVICES = ("fast", "batch", "realtime")
JOBS = b'{"values":[]}'

Told = dict[str, tuple[str, str]]
Examine = Callable[..., Told]


@pytest.fixture
def examine(invoke: Invoke) -> Examine:
    """Run the command; what each check told, its status and its sentence, by its name."""

    def run(*words: str, code: int | None = None) -> Told:
        done = invoke("doctor", "--json", *words)
        assert done.exit_code in ((0, 1) if code is None else (code,)), done.output
        told: dict[str, Any] = json.loads(done.stdout)
        assert (done.exit_code == 0) == told["healthy"]
        return {check["check"]: (check["status"], check["message"]) for check in told["checks"]}

    return run


@pytest.fixture
def account(speech_emulator: SpeechEmulator, monkeypatch: pytest.MonkeyPatch) -> SpeechEmulator:
    """The emulator as the account of the environment."""
    monkeypatch.setenv("SPEECH_KEY", speech_emulator.key)
    monkeypatch.setenv("SPEECH_ENDPOINT", speech_emulator.url)
    return speech_emulator


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """An account at somebody who takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        set_account(monkeypatch, f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield listener


@contextlib.contextmanager
def speaking_tls(authority: Path, private: Path) -> Iterator[str]:
    """A server with a certificate, that lists no jobs."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority, private)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(answer(JOBS))

        def log_message(self, *arguments: object) -> None:
            """Nobody reads it."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever does not trust it leaves."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def set_account(monkeypatch: pytest.MonkeyPatch, endpoint: str, key: str = KEY) -> None:
    """An account in the environment."""
    monkeypatch.setenv("SPEECH_KEY", key)
    monkeypatch.setenv("SPEECH_ENDPOINT", endpoint)


def answer(body: bytes, *, when: datetime | None = None, status: str = "200 OK") -> bytes:
    """An HTTP answer, as it goes over the wire."""
    date = f"Date: {format_datetime(when, usegmt=True)}\r\n" if when else ""
    head = f"HTTP/1.1 {status}\r\n{date}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_all_is_well(account: SpeechEmulator, examine: Examine) -> None:
    """Each service is reached with the account, and only asked for what it has."""
    told = examine(code=0)
    for name in ("credentials", "endpoint", "clock", *SERVICES, "local", "store"):
        assert told[name][0] == "ok", told[name]
    assert "lists jobs (API version 2025-10-15)" in told["batch"][1]
    assert "languages of fast transcription" in told["fast"][1]
    assert told["legacy"][0] == "skipped"
    assert "speaks the retired protocol" in told["legacy"][1]
    asked = {(request["method"], request["operation"]) for request in account.log()["requests"]}
    assert {operation for _, operation in asked} >= {"list", "locales", "realtime"}
    assert {method for method, _ in asked} == {"GET"}
    assert {account.log()[what] for what in ("submitted", "transcribed", "deleted")} == {0}


def test_nothing_is_said_over_the_connection(account: SpeechEmulator, examine: Examine) -> None:
    """Audio is billed; an upgrade is not."""
    examine()
    (upgrade,) = [request for request in account.log()["requests"] if request["operation"] == "realtime"]
    assert (upgrade["status"], upgrade.get("received", 0), upgrade.get("sent", 0)) == (101, 0, 0)


def test_without_an_account(examine: Examine) -> None:
    """What works is said, and what to set; nobody's fault is a problem."""
    told = examine(code=0)
    assert told["credentials"][0] == "skipped"
    assert "local backend alone works" in told["credentials"][1]
    assert "SPEECH_KEY with SPEECH_REGION or SPEECH_ENDPOINT" in told["credentials"][1]
    assert {told[name][0] for name in (*SERVICES, "legacy", "clock", "region", "storage")} == {"skipped"}
    assert told["local"][0] == "ok"


@pytest.mark.parametrize(
    ("variables", "check", "status", "words"),
    [
        ({"SPEECH_KEY": KEY}, "credentials", "problem", "without SPEECH_REGION or SPEECH_ENDPOINT"),
        ({"SPEECH_REGION": "westus2"}, "credentials", "warning", "SPEECH_REGION without a key"),
        ({"SPEECH_CREDENTIAL": "me"}, "credentials", "problem", "knows one value"),
        ({"SPEECH_KEY": f"{KEY}\n{KEY}", "SPEECH_REGION": "westus2"}, "credentials", "problem", "line end"),
        ({"SPEECH_KEY": KEY, "SPEECH_REGION": "West Europe"}, "region", "problem", "write westeurope"),
        ({"SPEECH_KEY": KEY, "SPEECH_REGION": "me.example"}, "region", "problem", "as SPEECH_ENDPOINT"),
        ({"SPEECH_KEY": KEY, "SPEECH_ENDPOINT": "nowhere"}, "endpoint", "problem", "is no URL"),
        ({"SPEECH_KEY": KEY, "SPEECH_ENDPOINT": "https://u:p@me.example"}, "endpoint", "problem", "a user name"),
        (
            {"SPEECH_KEY": KEY, "SPEECH_ENDPOINT": "https://me.example/speechtotext/v3.2"},
            "endpoint",
            "problem",
            "retired version",
        ),
        (
            {"SPEECH_KEY": KEY, "SPEECH_ENDPOINT": "https://me.example/sts/v1.0/issueToken"},
            "endpoint",
            "problem",
            "tokens come from",
        ),
    ],
)
def test_what_cannot_work_is_not_tried(
    examine: Examine,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    check: str,
    status: str,
    words: str,
) -> None:
    """A form that is wrong is told as such; no service is asked with it."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    told = examine()
    assert told[check][0] == status
    assert words in told[check][1]
    assert {told[name][0] for name in SERVICES} == {"skipped"}


def test_a_name_that_nobody_can_have(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked up first: where there is no address, nobody is asked."""
    set_account(monkeypatch, f"https://{'a' * 64}.example")
    told = examine(code=1)
    assert told["address"][0] == "problem"
    assert "no name that a host can have" in told["address"][1]
    assert {told[name][0] for name in SERVICES} == {"skipped"}


def test_a_proxy_looks_up_names(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind one this machine may know no name; who is not there is the proxy."""
    set_account(monkeypatch, "http://speech.example")
    monkeypatch.setenv("http_proxy", f"http://me:hunter2@127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    told = examine(code=1)
    assert told["address"][0] == "skipped"
    assert "by the proxy 127.0.0.1" in told["address"][1]
    assert "connection refused" in told["batch"][1]
    assert "hunter2" not in str(told)
    assert told["endpoint"][0] == "warning"
    assert "the key is sent to speech.example for everybody to read" in told["endpoint"][1]


def test_nobody_listens(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exact failure, at once: a machine that refuses is not asked again."""
    set_account(monkeypatch, f"http://127.0.0.1:{free_port()}")
    begun = time.monotonic()
    told = examine(code=1)
    assert time.monotonic() - begun < 5
    for name in SERVICES:
        assert told[name][0] == "problem"
        assert "nobody listens there (connection refused)" in told[name][1]
    assert told["clock"][0] == "skipped"


@pytest.mark.usefixtures("silent")
def test_who_hangs_is_waited_for_once(examine: Examine) -> None:
    """Each to the same deadline."""
    begun = time.monotonic()
    told = examine("--timeout", "0.5", code=1)
    assert time.monotonic() - begun < 10
    for name in SERVICES:
        assert told[name][0] == "problem"
        assert "no answer within 0.5 s" in told[name][1]


def test_somebody_else_listens(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no HTTP is said to be none."""
    with raw_server(b"SSH-2.0-OpenSSH_9.6\r\n\r\n") as (url, _):
        set_account(monkeypatch, url)
        told = examine(code=1)
    for name in SERVICES:
        assert told[name][0] == "problem"
        assert "no answer came that can be understood" in told[name][1]
    assert "SSH-2.0" in told["batch"][1]


def test_a_certificate_that_nobody_knows(examine: Examine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Until its authority is named, as the sentence says."""
    # Not above: pytest brings this module in as a plugin.
    from support.azurite import make_certificate

    authority, private = make_certificate(tmp_path)
    with speaking_tls(authority, private) as url:
        set_account(monkeypatch, url)
        told = examine(code=1)
        for name in SERVICES:
            assert "its certificate is not trusted (self-signed certificate)" in told[name][1]
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        told = examine(code=1)
    assert told["batch"][0] == "ok"
    assert "certificate" not in told["realtime"][1]


def test_https_where_http_is_spoken(account: SpeechEmulator, examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheme is what is wrong."""
    monkeypatch.setenv("SPEECH_ENDPOINT", account.url.replace("http:", "https:"))
    told = examine(code=1)
    for name in SERVICES:
        assert "no TLS can be spoken with it" in told[name][1]


def test_a_web_site_is_no_service(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 200 with a page in it does not pass for the list of jobs."""
    with raw_server(answer(b"<html>Please sign in</html>")) as (url, _):
        set_account(monkeypatch, url)
        told = examine(code=1)
    assert {told[name][0] for name in SERVICES} == {"problem"}
    assert "is not such a service" in told["batch"][1]


def test_a_sign_in_of_the_network_is_not_followed(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes to the place that was named, and to no other."""
    page = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with raw_server(page) as (url, heads):
        set_account(monkeypatch, url)
        told = examine(code=1)
        assert len(heads) == 4
    assert "sends its callers elsewhere" in told["fast"][1]


@pytest.mark.parametrize(
    ("minutes", "status", "words"),
    [(-12, "warning", "12 minutes ahead of"), (7, "warning", "7 minutes behind"), (-2, "ok", "agrees")],
)
def test_the_clock(examine: Examine, monkeypatch: pytest.MonkeyPatch, minutes: int, status: str, words: str) -> None:
    """The service's own date is what ours is compared with."""
    with raw_server(answer(JOBS, when=datetime.now(UTC) + timedelta(minutes=minutes, seconds=1))) as (url, _):
        set_account(monkeypatch, url)
        told = examine()
    assert told["clock"][0] == status
    assert words in told["clock"][1]


def test_no_date_is_no_clock(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is one that cannot be read."""
    with raw_server(answer(JOBS), answer(JOBS).replace(b"Content-T", b"Date: soon\r\nContent-T")) as (url, _):
        set_account(monkeypatch, url)
        assert examine()["clock"][0] == "skipped"


def test_a_wrong_key(account: SpeechEmulator, examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each service says so in its own words, with the id to quote; the key is not repeated."""
    monkeypatch.setenv("SPEECH_KEY", WRONG)
    told = examine(code=1)
    for name in SERVICES:
        assert told[name][0] == "problem"
        assert "answered 401 (Unauthorized: " in told[name][1]
        assert "check the key or token" in told[name][1]
    assert "request id" in told["batch"][1]
    assert told["clock"][0] == "ok"
    assert WRONG not in str(told)


STANDARD = {"status": 403, "code": "InvalidSubscription", "message": "Only 'Standard' subscriptions can do that."}
NOT_FOUND = {"status": 404, "code": "NotFound", "message": "Resource not found"}


@pytest.mark.parametrize(
    ("check", "operation", "fault", "status", "words"),
    [
        ("batch", "list", STANDARD, "problem", "use the key of a Standard (S0) resource"),
        ("fast", "locales", STANDARD, "problem", "use the key of a Standard (S0) resource"),
        ("batch", "list", {"status": 403, "code": "Forbidden"}, "problem", "role Cognitive Services Speech User"),
        ("fast", "locales", NOT_FOUND, "problem", "the kind of the resource"),
        ("realtime", "realtime", NOT_FOUND, "problem", "no real-time transcription at this address"),
        ("batch", "list", {"status": 429, "code": "TooManyRequests"}, "warning", "The account is let in"),
        ("realtime", "realtime", {"status": 429, "code": "TooManyRequests"}, "warning", "The account is let in"),
        ("fast", "locales", {"status": 503, "message": "Closed for lunch."}, "problem", "Closed for lunch"),
    ],
)
# The published contract does not have the code that says what is wrong with a free resource.
@pytest.mark.beyond_contract
def test_a_refusal_is_explained(
    account: SpeechEmulator,
    examine: Examine,
    check: str,
    operation: str,
    fault: dict[str, Any],
    status: str,
    words: str,
) -> None:
    """By the service's own code; the other services are not blamed for it, and nobody is asked twice."""
    account.fault(operation, "status", **fault)
    told = examine()
    assert told[check][0] == status
    assert words in told[check][1]
    assert {told[name][0] for name in SERVICES if name != check} == {"ok"}
    asked = [request["operation"] for request in account.log()["requests"]]
    assert asked.count(operation) == 1


def test_a_gateway_is_known_by_what_it_says(examine: Examine, monkeypatch: pytest.MonkeyPatch, store_path: Any) -> None:
    """It knows meetings, and transcribes nothing."""
    with serving(create_app(store_path)) as url:
        set_account(monkeypatch, url)
        told = examine(code=1)
    assert told["legacy"][0] == "ok"
    assert told["batch"][0] == "problem"
    assert "the gateway answers" in told["batch"][1]


def test_an_unknown_version(account: SpeechEmulator, examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The REST API is not asked in a language that is not spoken."""
    monkeypatch.setenv("SPEECH_API_VERSION", "v3.2")
    told = examine(code=1)
    assert "use 2025-10-15 or 2024-11-15" in told["batch"][1]
    assert told["realtime"][0] == "ok"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/stt/speech/universal/v2", "path of real-time transcription"),
        ("/speech-gateway", "a path of its own (/speech-gateway)"),
        ("/?key=secretsecret", "has a query"),
    ],
)
def test_a_path_that_does_not_belong(
    account: SpeechEmulator, examine: Examine, monkeypatch: pytest.MonkeyPatch, path: str, words: str
) -> None:
    """A warning, for a gateway may want it."""
    monkeypatch.setenv("SPEECH_ENDPOINT", account.url + path)
    told = examine()
    assert told["endpoint"][0] == "warning"
    assert words in told["endpoint"][1]
    assert "secretsecret" not in str(told)


def test_no_secret_is_printed(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever echoes it, and wherever it was put by mistake."""
    words = json.dumps({"code": "Teapot", "message": f"What is {KEY}?"}).encode()
    with raw_server(answer(words, status="418 No")) as (url, _):
        set_account(monkeypatch, f"{url}/{KEY}?{KEY}")
        monkeypatch.setenv("SPEECH_REGION", KEY)
        monkeypatch.setenv("SPEECH_STORAGE", "https://me.blob.core.windows.net/c?sv=1&sp=r&sig=c2VjcmV0")
        monkeypatch.setenv("SPEECH_DESTINATION", "https://me.blob.core.windows.net/d?sv=1&sp=r&sig=c2VjcmV1")
        done = invoke("doctor")
    assert "Teapot" in done.output
    for secret in (KEY, "c2VjcmV0", "c2VjcmV1"):
        assert secret not in done.output


def test_a_line_a_check(account: SpeechEmulator, invoke: Invoke) -> None:
    """What a person reads is what a script reads."""
    lines = invoke("doctor").stdout.splitlines()
    checks = json.loads(invoke("doctor", "--json").stdout)["checks"]
    assert [line.split()[:2] for line in lines] == [[check["status"], check["check"]] for check in checks]
    assert all(set(check) == {"check", "subject", "status", "message"} for check in checks)


@pytest.mark.parametrize("words", [("--timeout", "0"), ("--timeout", "soon"), ("--fix",)])
def test_wrong_usage(invoke: Invoke, words: tuple[str, ...]) -> None:
    """2, and nothing is looked at."""
    done = invoke("doctor", *words)
    assert (done.exit_code, done.stdout) == (2, "")


def test_ctrl_c_leaves_at_once(silent: socket.socket) -> None:
    """However long it would have waited; all services are asked at once, so that it waits for all of them."""
    with working("doctor", "--timeout", "600") as command, contextlib.ExitStack() as stack:
        silent.settimeout(60)
        for _ in (*SERVICES, "legacy"):
            stack.enter_context(silent.accept()[0])
        begun = time.monotonic()
        command.press_ctrl_c()
        ended = command.end()
        assert time.monotonic() - begun < 10
    assert (ended.code, ended.err) == (130, "Interrupted.\n")


def test_colours_on_a_terminal() -> None:
    """The status has one, and nothing else."""
    _, screen = on_terminal("doctor", stdout_too=True, env={"NO_COLOR": ""})
    lines = [line for line in screen.splitlines() if " local  " in line]
    assert lines[0].startswith("\x1b[32mok     \x1b[0m  local ")
    assert lines[0].count("\x1b") == 2
