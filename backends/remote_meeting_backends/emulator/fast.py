"""Fast transcription over HTTP: one request, one answer."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import checks, problems
from .bodies import Definition2024, Definition2025
from .listening import LOCALE, Ask, Unheard
from .render import fast_result
from .transcriptions import host_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData, UploadFile
    from starlette.requests import Request
    from starlette.responses import Response

    from .core import Emulator

LARGEST_DEFINITION: Final = 1 << 20
_PARTS: Final = ("audio", "definition")


class Fast:
    """The handler of `transcriptions:transcribe`.

    Args:
        emulator: What it knows.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def transcribe(self, request: Request, version: str) -> Response:
        """200 with what was said. The upload goes to disk as it comes in."""
        from starlette.formparsers import MultiPartException, MultiPartParser
        from starlette.responses import JSONResponse

        checks.known_query(request.query_params, ())
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
            raise problems.Problem(415, "The content type must be multipart/form-data.")
        try:
            form = await MultiPartParser(
                request.headers, request.stream(), max_part_size=LARGEST_DEFINITION, max_files=8, max_fields=8
            ).parse()
        except (MultiPartException, LookupError, ValueError) as error:
            raise problems.invalid(
                f"The body is no multipart/form-data: {error}.", inner="InvalidRequestBodyFormat"
            ) from error
        try:
            told = await self._answer(form, host_of(request), version)
        finally:
            await form.close()
        self._emulator.record.transcribed += 1
        return JSONResponse(told)

    async def _answer(self, form: FormData, host: str, version: str) -> dict[str, Any]:
        definition = await _definition(form, version)
        checks.check_definition(definition)
        url = definition.audio_url if isinstance(definition, Definition2025) else None
        audio = form.get("audio")
        if audio is None and url is None:
            raise problems.invalid("The part audio is missing.", inner="MissingInputRecords", target="audio")
        if isinstance(audio, str):
            raise problems.invalid("The part audio must be a file.", target="audio")
        try:
            with self._emulator.room() as folder:
                if audio is not None:
                    path = await asyncio.to_thread(_save, audio, folder / "audio")
                else:
                    path = await self._emulator.fetcher.fetch(url or "", folder / "audio", host=host)
                size = await asyncio.to_thread(os.path.getsize, path)
                return await self._hear(path, size, definition)
        except Unheard as error:
            raise problems.unprocessable(error.message, _INNER.get(error.kind, error.kind)) from error

    async def _hear(self, path: Path, size: int, definition: Definition2024) -> dict[str, Any]:
        settings = self._emulator.settings
        if size > settings.fast_bytes:
            raise problems.Problem(
                413,
                f"The audio is larger than {settings.fast_bytes >> 20} MB: use batch transcription.",
                inner="AudioLengthLimitExceeded",
                target="audio",
            )
        diarization = definition.diarization
        # A count alone does not turn diarization on: `enabled` does.
        is_diarized = diarization is not None and diarization.enabled
        channels = tuple(definition.channels) if definition.channels else None
        ask = Ask(
            locales=tuple(definition.locales) or (LOCALE,),
            speakers=diarization.max_speakers if diarization is not None and is_diarized else None,
            channels=channels,
            longest_seconds=settings.fast_diarized_seconds if is_diarized else settings.fast_seconds,
            stereo_with_speakers=True,
        )
        heard = await self._emulator.listener.hear(path, ask, self._emulator.script)
        return fast_result(heard, speakers=is_diarized, channels=channels is not None, locale=ask.locales[0])


# What a job's report calls by other names than an answer's inner error.
_INNER: Final = {"InvalidUri": "InvalidRecordingsUri", "Internal": "UnexpectedError"}


async def _definition(form: FormData, version: str) -> Definition2024:
    for name, _ in form.multi_items():
        if name not in _PARTS:
            raise problems.invalid(f"There is no part {name[:40]!r} in the contract.", target=name[:40])
    for name in _PARTS:
        if len(form.getlist(name)) > 1:
            raise problems.invalid(f"The part {name} stands there twice.", target=name)
    given = form.get("definition", "{}")
    # Clients differ in whether they give this part a file name.
    raw = given if isinstance(given, str) else await given.read(LARGEST_DEFINITION)
    model: type[Definition2024] = Definition2025 if version == "2025-10-15" else Definition2024
    return checks.validated(raw, model)


def _save(upload: UploadFile, target: Path) -> Path:
    with target.open("wb") as file:
        shutil.copyfileobj(upload.file, file, 1 << 20)
    return target
