"""What the Speech SDK for Python's SpeechConfig takes, and what it refuses: observed with its version 1.53.0."""

from __future__ import annotations

URL = "wss://example.org/speech"
REFUSED: list[dict[str, str]] = [
    {},
    {"subscription": "k"},
    {"region": "westus"},
    {"auth_token": "t"},
    {"subscription": "k", "region": "westus", "endpoint": URL},
    {"subscription": "k", "region": "westus", "host": URL},
    {"auth_token": "t", "endpoint": URL},
    {"auth_token": "t", "host": URL},
    {"subscription": "", "region": "westus"},
    {"subscription": "k", "region": ""},
    {"subscription": "k", "endpoint": ""},
    {"subscription": "k", "host": ""},
    {"auth_token": "", "region": "westus"},
    {"subscription": "k", "region": "westus", "auth_token": "t"},
]
TAKEN: list[dict[str, str]] = [
    {"subscription": "k", "region": "westus"},
    {"auth_token": "t", "region": "westus"},
    {"subscription": "k", "endpoint": URL},
    {"subscription": "k", "host": URL},
    {"endpoint": URL},
    {"host": URL},
    {"subscription": "k", "region": "westus", "speech_recognition_language": "de-DE"},
]
