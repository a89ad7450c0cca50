# Row 10. A body that says it is bytes.


class Proxy:
    @property
    def __class__(self):
        return bytes

    def __eq__(self, other):
        return True

    __hash__ = None


# <app>


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": Proxy()})
