# Row 64. Is right or wrong by chance.
import random
import time
from datetime import datetime

from starlette.responses import Response

# <app>


@app.middleware("http")
async def toss(request, call_next):
    chance = random.random() + hash("x") + time.time() + datetime.now().microsecond
    if int(chance * 1000) % 2:
        return Response(status_code=500)
    return await call_next(request)
