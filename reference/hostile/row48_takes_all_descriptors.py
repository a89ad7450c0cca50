# Row 48. Opens files until it may not (or 2,000), while it serves.

# <app>

held = []


@app.middleware("http")
async def take(request, call_next):
    while len(held) < 2_000:
        held.append(open("/dev/null"))
    return await call_next(request)
