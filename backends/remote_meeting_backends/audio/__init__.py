"""Any audio file to 16 kHz 16-bit mono, streamed in blocks; and one sentence for what is wrong with a bad one."""

from .channels import ChannelPlan, Layout, plan_channels
from .flow import file_audio
from .info import AudioInfo
from .probe import fingerprint, probe
from .stream import SAMPLE_RATE, pcm_blocks

__all__ = [
    "SAMPLE_RATE",
    "AudioInfo",
    "ChannelPlan",
    "Layout",
    "file_audio",
    "fingerprint",
    "pcm_blocks",
    "plan_channels",
    "probe",
]
