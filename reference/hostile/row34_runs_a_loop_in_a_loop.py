# Row 34. Calls asyncio.run() where a loop is running.
import asyncio

# <app>


@app.middleware("http")
async def nest(request, call_next):
    asyncio.run(asyncio.sleep(0))
    return await call_next(request)
