"""Voice signatures in the old shape, which carry none: apps that make them first and keep them go on working.

Source: protocol/legacy.md, part 3, and the SDKs' published samples, which keep the JSON of `Signature`, those in Java
with `Version` as a text. Uploads are checked for the format that the service asked for; nothing of a voice is kept.
"""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from remote_meeting_backends.audio.wav import SizeVerdict, WavHeader, read_wav_header
from remote_meeting_backends.extras import need

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

FROM_BYTES: Final = "generatevoicesignaturefrombytearray"
FROM_FORM: Final = "generatevoicesignaturefromformdata"
RESOURCES: Final = frozenset({FROM_BYTES, FROM_FORM})
# 30 s to 2 min are recommended, 3.84 MB at most; twice that is taken.
MOST_BYTES: Final = 8 * 1024 * 1024
# A WAV's samples begin within this, whatever a recorder has put before them.
HEAD_BYTES: Final = 64 * 1024
PART: Final = "file"
TAG: Final = "none"
# Version is a number to C# and C++; `Data` is the word none in Base64, for an app may take an empty one for a failure.
SIGNATURE: Final[Mapping[str, Any]] = {"Version": 0, "Tag": TAG, "Data": "bm9uZQ=="}
FORMAT: Final = "send WAV, mono, 16 kHz, 16 bit PCM"


class Unusable(Exception):
    """An upload that no signature can be made of.

    Args:
        status: HTTP status.
        message: One sentence.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Head:
    """What is looked at of a WAV as it comes in: its beginning, and how long it is."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.size = 0

    def feed(self, piece: bytes) -> None:
        """More of it. Raises Unusable when it is too long."""
        self.size += len(piece)
        if self.size > MOST_BYTES:
            raise Unusable(413, f"The audio is larger than {MOST_BYTES >> 20} MiB: send 30 seconds to 2 minutes.")
        self.kept += piece[: HEAD_BYTES - len(self.kept)]


def is_empty_signature(signature: Any) -> bool:
    """Whether a participant's signature carries nothing: none at all, or one that was made here.

    Args:
        signature: The text that an app gave, or what it says in JSON. Apps write it anew: names in another case, the
            version as a text.
    """
    if isinstance(signature, str):
        if not signature.strip():
            return True
        try:
            signature = json.loads(signature)
        except (ValueError, RecursionError):
            return False
    if signature is None:
        return True
    if not isinstance(signature, dict):
        return False
    found = {name.lower(): value for name, value in signature.items() if isinstance(name, str)}
    return str(found.get("tag")).lower() == TAG and str(found.get("version")) == "0"


def check_wav(head: Head) -> None:
    """Refuse what is not a mono WAV of 16 kHz and 16 bits.

    Raises:
        Unusable: What is wrong with it.
    """
    if head.size == 0:
        raise Unusable(400, f"The body is empty: {FORMAT}.")
    wav = read_wav_header(io.BytesIO(bytes(head.kept)), head.size)
    if wav is None:
        raise Unusable(415, f"The body is no WAV file, or its header is cut: {FORMAT}.")
    _check_format(wav)
    if wav.verdict is SizeVerdict.CUT:
        raise Unusable(400, "The WAV file is cut: it holds fewer samples than its header says.")
    if wav.available_bytes < wav.block_align:
        raise Unusable(400, f"The WAV file holds no samples: {FORMAT}.")


def _check_format(wav: WavHeader) -> None:
    if wav.subtype != "PCM_16":
        raise Unusable(415, f"The WAV file is not 16 bit PCM: {FORMAT}.")
    if wav.channels != 1:
        raise Unusable(400, f"The WAV file has {wav.channels} channels: {FORMAT}.")
    if wav.sample_rate != 16_000:
        raise Unusable(400, f"The WAV file has {wav.sample_rate:,} samples a second: {FORMAT}.")


async def answer(request: Request) -> Response:
    """The signature of a voice, as the old service answered; whose caller is known already."""
    from starlette.requests import ClientDisconnect

    if request.method != "POST":
        return _problem(405, "MethodNotAllowed", "A voice signature is asked for with POST.", {"allow": "POST"})
    try:
        check_wav(await _received(request))
    except Unusable as unusable:
        code = {413: "PayloadTooLarge", 415: "UnsupportedMediaType"}.get(unusable.status, "BadRequest")
        return _problem(unusable.status, code, unusable.message)
    except ClientDisconnect:
        # Nobody is there to read it.
        return _problem(400, "BadRequest", "The upload broke off.")
    return _reply(200, {"Status": "OK", "Signature": SIGNATURE, "Transcription": ""})


async def _received(request: Request) -> Head:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_form = kind == "multipart/form-data"
    if request.scope["path"].rstrip("/").rpartition("/")[2].lower() == FROM_FORM:
        if not is_form:
            raise Unusable(415, f"Send multipart/form-data with the WAV file in a part named {PART}.")
        return await _from_form(request.headers["content-type"], request.stream())
    if is_form:
        raise Unusable(415, "Send the WAV file itself as the body, or a form to GenerateVoiceSignatureFromFormData.")
    head = Head()
    async for piece in request.stream():
        head.feed(piece)
    return head


async def _from_form(content_type: str, stream: AsyncIterator[bytes]) -> Head:
    """Read a form without keeping it; Starlette's own parser would put the voice on disk."""
    multipart = need("python_multipart", extra="gateway", what="The gateway")
    _, options = multipart.multipart.parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Unusable(400, "The form's content type names no boundary.")
    parts = _Parts(multipart.multipart.parse_options_header)
    size = 0
    try:
        parser = multipart.multipart.MultipartParser(boundary, parts.callbacks())
        async for piece in stream:
            size += len(piece)
            if size > MOST_BYTES + HEAD_BYTES:
                raise Unusable(413, f"The form is larger than {MOST_BYTES >> 20} MiB: send 30 seconds to 2 minutes.")
            parser.write(piece)
        parser.finalize()
    except multipart.exceptions.FormParserError as error:
        raise Unusable(400, "The body is no multipart/form-data of that boundary.") from error
    if parts.found is None:
        raise Unusable(400, f"The form has no part named {PART}.")
    if not parts.is_whole:
        raise Unusable(400, "The form is cut: its last boundary is missing.")
    return parts.found


class _Parts:
    """The parts of a form as a parser calls them out: the first named `file` is looked at, no other."""

    def __init__(self, parse_options: Any) -> None:
        self.found: Head | None = None
        self.is_whole = False
        self._parse_options = parse_options
        self._current: Head | None = None
        self._name = b""
        self._value = b""
        self._disposition = b""

    def callbacks(self) -> dict[str, Any]:
        """For python-multipart."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._field,
            "on_header_value": self._more,
            "on_header_end": self._header,
            "on_headers_finished": self._headers,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._current, self._disposition, self._name, self._value = None, b"", b"", b""

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _more(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _headers(self) -> None:
        _, options = self._parse_options(self._disposition)
        if self.found is None and options.get(b"name", b"").lower() == PART.encode():
            self.found = self._current = Head()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._current is not None:
            self._current.feed(data[start:end])

    def _end(self) -> None:
        self.is_whole = True


def _problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return _reply(status, {"code": code, "message": message}, headers)


def _reply(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    from starlette.responses import Response

    return Response(
        json.dumps(body).encode(),
        status_code=status,
        headers={"cache-control": "no-store", **(headers or {})},
        media_type="application/json",
    )
