"""The packages' log, as lines on the standard error."""

from __future__ import annotations

import logging

from .common import notice

LOGGERS = ("remote_meeting", "remote_meeting_backends")


class _Notices(logging.Handler):
    def __init__(self, verbose: bool) -> None:
        super().__init__(logging.DEBUG if verbose else logging.ERROR)
        self._verbose = verbose

    def emit(self, record: logging.LogRecord) -> None:
        # The traceback of a defect is for whoever asked for the log; everybody else gets its sentence.
        text = self.format(record) if self._verbose else record.getMessage()
        for line in text.splitlines():
            notice(line)


def show_logs(verbose: bool) -> None:
    """Send the log to the standard error: all of it, or errors alone (a failed meeting is told by its command)."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler for handler in logger.handlers if not isinstance(handler, _Notices)]
        logger.addHandler(_Notices(verbose))
        logger.setLevel(logging.DEBUG if verbose else logging.NOTSET)
