"""The properties of the Speech SDK that have to do with recognition: ids, names on the wire, and the SDK's enums.

`get_property(PropertyId.…)` and `get_property_by_name("SPEECH-…")` mean here what they mean there: the numbers are
those of the SDK for Python 1.53.0, and each name was read back from it after setting the property by its id. What a
property changes here, if anything, stands in wishes.py.
"""

from __future__ import annotations

from enum import Enum, IntEnum


class PropertyId(IntEnum):
    """Properties by id; numbers as in the Speech SDK."""

    SpeechServiceConnection_Key = 1000
    SpeechServiceConnection_Endpoint = 1001
    SpeechServiceConnection_Region = 1002
    SpeechServiceAuthorization_Token = 1003
    SpeechServiceAuthorization_Type = 1004
    SpeechServiceConnection_EndpointId = 1005
    SpeechServiceConnection_Host = 1006
    SpeechServiceConnection_ProxyHostName = 1100
    SpeechServiceConnection_ProxyPort = 1101
    SpeechServiceConnection_ProxyUserName = 1102
    SpeechServiceConnection_ProxyPassword = 1103
    SpeechServiceConnection_Url = 1104
    SpeechServiceConnection_ProxyHostBypass = 1105
    SpeechServiceConnection_EnableIpv6 = 1106
    SpeechServiceConnection_RecoMode = 3000
    SpeechServiceConnection_RecoLanguage = 3001
    Speech_SessionId = 3002
    SpeechServiceConnection_UserDefinedQueryParameters = 3003
    SpeechServiceConnection_InitialSilenceTimeoutMs = 3200
    SpeechServiceConnection_EndSilenceTimeoutMs = 3201
    SpeechServiceConnection_EnableAudioLogging = 3202
    SpeechServiceConnection_LanguageIdMode = 3205
    SpeechServiceConnection_AutoDetectSourceLanguages = 3300
    SpeechServiceConnection_AutoDetectSourceLanguageResult = 3301
    SpeechServiceResponse_RequestDetailedResultTrueFalse = 4000
    SpeechServiceResponse_RequestProfanityFilterTrueFalse = 4001
    SpeechServiceResponse_ProfanityOption = 4002
    SpeechServiceResponse_PostProcessingOption = 4003
    SpeechServiceResponse_RequestWordLevelTimestamps = 4004
    SpeechServiceResponse_StablePartialResultThreshold = 4005
    SpeechServiceResponse_OutputFormatOption = 4006
    SpeechServiceResponse_RequestSnr = 4007
    SpeechServiceResponse_JsonResult = 5000
    SpeechServiceResponse_JsonErrorDetails = 5001
    SpeechServiceResponse_RecognitionLatencyMs = 5002
    SpeechServiceResponse_RecognitionBackend = 5003
    SpeechServiceResponse_RequestId = 5004
    SpeechServiceResponse_DiarizeIntermediateResults = 5025
    CancellationDetails_Reason = 6000
    CancellationDetails_ReasonText = 6001
    CancellationDetails_ReasonDetailedText = 6002
    AudioConfig_DeviceNameForCapture = 8000
    AudioConfig_NumberOfChannelsForCapture = 8001
    AudioConfig_SampleRateForCapture = 8002
    AudioConfig_BitsPerSampleForCapture = 8003
    AudioConfig_AudioSource = 8004
    AudioConfig_AudioProcessingOptions = 8007
    Speech_LogFilename = 9001
    Speech_SegmentationSilenceTimeoutMs = 9002
    Speech_SegmentationMaximumTimeMs = 9003
    Speech_SegmentationStrategy = 9004
    Speech_StartEventSensitivity = 9010
    Speech_EnableMultiChannelProcessing = 9020
    DataBuffer_TimeStamp = 11001
    DataBuffer_UserId = 11002

    @property
    def wire_name(self) -> str:
        """The name under which the SDK stores it."""
        return _OTHER_NAMES.get(self) or (self.name if self.name.startswith(_ITS_OWN) else _with_prefix(self.name))


# Properties whose name on the wire is that of their id.
_ITS_OWN = (
    "SpeechServiceResponse_",
    "AudioConfig_",
    "DataBuffer_",
    "CancellationDetails_",
    "SpeechServiceAuthorization_",
)
_OTHER_NAMES = {
    PropertyId.SpeechServiceConnection_Key: "SPEECH-SubscriptionKey",
    PropertyId.SpeechServiceAuthorization_Token: "SPEECH-AuthToken",
    PropertyId.SpeechServiceConnection_EndpointId: "SPEECH-ModelId",
    PropertyId.SpeechServiceConnection_Url: "SPEECH-ConnectionUrl",
    PropertyId.Speech_SessionId: "SessionId",
    PropertyId.SpeechServiceConnection_AutoDetectSourceLanguages: "Auto-Detect-Source-Languages",
    PropertyId.SpeechServiceConnection_AutoDetectSourceLanguageResult: "Auto-Detect-Source-Language-Result",
    PropertyId.SpeechServiceResponse_JsonResult: "RESULT-Json",
    PropertyId.SpeechServiceResponse_JsonErrorDetails: "RESULT-ErrorDetails",
    PropertyId.SpeechServiceResponse_RecognitionLatencyMs: "RESULT-RecognitionLatencyMs",
    PropertyId.SpeechServiceResponse_RecognitionBackend: "RESULT-RecognitionBackend",
    PropertyId.SpeechServiceResponse_RequestId: "RESULT-RequestId",
}


def _with_prefix(name: str) -> str:
    """`SPEECH-` and what stands behind the underscore."""
    return f"SPEECH-{name.partition('_')[2]}"


class ServicePropertyChannel(IntEnum):
    """How a service property travels."""

    UriQueryParameter = 0
    HttpHeader = 1


class OutputFormat(Enum):
    """How much a result says; here a result always says all that is known."""

    Simple = 0
    Detailed = 1


class ProfanityOption(Enum):
    """What becomes of swear words."""

    Masked = 0
    Removed = 1
    Raw = 2
