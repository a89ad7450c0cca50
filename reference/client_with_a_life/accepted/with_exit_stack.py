"""An `AsyncExitStack` holds what the service needs; a dependency hands it out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from given import RATES_URL


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        transport = httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=5)
        )
        app.state.rates = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=transport, base_url=RATES_URL, timeout=httpx.Timeout(3)
            )
        )
        stack.callback(delattr, app.state, "rates")
        yield


app = FastAPI(lifespan=lifespan)


async def get_rates_client(request: Request) -> httpx.AsyncClient:
    try:
        client: httpx.AsyncClient = request.app.state.rates
    except AttributeError:
        raise HTTPException(503, "Come back in a moment") from None
    return client


@app.get("/rates/{base}")
async def rates(
    base: str, client: Annotated[httpx.AsyncClient, Depends(get_rates_client)]
) -> Response:
    try:
        answer = await client.get(f"/latest/{base}")
    except httpx.TimeoutException:
        raise HTTPException(504) from None
    except httpx.RequestError:
        raise HTTPException(502) from None
    match answer.status_code:
        case 200:
            return Response(answer.content, media_type="application/json")
        case 404:
            raise HTTPException(404)
        case _:
            raise HTTPException(502)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
