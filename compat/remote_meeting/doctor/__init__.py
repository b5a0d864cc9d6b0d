"""The other half of a migration: what stands between this machine and a transcript, looked at without changing it."""

from .account import Account
from .examining import Subject, examine
from .finding import Finding, Status, report

__all__ = ["Account", "Finding", "Status", "Subject", "examine", "report"]
