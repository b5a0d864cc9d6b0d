"""The speech to text services on loopback, for development, tests and recordings; strict, with bad days on order.

Nothing here was measured against the live service. Where the emulator stands to it:

| behaviour | here | source |
|---|---|---|
| paths, bodies, answers, status codes of success | as published; each exchange of our tests is held to it | contract |
| error model, its codes and finer codes | as published | contract |
| which of these codes goes with which fault | a choice that fits the code's name | guessed |
| unknown fields, wrong types, nulls, values out of range | 400 | guessed; the service may be milder |
| v3.x paths | 410, with what to use instead | that they are retired: documents; the status: guessed |
| api-version newer than 2025-10-15 | answered as 2025-10-15, with a warning in the log | ours |
| api-version missing or unknown | 400 | guessed |
| wrong or missing key | 401, flat body | words: documents; shape: contract |
| Bearer tokens | only those of `/sts/v1.0/issueToken`; ten minutes | ours; the service takes Entra ID's |
| diarization without `enabled` | no speakers | azure-sdk-for-python issue 44436 |
| diarization of audio with several channels, batch | that file fails, whichever channels are named | documents |
| the same, fast | refused when channels are kept apart, else mixed | documents |
| diarization beyond 240 minutes, batch | `LimitExceeded` | documents, in v3.1's words |
| fast: too large, too long, no audio, empty | 413, 422, 422, 422 | guessed; 422 was seen for a long file |
| Succeeded with a failed file; Failed when all failed | the report has each file's reason | documents; kinds: guessed |
| a Failed job's files | the report alone | guessed |
| DELETE of an unfinished job | deleted; 409 `DeleteNotAllowed` on order | guessed |
| `timeToLiveHours` | counted from the end, by the clock | contract |
| content URLs | the emulator's own, with a signature that expires; 403 and 404 in Blob Storage's XML | documents |
| `sasLifetimeMinutes` | 1 minute to 7 days | guessed |
| page size without `top`; largest `top` | 100; 1000 | guessed |
| `Retry-After` | 1 on unfinished jobs; on 429 and 503 as ordered | contract; on errors undocumented |
| ids of speakers | from 1 by first appearance, or a script's | guessed |
| times in batch results | ticks of phrases as floats | sample on the page about results |
| results of 2025-10-15 | the schema of 2024-11-15 | guessed |
| web hook events | PascalCase names; one delivery, no repetition; secret never shown | sample; guessed |
| datasets, projects, translation | refused | ours |
| models, profanity, punctuation, phrase lists, language identification | accepted, and change nothing | ours |
| real-time: paths, frames, their order, offsets from the start of a turn | as both official SDKs take them | SDKs |
| real-time: keys in the query; tokens behind `aad#…#` | taken; only tokens of `/sts/v1.0/issueToken` | SDKs; ours |
| real-time: wrong or missing key | 401 on the upgrade | status: SDKs; body: guessed |
| real-time: a malformed message, a language that is not heard | closed with 1007 | it is final: SDKs; when: guessed |
| real-time: several channels without a script | closed with 1007 | ours |
| real-time: when a turn ends with audio left | on order, after a phrase | SDKs; when: ours |
| real-time: headers of reliable reconnect | who opts in; audio up to the last phrase | SDKs; when: guessed |
| real-time: the clock of a turn that continues another | the other's | seen with the native SDK |
| real-time: where audio that comes again belongs | found by its samples; digital silence may be misplaced | ours |
| real-time: how long speakers are remembered | the newest 64 sessions, until a reset | ours |
| real-time: interim results | half of a scripted phrase; what is recognized so far | ours |
| real-time: Confidence, Lexical, ITN, MaskedITN | 0.9 where unknown; made from the text | ours |
| words that are heard | US English by pocketsphinx, or a script | ours |
| quotas, queues, prices | none; 429 on order | ours |
"""

from .app import create_app
from .control import Control
from .settings import EMULATOR_KEY, Progression, Settings

__all__ = ["EMULATOR_KEY", "Control", "Progression", "Settings", "create_app"]
