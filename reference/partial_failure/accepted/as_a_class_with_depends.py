"""The comparison is an object that FastAPI makes for each request."""

import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop
from pydantic import BaseModel

app = FastAPI()


class Offer(BaseModel):
    shop: str
    price: int


class Gap(BaseModel):
    shop: str
    reason: str


class Page(BaseModel):
    offers: list[Offer] = []
    missing: list[Gap] = []
    complete: bool = True


class NobodyAnswers(Exception):
    """All shops failed."""


class Comparison:
    def __init__(self, sku: str) -> None:
        self._sku = sku
        self._page = Page()

    async def _ask(self, shop: str) -> None:
        page = self._page
        try:
            price = await ask_shop(shop, self._sku)
        except ShopFailed as exc:
            page.missing.append(Gap(shop=shop, reason=str(exc)))
            page.complete = False
        else:
            if price is not None:
                page.offers.append(Offer(shop=shop, price=price))

    async def page(self) -> Page:
        await asyncio.gather(*map(self._ask, SHOPS))
        if len(self._page.missing) == len(SHOPS):
            raise NobodyAnswers
        self._page.offers.sort(key=lambda offer: offer.price)
        return self._page


@app.get("/offers/{sku}")
async def offers(comparison: Annotated[Comparison, Depends()]) -> Page:
    try:
        return await comparison.page()
    except NobodyAnswers as exc:
        raise HTTPException(503) from exc
