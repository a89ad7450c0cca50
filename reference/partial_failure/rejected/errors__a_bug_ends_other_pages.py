"""Wrong: a bug cancels the questions of all pages."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()
under_way: set[asyncio.Task[int | None]] = set()


async def ask(shop: str, sku: str) -> int | None:
    task = asyncio.create_task(ask_shop(shop, sku))
    under_way.add(task)
    try:
        return await task
    except ShopFailed:
        raise
    except Exception:
        for other in under_way:
            other.cancel()
        raise
    finally:
        under_way.discard(task)


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
