# Row 35. Waits in lifespan for what never comes.
import asyncio
import contextlib

# <app>


@contextlib.asynccontextmanager
async def waits(app):
    await asyncio.Event().wait()
    yield


app.router.lifespan_context = waits
