"""The command line: `remote-meeting`."""

from .main import main

__all__ = ["main"]
