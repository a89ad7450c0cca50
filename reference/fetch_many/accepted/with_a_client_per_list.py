"""A client that lives as long as the list."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI
from given import TIMEOUT
from pydantic import BaseModel

app = FastAPI()


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


@app.post("/checks")
async def check_links(links: LinkList) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        rows = await asyncio.gather(*(fate(client, url) for url in links.urls))
    good = sum(row.ok for row in rows)
    return {
        "results": rows,
        "ok": good,
        "failed": len(rows) - good,
        "total": len(rows),
    }
