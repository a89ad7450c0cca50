"""Does once what submissions do, before any of them.

Libraries import more and fill their caches at first use. A rehearsal in the zygote pays
for that once, and keeps it out of what the instruments measure.

Imported late, when the exam's primitives are in place. Its annotations are not strings:
pydantic reads them.
"""

import asyncio
import contextlib
import sys
import warnings
from collections.abc import AsyncIterator
from typing import Any

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel

from graders.wire import HTTP_LIBRARIES


class Item(BaseModel):
    name: str
    price: float = 0.0


def rehearse() -> None:
    """Let an application answer, without a thread."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asyncio.run(_answer())


async def _answer() -> None:
    app = _application()
    await _lifespan(app)
    await _request(app, "POST", "/items/1", b'{"name": "x"}')
    await _request(app, "POST", "/items/x", b"{}")
    await _request(app, "GET", "/missing", b"")


def _application() -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as clients:
            for library in HTTP_LIBRARIES:
                if module := sys.modules.get(library.name):
                    await clients.enter_async_context(module.AsyncClient())
            yield

    async def dependency() -> AsyncIterator[int]:
        yield 1

    app = FastAPI(lifespan=lifespan)

    @app.post("/items/{number}", status_code=201)
    async def create(
        number: int,
        item: Item,
        later: BackgroundTasks,
        limit: float = Query(1.0, ge=0),
        value: int = Depends(dependency),
    ) -> Item:
        later.add_task(asyncio.sleep, 0)
        return item

    @app.get("/missing")
    async def missing() -> dict[str, Any]:
        raise HTTPException(404)

    return app


async def _lifespan(app: Any) -> None:
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> dict[str, Any]:
        return events.pop(0)

    async def send(event: dict[str, Any]) -> None: ...

    await app({"type": "lifespan", "state": {}}, receive, send)


async def _request(app: Any, method: str, path: str, body: bytes) -> None:
    events = [{"type": "http.request", "body": body, "more_body": False}]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"kata"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
    }

    async def receive() -> dict[str, Any]:
        return events.pop(0) if events else {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None: ...

    await app(scope, receive, send)
