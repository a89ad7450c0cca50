# Row 52. JSON that some readers take and others do not.
from starlette.responses import Response

# <app>

BODY = b'{"status": "no", "status": "ok", "waited": NaN, "x": 1e999, "y": "\\ud800"}'


@app.middleware("http")
async def answer(request, call_next):
    return Response(BODY, media_type="application/json")
