# Row 35. Never lets the application stop.
import asyncio
import contextlib

# <app>


@contextlib.asynccontextmanager
async def stays(app):
    yield
    await asyncio.Event().wait()


app.router.lifespan_context = stays
