"""The next generation of httpx, under its own name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import APIRouter, FastAPI, HTTPException, Request
from given import RATES_URL


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, httpx2.AsyncClient]]:
    async with httpx2.AsyncClient(
        limits=httpx2.Limits(max_connections=20, max_keepalive_connections=5),
        timeout=httpx2.Timeout(3.0),
    ) as client:
        yield {"rates_client": client}


router = APIRouter()


@router.get("/rates/{base}")
async def rates(base: str, request: Request) -> Any:
    if not hasattr(request.state, "rates_client"):
        raise HTTPException(503)
    try:
        response = await request.state.rates_client.get(f"{RATES_URL}/latest/{base}")
        response.raise_for_status()
        return response.json()
    except httpx2.TimeoutException:
        raise HTTPException(504) from None
    except httpx2.HTTPStatusError as exc:
        raise HTTPException(404 if exc.response.status_code == 404 else 502) from None
    except httpx2.HTTPError:
        raise HTTPException(502) from None


@router.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


app = FastAPI(lifespan=lifespan)
app.include_router(router)
