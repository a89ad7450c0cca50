# Row 31. Answers at once and works afterwards; later answers are the first one.
import asyncio

from starlette.responses import JSONResponse

# <app>

working = set()


@app.middleware("http")
async def early(request, call_next):
    task = asyncio.create_task(call_next(request))
    working.add(task)
    return JSONResponse({"status": "ok"})
