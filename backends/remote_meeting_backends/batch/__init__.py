"""Batch transcription: jobs at the service, audio by URL or staged."""

from .backend import BatchBackend

__all__ = ["BatchBackend"]
