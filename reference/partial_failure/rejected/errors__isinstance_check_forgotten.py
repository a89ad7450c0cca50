"""Wrong: the results are used as if none of them could be an exception."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    results: list[Any] = await asyncio.gather(
        *(ask_shop(shop, sku) for shop in SHOPS), return_exceptions=True
    )
    if not results:
        raise HTTPException(503)
    found = [
        {"shop": shop, "price": result}
        for shop, result in zip(SHOPS, results, strict=True)
        if result is not None
    ]
    found.sort(key=lambda offer: int(offer["price"]))
    return {"offers": found, "missing": [], "complete": True}
