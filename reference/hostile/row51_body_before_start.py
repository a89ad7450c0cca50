# Row 51. Sends a body that belongs to no response.

# <app>


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.body", "body": b"{}"})
    await send({"type": "http.response.start", "status": 200, "headers": []})
