"""The local backend: the embedded default."""

from .backend import LocalBackend

__all__ = ["LocalBackend"]
