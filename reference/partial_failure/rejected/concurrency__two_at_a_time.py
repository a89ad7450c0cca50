"""Wrong: a limit that nobody asked for lets two shops at a time be asked."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    two = asyncio.Semaphore(2)
    found: list[tuple[int, str]] = []
    missing: list[dict[str, str]] = []

    async def ask(shop: str) -> None:
        async with two:
            try:
                price = await ask_shop(shop, sku)
            except ShopFailed as exc:
                missing.append({"shop": shop, "reason": str(exc)})
            else:
                if price is not None:
                    found.append((price, shop))

    await asyncio.gather(*(ask(shop) for shop in SHOPS))
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
