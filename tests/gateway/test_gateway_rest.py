"""OfflineTask as an app sees it, over a real socket: statuses, paths, keys, and what each mistake is answered with."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from remote_meeting.gateway import create_app
from remote_meeting_backends import ManualRuntime, MeetingStatus
from remote_meeting_backends.legacy import CAUSE_HEADER
from remote_meeting_backends.store import MeetingKey, MeetingStore, Runner
from support.cassettes import CAUSE, KEY, TOKEN, keep
from support.scripted import transcript_of
from support.servers import serving

OTHER = "somebody-else-s-key"
NAME = "Ocp-Apim-Subscription-Key"
WITH_KEY = {NAME: KEY}
TASK = "/api/v1/OfflineTask"


@pytest.fixture(scope="module")
def runtime() -> ManualRuntime:
    """The clock of the gateway and of its store."""
    return ManualRuntime()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, runtime: ManualRuntime) -> Iterator[MeetingStore]:
    """A store with one meeting of each status, and some of other callers."""
    opened = MeetingStore(tmp_path_factory.mktemp("gateway") / "meetings.db", runtime)
    for status in MeetingStatus:
        keep(opened, status.lower(), status)
    keep(opened, "theirs", MeetingStatus.COMPLETED, secret=OTHER)
    keep(opened, "token's", MeetingStatus.COMPLETED, secret=f"bearer {TOKEN}")
    keep(opened, "nobody's", MeetingStatus.COMPLETED, secret=None)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(store: MeetingStore, runtime: ManualRuntime) -> Iterator[str]:
    """The gateway."""
    with serving(create_app(store.name, runtime=runtime)) as address:
        yield address


def get(url: str, meeting_id: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Ask as the C# client does."""
    return httpx.get(url + TASK, params={"id": meeting_id}, headers=WITH_KEY if headers is None else headers)


@pytest.mark.parametrize(("number", "status"), list(enumerate(MeetingStatus)))
def test_every_status_is_a_number(url: str, number: int, status: MeetingStatus) -> None:
    """0 to 4, in JSON that no cache keeps."""
    response = get(url, status.lower())
    assert response.status_code == 200
    assert (response.json()["id"], response.json()["processingStatus"]) == (status.lower(), number)
    assert list(response.json()) == ["id", "processingStatus", "transcriptions"]
    assert (response.headers["content-type"], response.headers["cache-control"]) == ("application/json", "no-store")


def test_a_completed_meeting_brings_its_words(url: str) -> None:
    """And no other does."""
    assert [item["text"] for item in get(url, "completed").json()["transcriptions"]] == ["hello", "good morning"]
    for meeting_id in ("uploading", "processing", "failed", "deleted"):
        assert get(url, meeting_id).json()["transcriptions"] == []


@pytest.mark.parametrize("path", ["OfflineTask", "offlinetask", "OFFLINETASK", "OfflineTask/", "%4fffline%54ask//"])
@pytest.mark.parametrize("base", ["/", "/api/v1/", "/API/V1/", "/a/proxy's/own/path/", "//"])
def test_the_path_is_matched_by_its_last_part(url: str, base: str, path: str) -> None:
    """In any case, below any base, with or without a slash at the end."""
    assert httpx.get(f"{url}{base}{path}?id=completed", headers=WITH_KEY).json()["processingStatus"] == 2


