# Row 32. Sleeps and computes in `async def`, by a name that was saved before.
import hashlib
from time import sleep

# <app>


@app.middleware("http")
async def dawdle(request, call_next):
    sleep(0.05)
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 20_000)
    return await call_next(request)
