"""Who works on an uploaded meeting, with which account, and what an app is not given."""

from __future__ import annotations

import pytest

from remote_meeting.gateway.accounts import Account, Accounts
from remote_meeting.gateway.callers import Caller
from remote_meeting.gateway.deciding import Wish, decide_live, decide_whole
from remote_meeting.gateway.settings import Settings, read_regions
from remote_meeting_backends import Connection, InvalidInput, ManualRuntime, NoBackend, OptionNotSupported

CALLER = Caller("secret", key="their-key", name="a key")
REGION = Connection(region="westus2")


def account(settings: Settings, host: str = "localhost:8437") -> Account:
    """Of a caller who names a host."""
    return Accounts(settings, ManualRuntime()).of(CALLER, host)


def wish(**extras: object) -> Wish:
    """In English."""
    return Wish("en-US", extras)


@pytest.mark.parametrize(
    ("settings", "live", "whole"),
    [
        (Settings(connection=REGION), "realtime", "fast"),
        (Settings(), "local", "local"),
        (Settings(connection=REGION, backend="local", async_backend="realtime"), "local", "realtime"),
    ],
)
def test_who_works(settings: Settings, live: str, whole: str) -> None:
    """By what the gateway is told, and by what its callers' keys are good for."""
    assert decide_live(wish(), account(settings), settings)[0].backend == live
    assert decide_whole(wish(), account(settings), settings)[0].backend == whole


def test_what_nobody_who_fits_has_is_left_out() -> None:
    """And the transcript will say so: an app cannot be asked."""
    settings = Settings(async_backend="local")
    decision, options, notes = decide_whole(wish(model="my-model"), account(settings), settings)
    assert (decision.backend, options.model) == ("local", None)
    assert notes == [
        "The app asked for model; it was left out: The local backend cannot take this meeting: it has no option model."
    ]


def test_a_language_that_nobody_knows() -> None:
    """Is no meeting; the one who was named says why."""
    settings = Settings(backend="local", async_backend="auto")
    with pytest.raises(OptionNotSupported, match="does not know the language de-DE"):
        decide_live(Wish("de-DE", {}), account(settings), settings)
    with pytest.raises(NoBackend, match="de-DE"):
        decide_whole(Wish("de-DE", {}), account(settings), settings)


def test_a_second_hearing_stands_in_the_decision() -> None:
    """With who it is."""
    settings = Settings(connection=REGION, refine="fast")
    decision, _, _ = decide_live(wish(), account(settings), settings)
    assert decision.reason.endswith("; heard once more by fast when it is over")


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("transcribe.westeurope.cts.speech.microsoft.com", "westeurope"),
        ("TRANSCRIBE.westeurope.cts.speech.microsoft.com:443", "westeurope"),
        ("meet.example.com", "eastus"),
        ("meet.example.com:8437", "eastus"),
        ("elsewhere.example.com", "westus2"),
        ("[::1]:8437", "westus2"),
        ("", "westus2"),
    ],
)
def test_a_caller_s_key_goes_to_the_region_of_its_host(host: str, region: str) -> None:
    """The old service's name says it, or the gateway was told; else it is everybody's."""
    settings = Settings(connection=REGION, regions={"meet.example.com": "eastus"})
    connection = account(settings, host).connection
    assert connection is not None
    assert (connection.key, connection.region) == ("their-key", region)


def test_a_place_that_is_named_whole_wins() -> None:
    """Everybody's key goes there."""
    settings = Settings(connection=Connection(endpoint="ws://upstream:1", key="own"))
    connection = account(settings, "transcribe.westeurope.cts.speech.microsoft.com").connection
    assert connection is not None
    assert (connection.key, connection.endpoint, connection.region) == ("their-key", "ws://upstream:1", None)


def test_with_keys_of_its_own_the_gateway_s_account_is_used() -> None:
    """Whoever calls, and whichever host they name."""
    own = Connection(key="own", region="westus2")
    settings = Settings(connection=own, passes_keys=False)
    assert account(settings, "transcribe.westeurope.cts.speech.microsoft.com").connection == own


def test_who_may_go_on_while_the_caller_is_away() -> None:
    """Whoever needs no key, and the keys that this process was shown."""
    accounts = Accounts(Settings(connection=REGION), ManualRuntime())
    assert accounts.to_go_on("owner", "realtime") is None
    assert accounts.to_go_on("owner", "local") is not None
    known = accounts.of(CALLER, "")
    accounts.remember("owner", known)
    assert accounts.to_go_on("owner", "realtime") is known
    assert Accounts(Settings(connection=REGION, passes_keys=False), ManualRuntime()).to_go_on("any", "realtime")


def test_regions_are_read() -> None:
    """One for everybody, others by host."""
    assert read_regions(["westus2", "Meet.example.com=EastUS"]) == ("westus2", {"meet.example.com": "eastus"})
    for bad in ("", "west us", "=westus", "https://westus", "a=b.c"):
        with pytest.raises(InvalidInput, match="is no region"):
            read_regions([bad])
