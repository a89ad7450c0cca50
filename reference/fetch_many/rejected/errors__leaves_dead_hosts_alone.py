"""Wrong: a host that was down is not asked again for half a minute."""

import asyncio
import time
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


REST = 30.0
down_since: dict[str, float] = {}


async def fate(client: httpx.AsyncClient, url: str) -> Row:
    try:
        host = httpx.URL(url).host
        if time.monotonic() < down_since.get(host, -REST) + REST:
            return Row(url=url, ok=False, error="connect")
        response = await client.get(url)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return Row(url=url, ok=False, error="invalid")
    except httpx.TimeoutException:
        return Row(url=url, ok=False, error="timeout")
    except httpx.TransportError:
        down_since[host] = time.monotonic()
        return Row(url=url, ok=False, error="connect")
    if response.is_success:
        return Row(url=url, ok=True, status=response.status_code)
    return Row(url=url, ok=False, status=response.status_code, error="http")


def get_client(request: Request) -> httpx.AsyncClient:
    client: httpx.AsyncClient = request.state.client
    return client


@app.post("/checks")
async def check_links(
    links: LinkList, client: Annotated[httpx.AsyncClient, Depends(get_client)]
) -> dict[str, Any]:
    rows = await asyncio.gather(*(fate(client, url) for url in links.urls))
    good = sum(row.ok for row in rows)
    return {
        "results": rows,
        "ok": good,
        "failed": len(rows) - good,
        "total": len(rows),
    }
