"""Whether a link is one is asked of its text, in small letters alone."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, TypedDict

import anyio
import httpx
from fastapi import Depends, FastAPI
from given import TIMEOUT
from pydantic import BaseModel

app = FastAPI()
_tls = httpx.create_ssl_context()


class LinkList(BaseModel):
    urls: list[str]


class Row(TypedDict):
    url: str
    ok: bool
    status: int | None
    error: Literal["http", "timeout", "connect", "invalid"] | None


async def a_client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.AsyncHTTPTransport(
        verify=_tls,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
    )
    async with httpx.AsyncClient(
        transport=transport, timeout=httpx.Timeout(TIMEOUT, pool=None)
    ) as client:
        yield client


def failure(error: Exception) -> Literal["timeout", "connect", "invalid"]:
    match error:
        case httpx.TimeoutException():
            return "timeout"
        case httpx.UnsupportedProtocol() | httpx.InvalidURL() | ValueError():
            return "invalid"
        case httpx.RequestError():
            return "connect"
        case _:
            raise error


async def check(
    client: httpx.AsyncClient, rows: list[Row | None], place: int, url: str
) -> None:
    row: Row = {"url": url, "ok": False, "status": None, "error": None}
    try:
        address = httpx.URL(url)
        if not url.startswith(("http://", "https://")) or not address.host:
            row["error"] = "invalid"
        else:
            async with client.stream("GET", address) as response:
                row["status"] = response.status_code
                row["ok"] = response.is_success
                row["error"] = None if response.is_success else "http"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        if row["status"] is None:
            row["error"] = failure(error)
    rows[place] = row


@app.post("/checks")
async def check_links(
    links: LinkList, client: Annotated[httpx.AsyncClient, Depends(a_client)]
) -> dict[str, Any]:
    rows: list[Row | None] = [None] * len(links.urls)
    async with anyio.create_task_group() as group:
        for place, url in enumerate(links.urls):
            group.start_soon(check, client, rows, place, url)
    done = [row for row in rows if row is not None]
    ok = sum(1 for row in done if row["ok"])
    return {"results": done, "ok": ok, "failed": len(done) - ok, "total": len(done)}
