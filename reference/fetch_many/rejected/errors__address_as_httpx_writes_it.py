"""Wrong: a row has its address as httpx writes it, not as it was pasted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Request
from given import TIMEOUT
from pydantic import BaseModel


class LinkList(BaseModel):
    urls: list[str]


async def forget_location(response: httpx.Response) -> None:
    # Not followed anyway; a wrong one would make httpx raise.
    response.headers.pop("location", None)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(
        timeout=None,
        limits=httpx.Limits(max_connections=None),
        event_hooks={"response": [forget_location]},
    ) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def row(url: str, status: int | None, error: str | None) -> dict[str, Any]:
    return {"url": url, "ok": error is None, "status": status, "error": error}


def is_link(url: str) -> bool:
    try:
        address = httpx.URL(url)
        return (
            address.scheme in ("http", "https")
            and bool(address.host)
            and (address.port or 0) <= 65_535
        )
    except (httpx.InvalidURL, ValueError):
        return False


async def check(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    if not is_link(url):
        return row(url, None, "invalid")
    try:
        async with asyncio.timeout(TIMEOUT), client.stream("GET", url) as response:
            status, asked = response.status_code, str(response.url)
    except (TimeoutError, httpx.TimeoutException):
        return row(url, None, "timeout")
    except UnicodeError:
        return row(url, None, "invalid")
    except (httpx.TransportError, OSError):
        return row(url, None, "connect")
    return row(asked, status, None if 200 <= status <= 299 else "http")


@app.post("/checks")
async def check_links(links: LinkList, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    rows = await asyncio.gather(*(check(client, url) for url in links.urls))
    good = sum(one["ok"] for one in rows)
    return {
        "results": rows,
        "ok": good,
        "failed": len(rows) - good,
        "total": len(rows),
    }
