# Row 37. Goes on whatever it is told.
import asyncio

# <app>


@app.middleware("http")
async def stubborn(request, call_next):
    while request.url.path == "/health":
        try:
            await asyncio.sleep(10)
        except BaseException:
            pass
    return await call_next(request)
