"""What is read off a SAS and off a storage's address: no fault where there is none, and each fault by its name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from azure.storage.blob import (
    AccountSasPermissions,
    BlobSasPermissions,
    ContainerSasPermissions,
    ResourceTypes,
    Services,
    UserDelegationKey,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends import InvalidInput
from remote_meeting_backends.connection import Storage
from remote_meeting_backends.staging import check_sas, split_sas
from remote_meeting_backends.staging.address import Address, read_storage
from remote_meeting_backends.staging.sas import Kind

KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNT_URL = "https://meetings.blob.core.windows.net"
CONTAINER_URL = f"{ACCOUNT_URL}/audio"
BLOB_URL = f"{CONTAINER_URL}/a.wav"
AZURITE_URL = "http://127.0.0.1:10000/meetings/audio"
HOUR = timedelta(hours=1)

LETTERS = st.sets(st.sampled_from("rwdlac"), min_size=1).map(lambda letters: "".join(sorted(letters)))
NEEDS = st.sets(st.sampled_from("rwdl"), min_size=1).map(lambda letters: "".join(sorted(letters)))
SPANS = st.integers(-100_000, 100_000).filter(bool).map(lambda seconds: timedelta(seconds=seconds))


def fault(url: str, kind: Kind = "container", needs: str = "r") -> str | None:
    """What is said of a URL; its query is not in it."""
    try:
        check_sas(url, kind=kind, needs=needs, now=NOW)
    except InvalidInput as error:
        said = str(error)
    else:
        return None
    _, query = split_sas(url)
    assert all(secret not in said for secret in (query, *parse_qs(query).get("sig", [])))
    assert said.count(". ") == 0
    return said


def container_sas(permission: str = "rwdl", **fields: Any) -> str:
    """A SAS for the container."""
    permissions = ContainerSasPermissions.from_string(permission)
    life = {"expiry": NOW + HOUR} | fields
    return generate_container_sas("meetings", "audio", account_key=KEY, permission=permissions, **life)


def blob_sas(permission: str = "r", **fields: Any) -> str:
    """A SAS for one blob."""
    permissions = BlobSasPermissions.from_string(permission)
    life = {"account_key": KEY, "expiry": NOW + HOUR} | fields
    return generate_blob_sas("meetings", "audio", "a.wav", permission=permissions, **life)


def account_sas(permission: str = "rwdl", *, reach: str = "co", services: str = "b", **fields: Any) -> str:
    """A SAS for the account."""
    return generate_account_sas(
        "meetings",
        KEY,
        ResourceTypes.from_string(reach),
        AccountSasPermissions.from_string(permission),
        services=Services.from_string(services),
        **({"expiry": NOW + HOUR} | fields),
    )


def by_hand(**fields: str) -> str:
    """A container's URL with a SAS that nobody would sign."""
    whole = {
        "sv": "2025-11-05",
        "se": "2026-03-02",
        "sr": "c",
        "sp": "rwdl",
        "sig": "U0lHTkFUVVJFU0lHTkFUVVJF",
    } | fields
    return f"{CONTAINER_URL}?{urlencode({name: value for name, value in whole.items() if value})}"


@given(LETTERS, NEEDS, SPANS, st.none() | SPANS)
def test_container_round_trip(given_letters: str, needs: str, left: timedelta, begun: timedelta | None) -> None:
    """Of a container SAS exactly what was put into it is held against it."""
    start = None if begun is None else NOW + begun
    url = f"{CONTAINER_URL}?{container_sas(given_letters, expiry=NOW + left, start=start)}"
    right = set(needs) <= set(given_letters) and left > timedelta() and (begun is None or begun < timedelta())
    assert (fault(url, "container", needs) is None) == right


