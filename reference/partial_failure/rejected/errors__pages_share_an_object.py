"""Wrong: one object of all requests keeps the shops that failed."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


class Comparison:
    """Collects what the shops say."""

    def __init__(self) -> None:
        self.missing: dict[str, str] = {}

    async def ask(self, shop: str, sku: str) -> int | None:
        try:
            return await ask_shop(shop, sku)
        except ShopFailed as error:
            self.missing[shop] = str(error)
            return None

    async def run(self, sku: str) -> dict[str, Any]:
        self.missing = {}
        async with asyncio.TaskGroup() as group:
            tasks = {shop: group.create_task(self.ask(shop, sku)) for shop in SHOPS}
        if len(self.missing) == len(SHOPS):
            raise HTTPException(503, "All shops failed")
        prices = {shop: task.result() for shop, task in tasks.items()}
        offers: list[dict[str, Any]] = [
            {"shop": shop, "price": price}
            for shop, price in prices.items()
            if price is not None
        ]
        offers.sort(key=lambda offer: offer["price"])
        return {
            "offers": offers,
            "missing": [
                {"shop": shop, "reason": reason}
                for shop, reason in self.missing.items()
            ],
            "complete": not self.missing,
        }


comparison = Comparison()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    return await comparison.run(sku)