@pytest.mark.parametrize("query", ["id=completed", "ID=completed", "Id=completed&x=1", "x=1&iD=completed"])
def test_the_query_s_names_are_matched_without_case(url: str, query: str) -> None:
    """And what is unknown is passed over."""
    assert httpx.get(f"{url}{TASK}?{query}", headers=WITH_KEY).status_code == 200


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({NAME: KEY}, ""),
        ({NAME.upper(): KEY}, ""),
        ({}, f"&{NAME}={KEY}"),
        ({}, f"&{NAME.lower()}={KEY}"),
        ({NAME: KEY}, f"&{NAME}={OTHER}"),
        ({NAME: KEY, "Authorization": "Basic eDp5"}, ""),
        ({NAME: KEY, "Authorization": "Bearer"}, ""),
    ],
)
def test_a_key_is_found_where_clients_put_it(url: str, headers: dict[str, str], query: str) -> None:
    """In the header, or in the query as the JavaScript SDK sends it; the header wins."""
    assert httpx.get(f"{url}{TASK}?id=completed{query}", headers=headers).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_a_token_wins_over_a_key(url: str, scheme: str) -> None:
    """As in the C# client; its meetings are not the key's."""
    headers = {"Authorization": f"{scheme} {TOKEN}", **WITH_KEY}
    assert get(url, "token's", headers).status_code == 200
    assert get(url, "completed", headers).status_code == 404


@pytest.mark.parametrize("headers", [{}, {NAME: ""}, {"Authorization": "Bearer"}, {"Authorization": f"Basic {KEY}"}])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_without_a_key_nothing_is_told(url: str, method: str, headers: dict[str, str]) -> None:
    """401, whether or not there is such a meeting."""
    for meeting_id in ("completed", "unheard-of"):
        response = httpx.request(method, f"{url}{TASK}?id={meeting_id}", headers=headers)
        assert response.status_code == 401
        assert response.json()["code"] == "Unauthorized"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_another_caller_s_meeting_is_as_unknown_as_any(url: str, method: str) -> None:
    """Nothing tells apart a wrong key, somebody else's meeting, one without an owner, and one that never was."""
    answers = []
    for meeting_id in ("theirs", "token's", "nobody's", "unheard-of"):
        response = httpx.request(method, url + TASK, params={"id": meeting_id}, headers=WITH_KEY)
        headers = {name: value for name, value in response.headers.items() if name not in ("date", "content-length")}
        answers.append((response.status_code, response.text.replace(meeting_id, "…"), headers))
    assert answers[0][0] == 404
    assert answers == [answers[0]] * 4
    assert get(url, "theirs", {NAME: OTHER}).json()["processingStatus"] == 2


def test_a_token_is_not_a_key(url: str) -> None:
    """The two never meet, even where their texts are equal."""
    assert get(url, "token's", {NAME: TOKEN}).status_code == 404
    assert get(url, "completed", {"Authorization": f"Bearer {KEY}"}).status_code == 404


