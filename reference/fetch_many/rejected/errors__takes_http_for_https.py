"""Wrong: links that differ in their scheme are taken for the same."""

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack
from contextvars import ContextVar
from typing import Any

import httpx
from fastapi import FastAPI
from given import TIMEOUT
from pydantic import BaseModel
from starlette.responses import Response

app = FastAPI()

SSL = httpx.create_ssl_context()
current_client: ContextVar[httpx.AsyncClient] = ContextVar("current_client")


class LinkList(BaseModel):
    urls: list[str]


def parse(link: str) -> httpx.URL:
    """The address, or a ValueError."""
    try:
        url = httpx.URL(link)
    except httpx.InvalidURL as error:
        raise ValueError(link) from error
    if url.scheme.lower() not in ("http", "https"):
        raise ValueError(link)
    if not url.raw_host:
        raise ValueError(link)
    return url


async def ask(url: httpx.URL) -> int | None:
    """The status, or None when the connection fails."""
    client = current_client.get()
    try:
        response = await client.send(client.build_request("GET", url), stream=True)
    except (httpx.HTTPError, OSError):
        return None
    await response.aclose()
    return response.status_code


class Sheet:
    """The rows of one list."""

    def __init__(self, links: list[str]) -> None:
        self.links = links
        self.errors: list[str | None] = [None] * len(links)
        self.statuses: list[int | None] = [None] * len(links)
        self.tasks: dict[asyncio.Task[int | None], list[int]] = {}

    async def fill(self) -> None:
        async with AsyncExitStack() as stack:
            # No more than fifty links are here: nobody waits for a connection,
            # so that the time of the list is the time of each of its links.
            current_client.set(
                await stack.enter_async_context(
                    httpx.AsyncClient(timeout=None, verify=SSL)
                )
            )
            stack.push_async_callback(self.stop)
            pages: dict[tuple[bytes, bytes, bytes], list[int]] = {}
            for number, link in enumerate(self.links):
                try:
                    url = parse(link)
                except ValueError:
                    self.errors[number] = "invalid"
                else:
                    # Two spellings of one address, and its #parts, are one page.
                    page = (url.userinfo, url.netloc, url.raw_path)
                    if page in pages:
                        pages[page].append(number)
                    else:
                        pages[page] = self.tasks[asyncio.create_task(ask(url))] = [
                            number
                        ]
            if self.tasks:
                await asyncio.wait(self.tasks, timeout=TIMEOUT)
            for task, numbers in self.tasks.items():
                for number in numbers:
                    self.note(number, task)

    def note(self, number: int, task: asyncio.Task[int | None]) -> None:
        if not task.done():
            self.errors[number] = "timeout"
            return
        status = self.statuses[number] = task.result()
        if status is None:
            self.errors[number] = "connect"
        elif status not in range(200, 300):
            self.errors[number] = "http"

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def as_dict(self) -> dict[str, Any]:
        rows = [
            {"url": link, "ok": error is None, "status": status, "error": error}
            for link, status, error in zip(
                self.links, self.statuses, self.errors, strict=True
            )
        ]
        counts = Counter(row["ok"] for row in rows)
        return {
            "results": rows,
            "ok": counts[True],
            "failed": counts[False],
            "total": counts.total(),
        }


@app.post("/checks")
async def check_links(links: LinkList) -> Response:
    sheet = Sheet(links.urls)
    await sheet.fill()
    return Response(json.dumps(sheet.as_dict()), media_type="application/json")
