# Row 38. Leaves a task, a coroutine, a client and a generator behind.
import asyncio

import httpx

# <app>

kept = []


async def numbers():
    yield 1
    await asyncio.sleep(3600)
    yield 2


@app.middleware("http")
async def leave(request, call_next):
    kept.append(asyncio.create_task(asyncio.sleep(9000), name="worker"))
    asyncio.sleep(1)
    kept.append(httpx.AsyncClient())
    generator = numbers()
    kept.append(generator)
    await anext(generator)
    return await call_next(request)