@given(LETTERS, SPANS, st.sampled_from(["blob", "container"]))
def test_blob_round_trip(given_letters: str, left: timedelta, kind: Kind) -> None:
    """A blob's SAS opens that blob, by its permissions and in its time, and never a container."""
    letters = given_letters.replace("l", "") or "r"
    right = kind == "blob" and "r" in letters and left > timedelta()
    assert (fault(f"{BLOB_URL}?{blob_sas(letters, expiry=NOW + left)}", kind, "r") is None) == right


@given(
    LETTERS,
    NEEDS,
    st.sets(st.sampled_from("sco"), min_size=1).map("".join),
    st.sets(st.sampled_from("bqtf"), min_size=1).map("".join),
)
def test_account_round_trip(given_letters: str, needs: str, reach: str, services: str) -> None:
    """An account SAS must be for blobs, and reach what the permissions are needed for."""
    url = f"{CONTAINER_URL}?{account_sas(given_letters, reach=reach, services=services)}"
    reached = ("c" in reach or "l" not in needs) and ("o" in reach or not set(needs) - {"l"})
    right = set(needs) <= set(given_letters) and "b" in services and reached
    assert (fault(url, "container", needs) is None) == right


def test_delegation_round_trip() -> None:
    """A SAS by an identity ends with its own end or with that of the key it was signed with."""

    def url(key_hours: float) -> str:
        key = UserDelegationKey()
        key.signed_oid = key.signed_tid = "11111111-1111-1111-1111-111111111111"
        key.signed_start, key.signed_service, key.signed_version = "2026-02-28T12:00:00Z", "b", "2025-11-05"
        key.signed_expiry = f"{NOW + timedelta(hours=key_hours):%Y-%m-%dT%H:%M:%SZ}"
        key.value = KEY
        return f"{BLOB_URL}?{blob_sas(account_key=None, user_delegation_key=key)}"

    assert fault(url(1), "blob") is None
    assert "signed with a key that expired at 2026-03-01T11:00:00Z" in (fault(url(-1), "blob") or "")


@given(st.text())
def test_any_query(query: str) -> None:
    """Whatever stands behind the question mark ends in a sentence or in nothing."""
    fault(f"{CONTAINER_URL}?{query}")
    fault(f"{CONTAINER_URL}?sv=2025-11-05&sig=QUFBQUFBQUFBQUFB&{query}")


