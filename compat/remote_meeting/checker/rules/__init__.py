"""The rules: a module each."""

from __future__ import annotations

from ..rule import Rule
from . import (
    conversation,
    conversation_translator,
    delayed_stop,
    eight_channels,
    fast_region,
    first_conversation_transcriber,
    guest_speakers,
    in_room_and_online,
    intent_recognition,
    meeting,
    meeting_transcriber,
    mic_spec,
    not_awaited,
    old_conversation_transcriber,
    participants,
    remote_client,
    remote_package,
    rest_diarization,
    rest_generated_client,
    rest_path,
    signature_endpoint,
    speaker_recognition,
    transcribe_endpoint,
    transcription_mode,
    voice_signature,
)

_MODULES = (
    remote_client,
    remote_package,
    meeting_transcriber,
    meeting,
    participants,
    old_conversation_transcriber,
    conversation,
    first_conversation_transcriber,
    voice_signature,
    in_room_and_online,
    guest_speakers,
    transcription_mode,
    mic_spec,
    signature_endpoint,
    transcribe_endpoint,
    rest_path,
    rest_diarization,
    rest_generated_client,
    delayed_stop,
    not_awaited,
    eight_channels,
    fast_region,
    speaker_recognition,
    intent_recognition,
    conversation_translator,
)

RULES: dict[str, Rule] = {module.RULE.id: module.RULE for module in _MODULES}

# What a rule may be called: its id or its name, in lower case.
RULE_IDS: dict[str, str] = {
    **{name.lower(): name for name in RULES},
    **{rule.name: name for name, rule in RULES.items()},
}

__all__ = ["RULES", "RULE_IDS"]
