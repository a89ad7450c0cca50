# Row 40. Raises what ends a session, in a task of its own.
import asyncio

# <app>


async def interrupt():
    raise KeyboardInterrupt


@app.middleware("http")
async def leave(request, call_next):
    await asyncio.create_task(interrupt())
    return await call_next(request)
