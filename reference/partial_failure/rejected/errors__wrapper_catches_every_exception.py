"""Wrong: the wrapper around each call catches more than a shop's own failure."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ask_shop

app = FastAPI()


async def ask(shop: str, sku: str) -> tuple[int | None, str]:
    try:
        return await ask_shop(shop, sku), ""
    except Exception as exc:
        return None, str(exc)


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    answers = await asyncio.gather(*(ask(shop, sku) for shop in SHOPS))
    found: list[tuple[int, str]] = []
    missing: list[dict[str, str]] = []
    for shop, (price, reason) in zip(SHOPS, answers, strict=True):
        if reason:
            missing.append({"shop": shop, "reason": reason})
        elif price is not None:
            found.append((price, shop))
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
