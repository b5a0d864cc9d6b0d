"""What the storage service's refusals mean: one map from azure-core's errors and the service's codes to our tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from azure.core.exceptions import AzureError, HttpResponseError

from ..answers import Reply
from ..connection import redact
from ..errors import (
    AuthenticationFailed,
    BadRequest,
    InvalidInput,
    RemoteMeetingError,
    ServiceUnavailable,
    ServiceUnreachable,
    Throttled,
    UnexpectedReply,
)

SHOWN_CHARACTERS = 300
# Storage refuses a request whose clock is further off than 15 minutes; from a third of that on it is worth saying.
SKEW_SECONDS = 300.0
_AUTHENTICATION = {
    "AuthenticationFailed": "check that the key or SAS is whole and of this account",
    "InvalidAuthenticationInfo": "check that the token is for Azure Storage and of this account's tenant",
    "NoAuthenticationInformation": "give a key, a SAS or a credential",
    "AuthorizationFailure": "the key or SAS is of another account, or the account's firewall keeps this machine out",
    "AuthorizationPermissionMismatch": "give the identity the role Storage Blob Data Contributor, or a SAS rwd",
    "AuthorizationResourceTypeMismatch": "make an account SAS with srt=co",
    "AuthorizationServiceMismatch": "make an account SAS with ss=b",
    "AuthorizationProtocolMismatch": "the SAS is for https only",
    "AuthorizationSourceIPMismatch": "the SAS is for other IP addresses than this machine's",
    "KeyBasedAuthenticationNotPermitted": "the account takes no keys; give a credential",
    "AccountIsDisabled": "the account is disabled",
}
_CREATING = "create it, or give a key or credential that may"
_OTHERS: dict[str, tuple[type[RemoteMeetingError], str]] = {
    "ContainerNotFound": (InvalidInput, f"the container does not exist; {_CREATING}"),
    "ContainerBeingDeleted": (ServiceUnavailable, "the container is being deleted; try again in a minute"),
    "ServerBusy": (Throttled, "it asks to slow down; try again later"),
    "OperationTimedOut": (ServiceUnavailable, "it has trouble; try again later"),
    "LeaseIdMissing": (BadRequest, "somebody holds a lease on the blob; break it"),
    "BlobImmutableDueToPolicy": (BadRequest, "the container keeps what is put there; choose another"),
    "InvalidHeaderValue": (
        BadRequest,
        "it may be older than this client; a newer Azurite, or one started with --skipApiVersionCheck, helps",
    ),
}


def code_of(error: AzureError) -> str | None:
    """The service's own code, which stands in a header where an answer has no body."""
    code = getattr(error, "error_code", None) or _headers(error).get("x-ms-error-code")
    return str(getattr(code, "value", code)) if code else None


def is_worth_repeating(problem: RemoteMeetingError) -> bool:
    """True where another attempt may end better. Every call of this package may be made twice without harm."""
    return isinstance(problem, ServiceUnreachable | ServiceUnavailable | Throttled)


def retry_after_seconds(error: AzureError, now: datetime) -> float | None:
    """The service's word on when to come back."""
    return Reply(0, _headers(error), b"").retry_after_seconds(now)


def read_error(error: AzureError, where: str, secrets: Iterable[str], now: datetime) -> RemoteMeetingError:
    """An error of azure-core as one of ours.

    Args:
        error: What the client raised.
        where: The URL that was called, without its query.
        secrets: What may not be shown.
        now: This machine's time, aware.
    """
    if not isinstance(error, HttpResponseError) or error.response is None:
        # Only a first line is shown of anything: further ones quote what was signed.
        return ServiceUnreachable(redact(f"{where} cannot be reached: {_first_line(error)}.", secrets))
    status, code, headers = int(error.status_code or 0), code_of(error), _headers(error)
    kind, advice = _meaning(status, code)
    if kind is AuthenticationFailed:
        advice += _skew(headers.get("date"), now)
    sentence = f"{where} answered {status} ({code or _first_line(error)})"
    return kind(
        redact(f"{sentence}: {advice}." if advice else f"{sentence}.", secrets),
        code=code,
        status_code=status,
        request_id=headers.get("x-ms-request-id"),
    )


def _headers(error: AzureError) -> Mapping[str, str]:
    """Of the answer, by lower-case names; empty where there was none."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    return {name.lower(): value for name, value in headers.items()}


def _meaning(status: int, code: str | None) -> tuple[type[RemoteMeetingError], str]:
    """The class, and what to do about it."""
    if code in _OTHERS:
        return _OTHERS[code]
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AuthenticationFailed, _AUTHENTICATION.get(code or "", "check the key, SAS or credential")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _OTHERS["ServerBusy"]
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _OTHERS["OperationTimedOut"]
    return (BadRequest, "") if 400 <= status < 500 else (UnexpectedReply, "is this the blob service?")


def _skew(date: str | None, now: datetime) -> str:
    """What the answer's date says of this machine's clock."""
    try:
        seconds = (parsedate_to_datetime(date or "") - now).total_seconds()
    except (TypeError, ValueError):
        return ""
    if abs(seconds) < SKEW_SECONDS:
        return ""
    return f"; this machine's clock is {abs(seconds) / 60:.0f} minutes {'behind' if seconds > 0 else 'ahead'}"


def _first_line(error: AzureError) -> str:
    lines = str(error.message or type(error).__name__).splitlines()
    text = " ".join(lines[0].split()).rstrip(".") if lines else type(error).__name__
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
