"""Given: the five shops. Read it, use it, leave it as it is."""

import asyncio
from typing import Any

SHOPS = ("Alpenmarkt", "Bergheim", "Castello", "Dorfladen", "Emporio")


class ShopFailed(Exception):
    """A shop could not answer; `str(error)` says why."""


async def ask_shop(shop: str, sku: str) -> int | None:
    """What a shop asks for an article, in cents; a gift costs 0.

    Returns None when the shop does not sell the article.

    Raises:
        ShopFailed: the shop is down, slow, or talks nonsense.
        Exception: any other error is a bug in our own code for that shop.
    """
    await asyncio.sleep(_SECONDS[shop])
    if shop in _CLOSED.get(sku, ()):
        raise ShopFailed("closed for stocktaking")
    answer = _CATALOGUE.get(sku, {}).get(shop)
    if answer is None:
        return None
    # Castello once sent us its prices as text, and nobody has mended this line since.
    cents: int = round(answer * 100)
    return cents


_SECONDS = {
    "Alpenmarkt": 0.1,
    "Bergheim": 0.2,
    "Castello": 0.15,
    "Dorfladen": 0.25,
    "Emporio": 0.1,
}
_CATALOGUE: dict[str, dict[str, Any]] = {
    "lamp": {"Alpenmarkt": 24.9, "Bergheim": 19.5, "Castello": 22, "Emporio": 21},
    "kettle": {"Alpenmarkt": 39, "Bergheim": 35.5, "Emporio": 34.9},
    "sticker": {"Castello": 0.5, "Dorfladen": 0, "Emporio": 0.4},
    "globe": {"Bergheim": 59, "Castello": "54.90", "Emporio": 61.2},
}
_CLOSED = {"kettle": ("Castello", "Dorfladen"), "sledge": SHOPS}