@pytest.mark.parametrize(
    ("url", "kind", "needs", "said"),
    [
        (by_hand(se="2026-02-28"), "container", "r", "00:00Z (se) and this machine's time is 2026-03-01T12:00:00Z"),
        (by_hand(se="2026-03-01"), "container", "r", "expired at 2026-03-01T00:00:00Z"),
        (by_hand(se="2026-03-01T13:30:00+02:00"), "container", "r", "expired at 2026-03-01T11:30:00Z"),
        (by_hand(st="2026-03-01T12:05:00Z"), "container", "r", "5 minutes after this machine's time 2026-03-01T12"),
        (by_hand(st="2026-03-01T12:00:30Z"), "container", "r", "30 seconds after"),
        (by_hand(st="2026-03-05"), "container", "r", "4 days after"),
        (by_hand(sp="wd"), "container", "rl", "may not read (r) or list (l); it has sp=wd"),
        (by_hand(sp=""), "container", "r", "may not read (r)"),
        (by_hand(sig=""), "container", "r", "no signature (sig)"),
        (by_hand(se=""), "container", "r", "no end (se)"),
        (by_hand(se="tomorrow"), "container", "r", "date that cannot be read (se='tomorrow')"),
        (by_hand(se="2026-02-30"), "container", "r", "date that cannot be read"),
        (by_hand(st="2026-03-01T12:00:00 02:00"), "container", "r", "with + as %2B"),
        (by_hand(sr="b"), "container", "r", "one blob (sr=b), and a container is needed"),
        (by_hand(sr="d"), "container", "r", "one directory (sr=d)"),
        (by_hand(sr="s"), "container", "r", "a file share (sr=s)"),
        (by_hand(), "blob", "r", "a container (sr=c) and so is the URL"),
        (by_hand(sr="", ss="qf", srt="co"), "container", "r", "queues and files (ss=qf), not for blobs"),
        (by_hand(sr="", ss="b", srt="s"), "container", "rl", "containers and blobs (srt=s): make one with srt=co"),
        (by_hand(sr="", ss="b", srt="c"), "container", "rwd", "does not reach blobs (srt=c): make one with srt=o"),
        (by_hand(sr="", ss="b", srt="o"), "container", "rl", "does not reach containers (srt=o)"),
        (by_hand(spr="https").replace("https://", "http://"), "container", "r", "for https only (spr=https)"),
        (by_hand().replace("https://", "https://me:word@"), "blob", "r", "The SAS of https://meetings"),
    ],
)  # fmt: skip
def test_faults(url: str, kind: Kind, needs: str, said: str) -> None:
    """Each fault is named, with the place and without the query."""
    sentence = fault(url, kind, needs)
    assert sentence is not None
    assert said in sentence
    assert "meetings.blob.core.windows.net/audio" in sentence


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (BLOB_URL, "blob"),
        (f"{BLOB_URL}?snapshot=2026-01-01T00:00:00.0000000Z", "blob"),
        ("https://example.org/a.wav?download=1&se=sweden", "blob"),
        (f"{BLOB_URL}?{container_sas('r')}", "blob"),
        (f"{BLOB_URL}?{account_sas('r', reach='o')}", "blob"),
        (f"{AZURITE_URL}/a.wav?{container_sas('r')}", "blob"),
        (f"{AZURITE_URL}?{container_sas('r')}", "container"),
        (by_hand(sp="", se="", si="policy"), "container"),
        (by_hand(spr="https"), "container"),
        (by_hand(spr="https,http").replace("https://", "http://"), "container"),
        (by_hand(se="2026-03-01T12:01Z"), "container"),
        (by_hand(se="2026-03-02T00:00:00.0000000Z"), "container"),
    ],
)
def test_no_fault(url: str, kind: Kind) -> None:
    """Public URLs, what a stored policy may allow, and every form that is right pass."""
    assert fault(url, kind) is None


@pytest.mark.parametrize("name", ["sp", "se", "st", "ss", "srt", "sr"])
def test_query_that_was_escaped_twice(name: str) -> None:
    """An & that has become part of a field does not bring the signature into the sentence."""
    signature = "c2lnbmVkLXNpZ25lZC1zaWduZWQ="
    assert signature not in (fault(by_hand(**{name: f"x&sig={signature}"}), "container", "rl") or "")


def test_no_url() -> None:
    """What is no URL at all is said of the URL."""
    assert "is no URL" in (fault(by_hand().replace("core.windows.net", "core.windows.net:port")) or "")


def test_container_in_the_path() -> None:
    """Behind an address the account is the path's first segment, so that what looks like a blob is a container."""
    assert "so is the URL" in (fault(f"{AZURITE_URL}?{container_sas('r')}", "blob") or "")


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://h/c/b?sv=1&sig=2", ("https://h/c/b", "sv=1&sig=2")),
        ("https://h/c/b", ("https://h/c/b", "")),
        (" https://h/c/b?sv=1#top \n", ("https://h/c/b", "sv=1")),
        ("https://h/c/b#top", ("https://h/c/b", "")),
    ],
)
def test_split(url: str, parts: tuple[str, str]) -> None:
    """The query is what a question mark begins."""
    assert split_sas(url) == parts


CONNECTION_STRING = (
    f"DefaultEndpointsProtocol=https;AccountName=meetings;AccountKey={KEY};EndpointSuffix=core.windows.net"
)


