"""A `def` endpoint, which runs in a thread, with an event loop of its own in there."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


async def ask_all(sku: str) -> list[int | BaseException | None]:
    return await asyncio.gather(
        *[ask_shop(shop, sku) for shop in SHOPS], return_exceptions=True
    )


@app.get("/offers/{sku}")
def offers(sku: str) -> dict[str, Any]:
    answers = dict(zip(SHOPS, asyncio.run(ask_all(sku)), strict=True))
    failed = {shop: e for shop, e in answers.items() if isinstance(e, ShopFailed)}
    if len(failed) == len(answers):
        raise HTTPException(503)
    prices: dict[str, int] = {}
    for shop in answers.keys() - failed.keys():
        match answers[shop]:
            case BaseException() as bug:
                raise bug
            case int(price):
                prices[shop] = price
    return {
        "offers": [
            {"shop": shop, "price": price}
            for shop, price in sorted(prices.items(), key=lambda item: item[1])
        ],
        "missing": [{"shop": shop, "reason": f"{e}"} for shop, e in failed.items()],
        "complete": not failed,
    }