@pytest.mark.parametrize("query", ["", "?id=", "?id", "?meeting=1", f"?id={'x' * 257}", "?id=a%00b", "?id=a%0Ab"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_id_that_is_none_is_a_bad_request(url: str, method: str, query: str) -> None:
    """400, with a sentence."""
    response = httpx.request(method, f"{url}{TASK}{query}", headers=WITH_KEY)
    assert response.status_code == 400
    assert response.json()["code"] == "BadRequest"
    assert "meeting" in response.json()["message"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(url: str, method: str) -> None:
    """405, with those that are not."""
    response = httpx.request(method, f"{url}{TASK}?id=completed", headers=WITH_KEY)
    assert response.status_code == 405
    assert {"GET", "DELETE"} <= set(response.headers["allow"].split(", "))


@pytest.mark.parametrize("path", ["/", "/api/v1/", "/api/v1/OfflineTasks", "/OfflineTask/x", "/OfflineTask%3Fid=1"])
def test_other_paths_are_not_found(url: str, path: str) -> None:
    """The sentence says what there is; a key is not asked for."""
    response = httpx.get(url + path)
    assert response.status_code == 404
    assert "OfflineTask?id=" in response.json()["message"]


def test_a_host_header_that_is_none_breaks_nothing(url: str) -> None:
    """The answer does not hang on what a client calls the gateway."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"GET {TASK}?id=completed HTTP/1.1\r\nHost: [\r\n{NAME}: {KEY}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 200"


def test_head_is_get_without_a_body(url: str) -> None:
    """For those who only look whether it is there."""
    response = httpx.head(f"{url}{TASK}?id=completed", headers=WITH_KEY)
    assert (response.status_code, response.content) == (200, b"")


def test_a_deleted_meeting_is_deleted_and_can_be_deleted_again(url: str, store: MeetingStore) -> None:
    """DELETE answers 200 with nothing; GET shows 4 from then on, and no words."""
    keep(store, "to delete", MeetingStatus.COMPLETED)
    for _ in range(2):
        response = httpx.delete(url + TASK, params={"id": "to delete"}, headers=WITH_KEY)
        assert (response.status_code, response.content) == (200, b"")
        assert get(url, "to delete").json() == {"id": "to delete", "processingStatus": 4, "transcriptions": []}


def test_a_meeting_that_is_deleted_while_it_is_looked_at(
    url: str, store: MeetingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is Deleted, and no trouble of the gateway."""
    keep(store, "racing", MeetingStatus.COMPLETED)
    read = MeetingStore.transcript

    def delete_first(opened: MeetingStore, key: MeetingKey) -> bytes | None:
        opened.delete(key)
        return read(opened, key)

    monkeypatch.setattr(MeetingStore, "transcript", delete_first)
    assert get(url, "racing").json() == {"id": "racing", "processingStatus": 4, "transcriptions": []}


def test_a_failure_tells_its_cause_in_a_header(url: str, store: MeetingStore) -> None:
    """Percent-encoded where it is not ASCII; a line end cannot begin another header; nothing of it in the body."""
    keep(store, "odd", MeetingStatus.FAILED, cause="100 % süß\r\nX-Evil: 1\x00 会議")
    response = get(url, "odd")
    assert "x-evil" not in response.headers
    assert response.headers[CAUSE_HEADER] == (
        "Meeting odd failed: 100 %25 s%C3%BC%C3%9F%0D%0AX-Evil: 1  %E4%BC%9A%E8%AD%B0"
    )
    assert response.json() == {"id": "odd", "processingStatus": 3, "transcriptions": []}
    assert "100 %25" not in get(url, "failed").headers[CAUSE_HEADER]
    assert CAUSE[:20] in get(url, "failed").headers[CAUSE_HEADER]


@pytest.mark.parametrize("meeting_id", ["uploading", "completed", "deleted"])
def test_what_did_not_fail_has_no_cause(url: str, meeting_id: str) -> None:
    """Deleted says enough by itself."""
    assert CAUSE_HEADER not in get(url, meeting_id).headers


def test_a_long_cause_is_cut(url: str, store: MeetingStore) -> None:
    """A header has to pass through other people's proxies."""
    keep(store, "long", MeetingStatus.FAILED, cause="y" * 20_000)
    assert 800 < len(get(url, "long").headers[CAUSE_HEADER]) < 1000


def test_an_interrupted_meeting_is_failed_to_an_app(url: str, store: MeetingStore) -> None:
    """An app would poll Processing for ever; the header says how to go on, and resuming shows again."""
    keep(store, "broken off", MeetingStatus.PROCESSING)
    key = MeetingKey(store.owner_of(KEY), "broken off")
    store.release(key, Runner.here("test"))
    response = get(url, "broken off")
    assert response.json()["processingStatus"] == 3
    assert "interrupted at 0%25" in response.headers[CAUSE_HEADER]
    store.claim(store.get(key), Runner.here("test"))
    assert get(url, "broken off").json()["processingStatus"] == 0


def test_a_long_meeting_comes_whole(url: str, store: MeetingStore) -> None:
    """Five thousand phrases are as many items."""
    key, runner = MeetingKey(store.owner_of(KEY), "long one"), Runner.here("test")
    keep(store, "long one", MeetingStatus.PROCESSING)
    texts = [f"phrase {number} é" for number in range(5_000)]
    store.complete(key, runner, transcript_of("long one", texts).model_dump_json().encode())
    assert [item["text"] for item in get(url, "long one").json()["transcriptions"]] == texts
