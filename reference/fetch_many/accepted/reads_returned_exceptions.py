"""`gather` returns exceptions, and each row is made of what came for its link."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI
from given import TIMEOUT
from pydantic import BaseModel

app = FastAPI()

ERRORS: list[tuple[type[Exception], str]] = [
    (httpx.InvalidURL, "invalid"),
    (httpx.UnsupportedProtocol, "invalid"),
    (httpx.TimeoutException, "timeout"),
    (httpx.TransportError, "connect"),
]


class LinkList(BaseModel):
    urls: list[str]


def row(url: str, outcome: httpx.Response | BaseException) -> dict[str, Any]:
    status, error = None, None
    if isinstance(outcome, httpx.Response):
        status = outcome.status_code
        error = None if outcome.is_success else "http"
    else:
        names = [name for kind, name in ERRORS if isinstance(outcome, kind)]
        if not names:
            raise outcome
        error = names[0]
    return {"url": url, "ok": error is None, "status": status, "error": error}


@app.post("/checks")
async def check_links(links: LinkList) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        outcomes = await asyncio.gather(
            *(client.get(url) for url in links.urls), return_exceptions=True
        )
    rows = [row(*pair) for pair in zip(links.urls, outcomes, strict=True)]
    failed = [one for one in rows if one["error"]]
    return {
        "results": rows,
        "ok": len(rows) - len(failed),
        "failed": len(failed),
        "total": len(rows),
    }
