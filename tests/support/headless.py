"""A headless Chromium, steered through its DevTools protocol."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.sync.client import ClientConnection, connect

from .parts import program

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-port=0",
)
ANSWER_SECONDS = 30
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


class Browser:
    """One process; each page is a tab of it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = count(1)
        self.events: list[dict[str, Any]] = []

    @classmethod
    @contextmanager
    def started(cls, program: str, profile: Path) -> Iterator[Self]:
        """A browser that is gone at the end of the block.

        Args:
            program: Its path.
            profile: An empty folder of its own.
        """
        command = [program, *ARGUMENTS, f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
            try:
                assert process.stderr is not None
                said = next(line for line in process.stderr if line.startswith("DevTools listening on "))
                with connect(said.split()[-1], max_size=None, proxy=None) as connection:
                    browser = cls(connection)
                    yield browser
                    browser.call("Browser.close")
            finally:
                process.kill()

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask and wait for the answer; events that come before it are kept."""
        wanted = next(self._ids)
        order = {"id": wanted, "method": method, "params": parameters}
        self._connection.send(json.dumps(order | ({"sessionId": session} if session else {})))
        while True:
            message = json.loads(self._connection.recv(timeout=ANSWER_SECONDS))
            if message.get("id") == wanted:
                assert "error" not in message, message["error"]
                return dict(message["result"])
            self.events.append(message)

    def _until(self, event: str, session: str) -> None:
        """Go on when it has happened; a promise of the page would not, where scripts are off."""
        while not any(one["method"] == event and one.get("sessionId") == session for one in self.events):
            self.events.append(json.loads(self._connection.recv(timeout=ANSWER_SECONDS)))

    def open(self, file: Path, width: int = 1200, height: int = 900, dark: bool = False, scripts: bool = True) -> Page:
        """A page in a window of its own, loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", features=[scheme])
        page.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        page.call("Page.navigate", url=file.as_uri())
        self._until("Page.loadEventFired", session)
        return page


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser = browser
        self._session = session
        self._target = target

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command to this tab."""
        return self._browser.call(method, self._session, **parameters)

    def run(self, script: str) -> Any:
        """What an expression of the page comes to, promises waited for."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def resize(self, width: int, height: int = 900) -> None:
        """A narrow window is a phone's, which shows no scroll bars."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def settle(self) -> None:
        """What was asked for is done and drawn."""
        self.run(SETTLED)

    def key(self, key: str, code: int = 0, text: str = "") -> None:
        """Press a key as a person would."""
        fields = {"key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **fields, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **fields)
        self.settle()

    def type(self, words: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=words)
        self.settle()

    def choose(self, field: str, value: str) -> None:
        """Set a field of the filter, as its own event says it was set."""
        self.run(
            f"(() => {{ const field = document.getElementById('filter').elements[{json.dumps(field)}];"
            f"field.value = {json.dumps(value)}; field.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"
        )
        self.settle()

    @property
    def complaints(self) -> list[Any]:
        """Errors of scripts, of the console, and of what the page's own policy forbids."""
        methods = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
        return [event["params"] for event in self._own() if event["method"] in methods]

    @property
    def requests(self) -> list[str]:
        """The addresses that the page asked for."""
        asked = (event["params"] for event in self._own() if event["method"] == "Network.requestWillBeSent")
        return [event["request"]["url"] for event in asked]

    def _own(self) -> list[dict[str, Any]]:
        return [event for event in self._browser.events if event.get("sessionId") == self._session]

    def screenshot(self, file: Path, whole: bool = False) -> None:
        """What it looks like."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        """The tab is gone."""
        self._browser.call("Target.closeTarget", targetId=self._target)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium, one for all tests of a file."""
    path = program("chromium", "apt-get install chromium")
    with Browser.started(path, tmp_path_factory.mktemp("profile")) as started:
        yield started
