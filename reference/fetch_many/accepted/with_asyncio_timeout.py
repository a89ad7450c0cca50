"""asyncio keeps the time, and addresses are looked at before they are asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
from fastapi import Depends, FastAPI, Request
from given import TIMEOUT
from pydantic import BaseModel


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    # `fate` keeps the time.
    timeout = httpx.Timeout(None)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=timeout, limits=limits) as client:
        yield {"client": client}


app = FastAPI(lifespan=lifespan)


class LinkList(BaseModel):
    urls: list[str]


class Row(BaseModel):
    url: str
    ok: bool
    status: int | None = None
    error: str | None = None


def is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


async def fate(client: httpx.AsyncClient, url: str) -> Row:
    if not is_address(url):
        return Row(url=url, ok=False, error="invalid")
    try:
        async with asyncio.timeout(TIMEOUT):
            response = await client.get(url)
    except TimeoutError:
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
    rows = await asyncio.gather(*(fate(client, url) for url in links.urls))
    good = sum(row.ok for row in rows)
    return {
        "results": rows,
        "ok": good,
        "failed": len(rows) - good,
        "total": len(rows),
    }
