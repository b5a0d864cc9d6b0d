"""A container of Blob Storage as far as a service reads it: the list of its blobs, and each of them, for a SAS."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CONTAINER = "/devstoreaccount1/meetings"


def container_of(blobs: Mapping[str, bytes], signature: str) -> Starlette:
    """An app that is that container, at the path CONTAINER.

    Args:
        blobs: Content by name.
        signature: What `sig` has to be.
    """

    async def blobs_listed(request: Request) -> Response:
        if request.query_params.get("sig") != signature or request.query_params.get("comp") != "list":
            return Response(status_code=403)
        names = "".join(f"<Blob><Name>{name}</Name></Blob>" for name in sorted(blobs))
        xml = f"<EnumerationResults><Blobs>{names}</Blobs><NextMarker /></EnumerationResults>"
        return Response(xml, media_type="application/xml")

    async def blob(request: Request) -> Response:
        if request.query_params.get("sig") != signature:
            return Response(status_code=403)
        return Response(blobs[request.path_params["name"]])

    return Starlette(routes=[Route(CONTAINER, blobs_listed), Route(f"{CONTAINER}/{{name}}", blob)])
