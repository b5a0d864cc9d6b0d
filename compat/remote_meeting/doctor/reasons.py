"""Why a connection did not come about: from what libraries raise to what a person can do about it. Pure decisions."""

from __future__ import annotations

import errno
import socket
import ssl

MOST_LINKS = 20
SHOWN_CHARACTERS = 200
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EACCES, errno.EPERM}
LATE = "a firewall that drops what it does not know, or a proxy that was not named (HTTPS_PROXY), looks like this"


def root_of(error: BaseException) -> BaseException:
    """The first of the errors that led to one: libraries say `All connection attempts failed`, and it says why."""
    for _ in range(MOST_LINKS):
        inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else None
        following = inner or error.__cause__ or error.__context__
        # What an error came from may be how the library is built, and no longer about the network.
        if following is None or (isinstance(error, OSError) and not isinstance(following, OSError | ExceptionGroup)):
            break
        error = following
    return error


def why(error: BaseException) -> str:
    """A clause on why there was no answer, and what to do."""
    root = root_of(error)
    said = _words(root)
    match root:
        case socket.gaierror():
            return f"its name is not known ({said}): check the spelling, and this machine's DNS"
        case UnicodeError():
            return f"it is no name that a host can have ({said}): check the spelling"
        case ConnectionRefusedError():
            return "nobody listens there (connection refused): check host and port, or start what should listen"
        case ssl.SSLCertVerificationError():
            said = getattr(root, "verify_message", said)
            return (
                f"its certificate is not trusted ({said}): check the host's name; behind a proxy that opens TLS, name "
                f"its authority in SSL_CERT_FILE"
            )
        case ssl.SSLError():
            return f"no TLS can be spoken with it ({said}): check the port, and whether it is http"
        case ConnectionError():
            return f"the connection broke before an answer came ({said}): something in between may have ended it"
        case OSError() if root.errno in _NO_WAY:
            return f"there is no way to it ({said}): check the network, the VPN and the firewall"
        case TimeoutError():
            return f"no answer came in time: {LATE}"
    return f"no answer came that can be understood ({said}): check host, port and scheme"


def _words(error: BaseException) -> str:
    """An error's own words on one line."""
    said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    line = " ".join(said.split()).rstrip(".")
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[:SHOWN_CHARACTERS]}…"
