"""A wrapper returns an offer, a gap or nothing, so that `gather` can be plain."""

import asyncio
from dataclasses import dataclass

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@dataclass(frozen=True)
class Offer:
    shop: str
    price: int


@dataclass(frozen=True)
class Gap:
    shop: str
    reason: str


@dataclass(frozen=True)
class Page:
    offers: list[Offer]
    missing: list[Gap]
    complete: bool


async def ask(shop: str, sku: str) -> Offer | Gap | None:
    try:
        price = await ask_shop(shop, sku)
    except ShopFailed as exc:
        return Gap(shop, str(exc))
    return None if price is None else Offer(shop, price)


@app.get("/offers/{sku}")
async def offers(sku: str) -> Page:
    answers = await asyncio.gather(*(ask(shop, sku) for shop in SHOPS))
    found = [answer for answer in answers if isinstance(answer, Offer)]
    missing = [answer for answer in answers if isinstance(answer, Gap)]
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    found.sort(key=lambda offer: offer.price)
    return Page(found, missing, not missing)
