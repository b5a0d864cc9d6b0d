"""Answers and requests held to the published contracts of ../shared/openapi, where that folder lies beside the project.

Stricter than the contracts' own words: a field that a definition does not name is a complaint, too.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry, Resource

from support.parts import need

FOLDER = Path(__file__).parents[3] / "shared" / "openapi"
VERSIONS = ("2025-10-15", "2024-11-15")
BASE = "/speechtotext"
_RESULT = "https://speech.microsoft.com/transcriptionresult_v2024-11-15.schema.json"
_FORMATS = FormatChecker()


@_FORMATS.checks("int32")
def _int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@_FORMATS.checks("uri")
def _uri(value: object) -> bool:
    return not isinstance(value, str) or re.match(r"[a-z][a-z0-9+.-]*:\S+$", value) is not None


@_FORMATS.checks("date-time")
def _date_time(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None


def is_there() -> bool:
    """Whether the contracts lie beside the project."""
    return FOLDER.is_dir()


def need_contracts() -> None:
    """Skip, or in CI fail, where they do not."""
    need(is_there(), "../shared/openapi", "put the published contracts beside the project")


@cache
def document(version: str) -> dict[str, Any]:
    """A contract, whole."""
    found: dict[str, Any] = json.loads(_path(version).read_text(encoding="utf-8"))
    return found


def check_exchange(response: httpx.Response) -> None:
    """Hold a request and its answer to the contract of the version that the request names.

    A request that was refused need not be right; paths that are no part of the contract are left alone.
    """
    version = response.request.url.params.get("api-version")
    if version not in VERSIONS or not is_there():
        return
    found = _operation(version, response.request)
    if found is None:
        return
    response.read()
    if response.status_code < 400:
        _check_request(version, found, response.request)
    _check_answer(version, found, response)


def check_result(result: Any) -> None:
    """Hold a result file to the published schema of 2024-11-15, where it is there."""
    if is_there():
        _result_validator().validate(result)


def _operation(version: str, request: httpx.Request) -> dict[str, Any] | None:
    path = request.url.path.removeprefix(BASE)
    paths = document(version)["paths"]
    # The longer first: `{id}:ping` is an `{id}`, too.
    for template in sorted(paths, key=lambda template: ("{" in template, -len(template))):
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path):
            found: dict[str, Any] | None = paths[template].get(request.method.lower())
            if found is not None:
                return found
    return None


def _check_request(version: str, operation: dict[str, Any], request: httpx.Request) -> None:
    parameters = [_parameter(version, one) for one in operation["parameters"]]
    known = {one["name"] for one in parameters if one["in"] == "query"}
    unknown = set(request.url.params) - known
    assert not unknown, f"{request.url.path} was asked with {unknown}, which the contract does not name"
    assert all(one["name"] in request.url.params for one in parameters if one["in"] == "query" and one.get("required"))
    for one in parameters:
        if one["in"] == "body":
            _validate(version, one["schema"], json.loads(request.content), f"request of {request.url.path}")


def _check_answer(version: str, operation: dict[str, Any], response: httpx.Response) -> None:
    answers = operation["responses"]
    answer = answers.get(str(response.status_code))
    if answer is None:
        assert response.status_code >= 400, f"{response.status_code} is no answer of the contract"
        answer = answers["default"]
    else:
        missing = {"Location"} & set(answer.get("headers", {})) - {name.title() for name in response.headers}
        assert not missing, f"{missing} is missing in the answer"
        assert "retry-after" not in response.headers or "Retry-After" in answer["headers"]
    where = f"answer of {response.request.url.path}"
    if "schema" in answer:
        _validate(version, answer["schema"], response.json(), where)
    else:
        assert response.content == b"", where


def _parameter(version: str, parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = document(version)["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def _validate(version: str, schema: dict[str, Any], value: Any, where: str) -> None:
    whole = {**schema, "definitions": _definitions(version)}
    problems = [
        f"{error.json_path}: {error.message}"
        for error in Draft7Validator(whole, format_checker=_FORMATS).iter_errors(value)
    ]
    assert not problems, f"{where}, {version}: {problems}"


@cache
def _definitions(version: str) -> dict[str, Any]:
    definitions = {}
    for name, schema in document(version)["definitions"].items():
        closed = "properties" in schema and "additionalProperties" not in schema
        definitions[name] = {**schema, "additionalProperties": False} if closed else schema
    return definitions


@cache
def _result_validator() -> Draft7Validator:
    registry: Registry[Any] = Registry()
    schemas = {}
    for path in (FOLDER / "result-schemas").glob("*.json"):
        schema = _without_inner_ids(json.loads(path.read_text(encoding="utf-8")))
        schemas[schema["$id"]] = schema
        registry = registry.with_resource(schema["$id"], Resource.from_contents(schema))
    return Draft7Validator(schemas[_RESULT], registry=registry)


def _without_inner_ids(schema: Any, *, is_root: bool = True) -> Any:
    """The inner `$id`s of these files are labels; a validator would take them for addresses."""
    if isinstance(schema, list):
        return [_without_inner_ids(one, is_root=False) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _without_inner_ids(one, is_root=False) for name, one in schema.items() if is_root or name != "$id"}


def _path(version: str) -> Path:
    need_contracts()
    return FOLDER / f"{version}.transcriptions-subset.json"
