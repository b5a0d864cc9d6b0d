"""The languages that the service says it knows; `GET /transcriptions/locales` and the check of a job's locale.

As of early 2026, from the language table of the documentation; whether fast transcription knows all of them is guessed.
"""

from __future__ import annotations

from typing import Final

_REGIONS: Final = {
    "af": "ZA", "am": "ET", "ar": "AE BH DZ EG IL IQ JO KW LB LY MA OM PS QA SA SY TN YE", "as": "IN", "az": "AZ",
    "bg": "BG", "bn": "IN", "bs": "BA", "ca": "ES", "cs": "CZ", "cy": "GB", "da": "DK", "de": "AT CH DE", "el": "GR",
    "en": "AU CA GB GH HK IE IN KE NG NZ PH SG TZ US ZA",
    "es": "AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV US UY VE", "et": "EE", "eu": "ES", "fa": "IR",
    "fi": "FI", "fil": "PH", "fr": "BE CA CH FR", "ga": "IE", "gl": "ES", "gu": "IN", "he": "IL", "hi": "IN",
    "hr": "HR", "hu": "HU", "hy": "AM", "id": "ID", "is": "IS", "it": "CH IT", "ja": "JP", "jv": "ID", "ka": "GE",
    "kk": "KZ", "km": "KH", "kn": "IN", "ko": "KR", "lo": "LA", "lt": "LT", "lv": "LV", "mk": "MK", "ml": "IN",
    "mn": "MN", "mr": "IN", "ms": "MY", "mt": "MT", "my": "MM", "nb": "NO", "ne": "NP", "nl": "BE NL", "or": "IN",
    "pa": "IN", "pl": "PL", "ps": "AF", "pt": "BR PT", "ro": "RO", "ru": "RU", "si": "LK", "sk": "SK", "sl": "SI",
    "so": "SO", "sq": "AL", "sr": "RS", "sv": "SE", "sw": "KE TZ", "ta": "IN", "te": "IN", "th": "TH", "tr": "TR",
    "uk": "UA", "ur": "IN", "uz": "UZ", "vi": "VN", "wuu": "CN", "yue": "CN", "zh": "CN HK TW", "zu": "ZA",
}  # fmt: skip
LOCALES: Final = tuple(f"{language}-{region}" for language, regions in _REGIONS.items() for region in regions.split())
_KNOWN = frozenset(locale.lower() for locale in LOCALES)


def is_locale(text: str) -> bool:
    """Whether the service knows it; case does not matter."""
    return text.lower() in _KNOWN
