"""Wrong: prices are put beside shops after the failures were taken out."""

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
    failed = [result for result in results if isinstance(result, ShopFailed)]
    for result in results:
        if isinstance(result, BaseException) and result not in failed:
            raise result
    answered = [result for result in results if not isinstance(result, BaseException)]
    found = [
        (price, shop)
        for shop, price in zip(SHOPS, answered, strict=False)
        if price is not None
    ]
    missing = [
        {"shop": shop, "reason": str(error)}
        for shop, error in zip(SHOPS, failed, strict=False)
    ]
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
