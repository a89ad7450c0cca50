"""Wrong: the shops are written out by hand, and one was forgotten."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import ShopFailed, ask_shop

app = FastAPI()

ASKED = ("Alpenmarkt", "Bergheim", "Castello", "Dorfladen")


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    results = await asyncio.gather(
        *(ask_shop(shop, sku) for shop in ASKED), return_exceptions=True
    )
    found: list[tuple[int, str]] = []
    missing: list[dict[str, str]] = []
    for shop, result in zip(ASKED, results, strict=True):
        if isinstance(result, ShopFailed):
            missing.append({"shop": shop, "reason": str(result)})
        elif isinstance(result, BaseException):
            raise result
        elif result is not None:
            found.append((result, shop))
    if len(missing) == len(ASKED):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
