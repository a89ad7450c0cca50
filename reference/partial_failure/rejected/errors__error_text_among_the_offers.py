"""Wrong: a failure is shown as an offer whose price is a sentence."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


async def ask(shop: str, sku: str) -> dict[str, Any] | None:
    try:
        price = await ask_shop(shop, sku)
    except ShopFailed as exc:
        return {"shop": shop, "price": str(exc)}
    return None if price is None else {"shop": shop, "price": price}


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    answers = await asyncio.gather(*(ask(shop, sku) for shop in SHOPS))
    found = [answer for answer in answers if answer is not None]
    missing = [offer for offer in found if isinstance(offer["price"], str)]
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    found.sort(key=lambda o: (isinstance(o["price"], str), o["price"]))
    return {"offers": found, "missing": missing, "complete": not missing}
