"""Wrong: a host is asked for six of its links at a time, as browsers do."""

import asyncio
from collections import defaultdict
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


Turns = defaultdict[str, asyncio.Semaphore]


async def fate(client: httpx.AsyncClient, turns: Turns, url: str) -> Row:
    try:
        async with turns[httpx.URL(url).host]:
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


def get_client(request: Request) -> httpx.AsyncClient:
    client: httpx.AsyncClient = request.state.client
    return client


@app.post("/checks")
async def check_links(
    links: LinkList, client: Annotated[httpx.AsyncClient, Depends(get_client)]
) -> dict[str, Any]:
    turns: Turns = defaultdict(lambda: asyncio.Semaphore(6))
    rows = await asyncio.gather(*(fate(client, turns, url) for url in links.urls))
    good = sum(row.ok for row in rows)
    return {
        "results": rows,
        "ok": good,
        "failed": len(rows) - good,
        "total": len(rows),
    }
