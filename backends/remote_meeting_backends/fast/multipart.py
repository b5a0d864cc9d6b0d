"""The request of fast transcription, streamed from disk: memory does not grow with the file."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..http import Body

if TYPE_CHECKING:
    import httpx


def upload(definition: Mapping[str, Any], audio: Path | None, media_type: str = "audio/wav") -> Body:
    """The parts of the form: what is wanted, as JSON, and the audio, unless the definition names its URL.

    The boundary is derived from what is sent, so that the same request is the same bytes.

    Args:
        definition: What is wanted.
        audio: The file; read anew for each attempt.
        media_type: What the file is.
    """
    with _form(definition, audio, media_type) as request:
        headers = {name: request.headers[name] for name in ("content-type", "content-length")}

    async def content() -> AsyncIterator[bytes]:
        import httpx

        with _form(definition, audio, media_type) as request:
            if isinstance(request.stream, httpx.AsyncByteStream):
                async for chunk in request.stream:
                    yield chunk

    return Body(headers, content)


@contextlib.contextmanager
def _form(definition: Mapping[str, Any], audio: Path | None, media_type: str) -> Iterator[httpx.Request]:
    """A request that is never sent: httpx knows how a form is written, and how long it is."""
    import httpx

    text = json.dumps(definition, ensure_ascii=False, sort_keys=True).encode()
    size = audio.stat().st_size if audio is not None else 0
    boundary = hashlib.blake2b(text + str(size).encode(), digest_size=16).hexdigest()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    with contextlib.ExitStack() as stack:
        parts: list[tuple[str, Any]] = [("definition", (None, text, "application/json"))]
        if audio is not None:
            file = stack.enter_context(audio.open("rb"))
            parts.append(("audio", (f"audio{audio.suffix.lower()}", file, media_type)))
        yield httpx.Request("POST", "http://form.invalid", headers=headers, files=parts)
