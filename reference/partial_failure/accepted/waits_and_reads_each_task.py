"""`asyncio.wait` never raises; each task is asked for its exception and its result."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    tasks = {asyncio.create_task(ask_shop(shop, sku)): shop for shop in SHOPS}
    done, _ = await asyncio.wait(tasks)
    prices: dict[str, int] = {}
    reasons: dict[str, str] = {}
    bugs: list[BaseException] = []
    for task in done:
        shop, error = tasks[task], task.exception()
        if isinstance(error, ShopFailed):
            reasons[shop] = str(error)
        elif error is not None:
            bugs.append(error)
        elif (price := task.result()) is not None:
            prices[shop] = price
    if bugs:
        raise bugs[0]
    if len(reasons) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [
            {"shop": shop, "price": prices[shop]}
            for shop in sorted(prices, key=prices.__getitem__)
        ],
        "missing": [
            {"shop": shop, "reason": reason} for shop, reason in reasons.items()
        ],
        "complete": not reasons,
    }