@pytest.mark.parametrize(
    ("storage", "address"),
    [
        (Storage(CONNECTION_STRING), Address(ACCOUNT_URL, "meetings", "remote-meeting", key=KEY)),
        (
            Storage(f" accountname=m;accountkey={KEY};endpointsuffix=core.chinacloudapi.cn;\n", container="mine"),
            Address("https://m.blob.core.chinacloudapi.cn", "m", "mine", key=KEY),
        ),
        (
            Storage(f"BlobEndpoint={ACCOUNT_URL}/;SharedAccessSignature=?sv=1&sig=2"),
            Address(ACCOUNT_URL, "meetings", "remote-meeting", sas="sv=1&sig=2"),
        ),
        (
            Storage("UseDevelopmentStorage=true", key=KEY),
            Address("http://127.0.0.1:10000/devstoreaccount1", "devstoreaccount1", "remote-meeting", key=KEY),
        ),
        (Storage(ACCOUNT_URL, key=KEY), Address(ACCOUNT_URL, "meetings", "remote-meeting", key=KEY)),
        (Storage(f"{CONTAINER_URL}/", key=KEY), Address(ACCOUNT_URL, "meetings", "audio", key=KEY)),
        (Storage(f"{CONTAINER_URL}?sv=1&sig=2"), Address(ACCOUNT_URL, "meetings", "audio", sas="sv=1&sig=2")),
        (Storage(f"{ACCOUNT_URL}/?sv=1&sig=2"), Address(ACCOUNT_URL, "meetings", "remote-meeting", sas="sv=1&sig=2")),
        (Storage(AZURITE_URL, key=KEY), Address("http://127.0.0.1:10000/meetings", "meetings", "audio", key=KEY)),
        (
            Storage("http://azurite:10000/meetings", key=KEY),
            Address("http://azurite:10000/meetings", "meetings", "remote-meeting", key=KEY),
        ),
        (
            Storage("https://media.example.org/audio?sv=1&sig=2"),
            Address("https://media.example.org", None, "audio", sas="sv=1&sig=2"),
        ),
        (
            Storage(f"{CONTAINER_URL}?sv=1&sig=2", key=KEY, credential=KEY),
            Address(ACCOUNT_URL, "meetings", "audio", credential=KEY),
        ),
    ],
)  # fmt: skip
def test_addresses(storage: Storage, address: Address) -> None:
    """Every way to say where: account, container, and the one thing that opens it."""
    assert read_storage(storage) == address


@pytest.mark.parametrize(
    ("storage", "said"),
    [
        (Storage("somewhere"), "neither a connection string"),
        (Storage(""), "names no account"),
        (Storage(f"AccountKey={KEY}"), "names no account"),
        (Storage("ftp://h/c", key=KEY), "no URL"),
        (Storage("https://[::1/c", key=KEY), "no URL"),
        (Storage(f"https://me:{KEY}@h/c"), "user name"),
        (Storage("https://meetings.dfs.core.windows.net", key=KEY), "write .blob."),
        (Storage(f"{BLOB_URL}?sv=1&sig=2"), "names a blob"),
        (Storage(f"{ACCOUNT_URL}/My_Audio", key=KEY), "'My_Audio' cannot name a container"),
        (Storage(ACCOUNT_URL, key=KEY, container="a--b"), "cannot name a container"),
        (Storage(ACCOUNT_URL), "Nothing opens"),
        (Storage(ACCOUNT_URL, key=f"{KEY}!"), "not in base64"),
        (Storage("https://media.example.org/audio", key=KEY), "does not tell the account's name"),
        (Storage("http://127.0.0.1:10000/meetings", credential=object()), "over https only"),
    ],
)
def test_no_address(storage: Storage, said: str) -> None:
    """What cannot be a storage says why, and shows nothing that opens anything."""
    with pytest.raises(InvalidInput) as caught:
        read_storage(storage)
    assert said in str(caught.value)
    assert KEY not in str(caught.value)
    assert "sig=" not in str(caught.value)


def test_address_hides() -> None:
    """What opens a container is not in its address's repr."""
    for storage in (Storage(CONNECTION_STRING), Storage(f"{CONTAINER_URL}?sv=1&sig=secret")):
        shown = repr(read_storage(storage)) + repr(storage)
        assert KEY not in shown
        assert "secret" not in shown
