"""httpx logs each URL that it was asked for, and some of ours are secrets: who has a SAS may read."""

from __future__ import annotations

import logging


class _WithoutSignatures(logging.Filter):
    """Lets every record through, URLs with a signature without their query, whoever asked for them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(self._shown(argument) for argument in record.args)
        return True

    @staticmethod
    def _shown(argument: object) -> object:
        text = str(argument)
        return text.partition("?")[0] if "sig=" in text and "://" in text else argument


_FILTER = _WithoutSignatures()


def keep_signatures_out_of_logs() -> None:
    """From now on, in this process. Calling it again does nothing."""
    logging.getLogger("httpx").addFilter(_FILTER)
