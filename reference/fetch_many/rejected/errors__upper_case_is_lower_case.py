"""Wrong: links that differ in upper and lower case are taken for one."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI
from given import TIMEOUT
from pydantic import BaseModel

app = FastAPI()

_TLS = httpx.create_ssl_context()


class LinkList(BaseModel):
    urls: list[str]


def address(link: str) -> httpx.URL | None:
    """The link as an address that can be asked for, or None."""
    try:
        url = httpx.URL(link)
    except (httpx.InvalidURL, ValueError):
        return None
    if url.scheme not in ("http", "https") or not url.host:
        return None
    if url.port is not None and not 0 <= url.port <= 65535:
        return None
    return url


async def stay_here(response: httpx.Response) -> None:
    """A redirect is not followed, so nobody has to read where it leads."""
    response.headers.pop("location", None)


async def check(client: httpx.AsyncClient, link: str) -> dict[str, Any]:
    row: dict[str, Any] = {"url": link, "ok": False, "status": None, "error": None}
    url = address(link)
    if url is None:
        return row | {"error": "invalid"}
    try:
        async with client.stream("GET", url) as response:
            status = response.status_code
    except httpx.TimeoutException:
        return row | {"error": "timeout"}
    except httpx.RequestError:
        return row | {"error": "connect"}
    if 200 <= status <= 299:
        return row | {"ok": True, "status": status}
    return row | {"status": status, "error": "http"}


def report(rows: list[dict[str, Any]]) -> dict[str, Any]:
    ok = sum(row["ok"] for row in rows)
    return {"results": rows, "ok": ok, "failed": len(rows) - ok, "total": len(rows)}


def key(link: str) -> str:
    """Host names may be written in any case, and a #part makes no other page."""
    return link.partition("#")[0].lower()


@app.post("/checks")
async def check_links(links: LinkList) -> dict[str, Any]:
    tasks: dict[str, asyncio.Task[dict[str, Any]]] = {}
    async with (
        httpx.AsyncClient(
            verify=_TLS,
            timeout=httpx.Timeout(TIMEOUT, pool=None),
            event_hooks={"response": [stay_here]},
        ) as client,
        asyncio.TaskGroup() as group,
    ):
        for link in links.urls:
            if key(link) not in tasks:
                tasks[key(link)] = group.create_task(check(client, link))
    return report([tasks[key(link)].result() | {"url": link} for link in links.urls])
