"""Every error that goes over the wire, in one place: the service's own codes, and the two shapes they come in.

Codes: `ErrorCode` and `DetailedErrorCode` of the published contracts. HTTP statuses that no document names are guessed;
the table in this package's docstring says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from starlette.responses import Response

Shape = Literal["flat", "wrapped"]
CODES: Final[Mapping[int, str]] = {
    400: "InvalidRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "NotAllowed",
    409: "Conflict",
    415: "UnsupportedMediaType",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}


class Problem(Exception):
    """An answer that is an error.

    Args:
        status: HTTP status.
        message: The words.
        code: Of the contract's ErrorCode; None for the one that belongs to the status.
        inner: Of the contract's DetailedErrorCode.
        target: What of the request it is about.
        headers: Beside the usual ones.
        shape: `flat`, the contract's; `wrapped` puts it into `{"error": …}`, as gateways before the service do.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        inner: str | None = None,
        target: str | None = None,
        headers: Mapping[str, str] | None = None,
        shape: Shape = "flat",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or CODES.get(status) or ("InvalidRequest" if status < 500 else "InternalServerError")
        self.inner = inner
        self.target = target
        self.headers = dict(headers or {})
        self.shape = shape

    def body(self) -> dict[str, Any]:
        """The error model of the contract."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target is not None:
            error["target"] = self.target
        if self.inner is not None:
            error["innerError"] = {"code": self.inner, "message": self.message}
        return {"error": error} if self.shape == "wrapped" else error

    def response(self) -> Response:
        """The same as an answer."""
        from starlette.responses import JSONResponse

        return JSONResponse(self.body(), self.status, self.headers)


def invalid(message: str, *, inner: str = "InvalidPayload", target: str | None = None) -> Problem:
    """400: the request cannot be understood."""
    return Problem(400, message, inner=inner, target=target)


def unauthorized() -> Problem:
    """401, in the words that every Cognitive Service uses."""
    return Problem(
        401,
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
        "active subscription and use a correct regional API endpoint for your resource.",
    )


def not_found(what: str = "entity") -> Problem:
    """404: no such entity."""
    return Problem(404, f"The specified {what} cannot be found.")


def retired(version: str) -> Problem:
    """410 for the versions in the path, retired on 2026-03-31."""
    return Problem(
        410,
        f"Version {version} of the speech to text REST API was retired on 2026-03-31: "
        f"use /speechtotext/… with ?api-version=2025-10-15.",
        code="NotFound",
    )


def unprocessable(message: str, inner: str) -> Problem:
    """422: the audio of a synchronous transcription cannot be used."""
    return Problem(422, message, inner=inner)


def delete_not_allowed() -> Problem:
    """409: the job has not ended yet."""
    return Problem(409, "The transcription task hasn't finished yet.", inner="DeleteNotAllowed")


class BlobProblem(Exception):
    """An error of the storage that content URLs lead to.

    Args:
        status: HTTP status.
        code: Azure Storage's error code.
        message: The words.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> Response:
        """Azure Storage's XML."""
        from starlette.responses import Response

        body = (
            '\ufeff<?xml version="1.0" encoding="utf-8"?>'
            f"<Error><Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message></Error>"
        )
        return Response(body, self.status, {"x-ms-error-code": self.code}, "application/xml")


def expired_signature(until: str, now: str) -> BlobProblem:
    """403: a SAS whose time is over."""
    return BlobProblem(
        403,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
        f"including the signature. Signature not valid in the specified time frame: Expiry [{until}] - Current [{now}]",
    )


def wrong_signature() -> BlobProblem:
    """403: a SAS that is none of ours."""
    return BlobProblem(
        403,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
        "including the signature. Signature did not match.",
    )


def no_such_blob() -> BlobProblem:
    """404: deleted with its job, or never there."""
    return BlobProblem(404, "BlobNotFound", "The specified blob does not exist.")
