"""Tasks that are all waited for, each of them with its own deadline."""

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
    # The 10 s of a link begin here at once: there is always a connection for it.
    timeout = httpx.Timeout(TIMEOUT, pool=None)
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


async def fate(client: httpx.AsyncClient, url: str) -> Row:
    try:
        response = await asyncio.wait_for(client.get(url), TIMEOUT)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return Row(url=url, ok=False, error="invalid")
    except (TimeoutError, httpx.TimeoutException):
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
    tasks = [asyncio.create_task(fate(client, url)) for url in links.urls]
    if tasks:
        await asyncio.wait(tasks)
    rows = [task.result() for task in tasks]
    good = sum(row.ok for row in rows)
    return {
        "results": rows,
        "ok": good,
        "failed": len(rows) - good,
        "total": len(rows),
    }
