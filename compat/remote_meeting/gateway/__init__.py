"""The retired wire protocol, served: unmodified apps find the meetings of a store."""

from .app import create_app

__all__ = ["create_app"]
