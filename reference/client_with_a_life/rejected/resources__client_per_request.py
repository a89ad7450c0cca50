"""A client for every request: fifty handshakes, and no limit for all of them."""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from given import RATES_URL

app = FastAPI()

LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=5)


@app.get("/rates/{base}")
async def rates(base: str) -> Any:
    try:
        async with httpx.AsyncClient(timeout=3.0, limits=LIMITS) as client:
            response = await client.get(f"{RATES_URL}/latest/{base}")
        response.raise_for_status()
    except httpx.TimeoutException as exc:
        raise HTTPException(504, "The rates API is silent") from exc
    except httpx.HTTPStatusError as exc:
        if exc.response.status_code == 404:
            raise HTTPException(404, f"No rates for {base}") from exc
        raise HTTPException(502, "The rates API has failed") from exc
    except httpx.TransportError as exc:
        raise HTTPException(502, "The rates API cannot be reached") from exc
    return response.json()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
