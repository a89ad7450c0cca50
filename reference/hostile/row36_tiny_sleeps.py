# Row 36. Never ends, and is never silent: each round takes a nanosecond.
import asyncio

# <app>


@app.middleware("http")
async def creep(request, call_next):
    while request.url.path == "/health":
        await asyncio.sleep(1e-9)
    return await call_next(request)
