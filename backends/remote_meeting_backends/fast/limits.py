"""What the fast service takes, and where it is offered, by its pages of 2026; the service has the last word.

Pages disagree (250 MB to 500 MB, 2 h to 5 h): these are the newest published values, and a caller may set others.
"""

from __future__ import annotations

from typing import Final

from ..backend import Capabilities

NAME: Final = "fast"
# centralus and eastasia, two of the four regions of the retired service, are not among them.
REGIONS: Final = frozenset(
    {
        "australiaeast",
        "brazilsouth",
        "canadacentral",
        "centralindia",
        "eastus",
        "eastus2",
        "francecentral",
        "germanywestcentral",
        "italynorth",
        "japaneast",
        "japanwest",
        "koreacentral",
        "northcentralus",
        "northeurope",
        "southcentralus",
        "southeastasia",
        "swedencentral",
        "uksouth",
        "westeurope",
        "westus",
        "westus2",
        "westus3",
    }
)
CAPABILITIES: Final = Capabilities(
    files=True,
    urls=True,
    runs_here=True,
    speaker_count=True,
    words=True,
    separate_channels=True,
    max_bytes=500_000_000,
    max_seconds=5 * 3600.0,
    max_diarized_seconds=2 * 3600.0,
    max_speakers=35,
    regions=REGIONS,
    options=frozenset({"profanity", "candidate_languages", "model", "phrases"}),
)
BASE_SECONDS = 120.0
SLOWEST_BYTES_PER_SECOND = 250_000


def patience_seconds(size_bytes: int, audio_seconds: float) -> float:
    """How long an answer may take: the upload on a slow line, and as long as the audio is."""
    return BASE_SECONDS + size_bytes / SLOWEST_BYTES_PER_SECOND + audio_seconds
