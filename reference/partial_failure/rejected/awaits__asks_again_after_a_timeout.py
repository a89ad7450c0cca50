"""Wrong: a shop is asked a second time after a TimeoutError, which is a bug."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


async def ask(shop: str, sku: str) -> int | None:
    try:
        return await ask_shop(shop, sku)
    except TimeoutError:
        return await ask_shop(shop, sku)


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    results = await asyncio.gather(
        *(ask(shop, sku) for shop in SHOPS), return_exceptions=True
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
