"""Wrong: what is no price is dropped, and the page calls itself complete."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    results = await asyncio.gather(
        *(ask_shop(shop, sku) for shop in SHOPS), return_exceptions=True
    )
    if all(isinstance(result, Exception) for result in results):
        raise HTTPException(503)
    found = [
        (result, shop)
        for shop, result in zip(SHOPS, results, strict=True)
        if isinstance(result, int)
    ]
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": [],
        "complete": True,
    }
