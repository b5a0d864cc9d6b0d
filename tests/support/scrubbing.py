"""What is taken out of an exchange before it is written to a cassette, and before a replay looks for it.

Both sides go through the same hands, so that what was masked when it was recorded is found when it is played.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from vcr.request import Request

MASK = "scrubbed"
# Where the service keeps results: a cassette does not say which account of it that was.
STORAGE = "storage.test"
SECRET_NAMES = frozenset({"ocp-apim-subscription-key", "authorization", "set-cookie", "cookie", "api-key", "sig"})
_BLOBS = re.compile(r"(?i)\b[a-z0-9-]+\.blob\.(?:storage\.azure\.net|core\.[a-z.]+)")
# In a URL that stands in another one's query, = and & are written as %3D and %26, or again as %253D.
_SIGNATURE = re.compile(
    r"""(?ix) (?: (?<![a-z]) | (?<=%3f) | (?<=%253f) ) (sig (?: = | %3d | %253d )) (?! scrubbed)
    (?: (?! %26 | %2526 ) [^&\s"'<>] )+"""
)
_BEARER = re.compile(r"(?i)\bbearer\s+[\w.~+/-]{8,}={0,2}")
_NAME = re.compile(rb'(?i)\bname="([^"]*)"')
_TYPE = re.compile(rb"(?i)content-type:\s*([^\r\n]+)")


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Takes out secrets, and what belongs to one machine or account.

    Args:
        aliases: Pairs of what is met (a host with its port, a URL) and what the cassette calls it.
        secrets: Keys and tokens that are sent.
        unrecorded: Hosts with their ports that are none of the service: requests there go through and leave no trace.
    """

    aliases: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    unrecorded: frozenset[str] = frozenset()

    def request(self, request: Request) -> Request | None:
        """A clean copy: vcrpy scrubs the same request several times, and still has to send the original."""
        if urlsplit(request.uri).netloc in self.unrecorded:
            return None
        headers = {name: self._header(name, value) for name, value in request.headers.items()}
        body = request.body
        if isinstance(body, bytes) and body.startswith(b"--"):
            body = _without_audio(body)
            headers["content-type"] = f"multipart/form-data; boundary={MASK}"
        # The account's aliases are whole URLs too, so they come before the query is taken apart.
        parts = urlsplit(self.text(request.uri))
        query = [
            (name, MASK if name.lower() in SECRET_NAMES else value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ]
        uri = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))
        return Request(request.method, uri, self._body(body) if isinstance(body, bytes) else body, headers)

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """The same for what came back; its length is that of what is kept."""
        kept = self._body(response["body"]["string"])
        headers = {
            name: [self._header(name, value) for value in values] for name, values in response["headers"].items()
        }
        for name in headers:
            if name.lower() == "content-length":
                headers[name] = [str(len(kept))]
        return {**response, "headers": headers, "body": {**response["body"], "string": kept}}

    def text(self, text: str) -> str:
        """Any text, also where a part of it was escaped for a URL."""
        for met, named in sorted(self.aliases, key=lambda pair: len(pair[0]), reverse=True):
            for written, instead in zip(_escaped(met), _escaped(named), strict=True):
                text = text.replace(written, instead)
        for secret in self.secrets:
            for written in _escaped(secret):
                text = text.replace(written, MASK)
        text = _BLOBS.sub(STORAGE, text)
        return _BEARER.sub(MASK, _SIGNATURE.sub(rf"\1{MASK}", text))

    def _header(self, name: str, value: str) -> str:
        return MASK if name.lower() in SECRET_NAMES else self.text(value)

    def _body(self, body: bytes) -> bytes:
        """JSON is read first: it may write any character of a secret as an escape."""
        try:
            found = json.loads(body)
        except ValueError:
            # Latin-1 knows every byte, and gives it back.
            return self.text(body.decode("latin-1")).encode("latin-1")
        cleaned = self._json(found)
        # What is clean stays as it came, blanks and all.
        return body if cleaned == found else json.dumps(cleaned, ensure_ascii=False).encode()

    def _json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                self.text(name): MASK if name.lower() in SECRET_NAMES else self._json(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._json(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value


def _escaped(text: str) -> tuple[str, str, str]:
    """As it is, in a URL, and in a URL in a URL."""
    once = quote(text, safe="")
    return text, once, quote(once, safe="")


def _without_audio(form: bytes) -> bytes:
    """A form as JSON: the definition parsed, every other part by its hash and length; the boundary is gone."""
    opening = form.partition(b"\r\n")[0]
    parts: dict[str, Any] = {}
    for part in (b"\r\n" + form).split(b"\r\n" + opening)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name, kind = _NAME.search(head), _TYPE.search(head)
        if name is None or name[1].decode() in parts:
            raise ValueError(f"a form has a part without a name of its own: {head[:80]!r}")
        parts[name[1].decode()] = (
            json.loads(content)
            if name[1] == b"definition"
            else {
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
                "type": kind[1].decode() if kind else None,
            }
        )
    return json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()
