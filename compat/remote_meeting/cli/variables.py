"""The environment variables that the commands read, for `--help`."""

from __future__ import annotations

VARIABLES = {
    "SPEECH_KEY": "the key, with SPEECH_REGION or SPEECH_ENDPOINT",
    "SPEECH_CREDENTIAL": "`default` in place of a key: Azure's own sign-in (extra azure), with SPEECH_ENDPOINT",
    "SPEECH_API_VERSION": "of the speech to text REST API, in place of the newest",
    "SPEECH_STORAGE": "where batch stages files: a connection string, or an account's or container's URL",
    "SPEECH_STORAGE_KEY": "the storage account's key, where the URL carries no SAS",
    "SPEECH_STORAGE_CONTAINER": "the container's name, where the URL does not say it",
    "SPEECH_DESTINATION": "URL of a container, with a SAS, where batch puts its results",
    "REMOTE_MEETING_STORE": "the meeting store",
    "NO_COLOR": "no colours",
}
