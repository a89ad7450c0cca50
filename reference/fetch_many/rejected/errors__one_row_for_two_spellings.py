"""Wrong: links to one page share a row, whose address is that of the first of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Request
from given import TIMEOUT
from pydantic import BaseModel


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    # A link is not to blame when all of the client's connections are in use.
    timeout = httpx.Timeout(TIMEOUT, pool=None)
    async with httpx.AsyncClient(timeout=timeout) as client:
        yield {"client": client}


app = FastAPI(lifespan=lifespan)


class LinkList(BaseModel):
    urls: list[str]


class Row(BaseModel):
    url: str
    ok: bool
    status: int | None = None
    error: str | None = None


async def fate(client: httpx.AsyncClient, url: str) -> Row:
    try:
        response = await client.get(url)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return Row(url=url, ok=False, error="invalid")
    except httpx.TimeoutException:
        return Row(url=url, ok=False, error="timeout")
    except httpx.TransportError:
        return Row(url=url, ok=False, error="connect")
    if response.is_success:
        return Row(url=url, ok=True, status=response.status_code)
    return Row(url=url, ok=False, status=response.status_code, error="http")


def page(url: str) -> str:
    """The page to which a link leads, in the same words for all of its links."""
    try:
        return str(httpx.URL(url).copy_with(fragment=None))
    except httpx.InvalidURL:
        return url


def get_client(request: Request) -> httpx.AsyncClient:
    client: httpx.AsyncClient = request.state.client
    return client


@app.post("/checks")
async def check_links(
    links: LinkList, client: Annotated[httpx.AsyncClient, Depends(get_client)]
) -> dict[str, Any]:
    pasted: dict[str, str] = {}
    for url in links.urls:
        pasted.setdefault(page(url), url)
    found = await asyncio.gather(*(fate(client, url) for url in pasted.values()))
    fates = dict(zip(pasted, found, strict=True))
    rows = [fates[page(url)] for url in links.urls]
    good = sum(row.ok for row in rows)
    return {
        "results": rows,
        "ok": good,
        "failed": len(rows) - good,
        "total": len(rows),
    }
