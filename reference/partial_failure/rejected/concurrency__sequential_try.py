"""Wrong: each shop has its `try`, and waits for the shop before it."""

from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    found: list[tuple[int, str]] = []
    missing: list[dict[str, str]] = []
    for shop in SHOPS:
        try:
            price = await ask_shop(shop, sku)
        except ShopFailed as exc:
            missing.append({"shop": shop, "reason": str(exc)})
            continue
        if price is not None:
            found.append((price, shop))
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
