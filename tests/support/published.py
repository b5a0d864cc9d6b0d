"""The contracts and examples that Microsoft publishes for the speech to text REST API, as far as they lie beside us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from support.parts import need

VERSIONS = ("2025-10-15", "2024-11-15")
_FOLDER = Path(__file__).parents[3] / "shared" / "openapi"


def example(version: str, name: str) -> dict[str, Any]:
    """One of the published examples, whole."""
    return _read(f"examples/{version}/{name}.json")


def answer(version: str, name: str, status: int = 200) -> bytes:
    """The body of an example's answer."""
    return json.dumps(example(version, name)["responses"][str(status)]["body"]).encode()


def complaints(version: str, definition: str, body: dict[str, Any]) -> list[str]:
    """What a contract's definition has against a body that is sent: unknown and read-only fields too."""
    contract = _read(f"{version}.transcriptions-subset.json")
    definitions = {name: _strict(schema) for name, schema in contract["definitions"].items()}
    schema = {"$ref": f"#/definitions/{definition}", "definitions": definitions}
    return [f"{error.json_path}: {error.message}" for error in Draft7Validator(schema).iter_errors(body)]


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    if "properties" not in schema:
        return schema
    fields = {name: field for name, field in schema["properties"].items() if not field.get("readOnly")}
    return {**schema, "properties": fields, "additionalProperties": False}


def _read(path: str) -> dict[str, Any]:
    file = _FOLDER / path
    need(file.exists(), f"../shared/openapi/{path}", "put the published contracts beside the project")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
