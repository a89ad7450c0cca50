"""Wrong: the first failure ends the wait; who is not back yet is called missing."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    tasks = {asyncio.create_task(ask_shop(shop, sku)): shop for shop in SHOPS}
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    found: list[tuple[int, str]] = []
    missing: list[dict[str, str]] = []
    for task in pending:
        task.cancel()
        missing.append({"shop": tasks[task], "reason": "no answer yet"})
    for task in done:
        try:
            price = task.result()
        except ShopFailed as exc:
            missing.append({"shop": tasks[task], "reason": str(exc)})
        else:
            if price is not None:
                found.append((price, tasks[task]))
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
