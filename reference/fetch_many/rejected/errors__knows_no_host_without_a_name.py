"""Wrong: a host that has a number only is taken for no host."""

import json
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
import httpx
from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from given import TIMEOUT
from pydantic import BaseModel

app = FastAPI()


# http:// or https://, perhaps somebody's name, a host, perhaps a port, and the rest.
ADDRESS = re.compile(
    r"https?://(?:[^/?#@]*@)?[^/?#@:\[\]]+(?::[0-9]*)?(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)


class LinkList(BaseModel):
    urls: list[str]


class AsciiJSON(JSONResponse):
    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode("ascii")


async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """The client of one list: no list is long enough to wait for a connection."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=None, limits=limits) as client:
        yield client


def address_of(link: str) -> httpx.URL | None:
    if not ADDRESS.fullmatch(link):
        return None
    try:
        return httpx.URL(link)
    except (httpx.InvalidURL, ValueError):
        return None


Fate = tuple[int | None, str | None]


async def find_out(
    client: httpx.AsyncClient, url: httpx.URL, link: str, fates: dict[str, Fate]
) -> None:
    status: int | None = None
    with anyio.move_on_after(TIMEOUT):
        try:
            async with client.stream("GET", url) as response:
                status = response.status_code
                fates[link] = status, None if response.is_success else "http"
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            # After the status, nothing that goes wrong matters any more.
            if status is None:
                fates[link] = None, "connect"


@app.post("/checks")
async def check_links(
    links: LinkList, client: Annotated[httpx.AsyncClient, Depends(browser)]
) -> AsciiJSON:
    fates: dict[str, Fate] = {}
    async with anyio.create_task_group() as group:
        for link in dict.fromkeys(links.urls):
            url = address_of(link)
            # What is still here at the end has not been answered in time.
            fates[link] = (None, "timeout") if url else (None, "invalid")
            if url:
                group.start_soon(find_out, client, url, link, fates)
    rows = []
    for link in links.urls:
        status, error = fates[link]
        rows.append(
            {"url": link, "ok": error is None, "status": status, "error": error}
        )
    failed = sum(1 for row in rows if row["error"])
    return AsciiJSON(
        {
            "results": rows,
            "ok": len(rows) - failed,
            "failed": failed,
            "total": len(rows),
        }
    )
