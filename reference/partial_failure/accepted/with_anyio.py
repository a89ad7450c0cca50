"""An anyio task group that fills one place per shop."""

from typing import Any

import anyio
from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    answers: dict[str, int | ShopFailed | None] = {}

    async def ask(shop: str) -> None:
        try:
            answers[shop] = await ask_shop(shop, sku)
        except ShopFailed as exc:
            answers[shop] = exc

    async with anyio.create_task_group() as group:
        for shop in SHOPS:
            group.start_soon(ask, shop)

    missing = [
        {"shop": shop, "reason": str(answer)}
        for shop, answer in answers.items()
        if isinstance(answer, ShopFailed)
    ]
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    prices = [
        (answer, shop) for shop, answer in answers.items() if isinstance(answer, int)
    ]
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(prices)],
        "missing": missing,
        "complete": not missing,
    }
