"""Wrong: the object that all couriers share knows one parcel, that of the last one."""

import asyncio
import time
from collections import Counter
from typing import Annotated

from fastapi import Depends, FastAPI
from given import Status, scan_status

app = FastAPI()


class Depot:
    """The parcels that somebody waits for."""

    def __init__(self) -> None:
        self._watches: dict[int, asyncio.Task[None]] = {}
        self._couriers: Counter[int] = Counter()
        self._parcel = 0

    async def _watch(self, parcel_id: int) -> None:
        while await scan_status(parcel_id) != "scanned":
            await asyncio.sleep(0.5)

    async def wait(self, parcel_id: int, seconds: float) -> bool:
        """Wait for a scan; False when it has not come after so many seconds."""
        self._parcel = parcel_id
        self._couriers[parcel_id] += 1
        if parcel_id not in self._watches:
            self._watches[parcel_id] = asyncio.create_task(self._watch(parcel_id))
        watch = self._watches[parcel_id]
        try:
            await asyncio.wait({watch}, timeout=seconds)
            return watch.done()
        finally:
            self._couriers[self._parcel] -= 1
            if not self._couriers[self._parcel]:
                del self._couriers[self._parcel], self._watches[self._parcel]
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)


depot = Depot()


def the_depot() -> Depot:
    return depot


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
async def wait(
    depot: Annotated[Depot, Depends(the_depot)], parcel_id: int, max_wait: float = 10.0
) -> dict[str, Status | float]:
    began = time.monotonic()
    scanned = await depot.wait(parcel_id, max_wait)
    status: Status = "scanned" if scanned else "pending"
    return {"status": status, "waited": time.monotonic() - began}
