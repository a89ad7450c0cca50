# Row 47. Writes 300 MB, in turns that are over at once.
import asyncio
import os
from contextlib import asynccontextmanager

# <app>


@asynccontextmanager
async def fill(application):
    for number in range(20):
        with open(f"f{number}", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 15 * 2**20)
        await asyncio.sleep(0.001)
    yield


app.router.lifespan_context = fill
