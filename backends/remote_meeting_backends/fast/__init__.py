"""Fast transcription: one request, one transcript."""

from .backend import FastBackend

__all__ = ["FastBackend"]
