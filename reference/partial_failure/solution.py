"""`return_exceptions=True` waits for every shop and hands each one's fate over.

Then each result is looked at by itself. An exception that is not a shop's own failure
is raised again: a bug that the page calls a missing shop is a bug that nobody mends.
"""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    results = await asyncio.gather(
        *(ask_shop(shop, sku) for shop in SHOPS), return_exceptions=True
    )
    found: list[tuple[int, str]] = []
    missing: list[dict[str, str]] = []
    for shop, result in zip(SHOPS, results, strict=True):
        if isinstance(result, ShopFailed):
            missing.append({"shop": shop, "reason": str(result)})
        elif isinstance(result, BaseException):
            raise result
        elif result is not None:
            found.append((result, shop))
    if len(missing) == len(SHOPS):
        raise HTTPException(503, "No shop answers")
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
