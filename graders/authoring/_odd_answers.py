"""Programs that work, and answer in odd shapes: no suite may lose its head at one.

A solution is wrapped in a middleware that puts another body, or another kind of
answer, in the place of its own. All else goes on as ever: services are called, rows are
written.
"""

from __future__ import annotations

_WRAPPED = '''

import json as _json


def _odd(status, headers, body):
    {statements}
    return status, headers, body


def _inside(value):
    """What the JSON holds, each part as something else."""
    if isinstance(value, dict):
        return {{name: _inside(one) for name, one in value.items()}}
    if isinstance(value, list):
        return [_inside(one) for one in value]
    return {{"odd": value}} if isinstance(value, str) else [str(value)]


def _first_lost(value):
    """The JSON without the first of what each part holds."""
    if isinstance(value, dict):
        return {{name: _first_lost(value[name]) for name in list(value)[1:]}}
    if isinstance(value, list):
        return [_first_lost(one) for one in value[1:]]
    return value


def _read(body):
    try:
        return _json.loads(body)
    except ValueError:
        return None


class _Odd:
    def __init__(self, app):
        self._app = app
        self.routes = app.routes

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, parts = None, []

        async def keep(message):
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await answer()

        async def answer():
            headers = {{b"content-type": b"application/json"}}
            status, headers, body = _odd(start["status"], headers, b"".join(parts))
            headers[b"content-length"] = str(len(body)).encode()
            await send({{**start, "status": status, "headers": list(headers.items())}})
            await send({{"type": "http.response.body", "body": body}})

        await self._app(scope, receive, keep)


app = _Odd(app)
'''

# What becomes of an answer, by what a reader calls it.
ODD: dict[str, str] = {
    "an empty list": "body = b'[]'",
    "null": "body = b'null'",
    "a text": "body = b'\"text\"'",
    "a number": "body = b'7'",
    "true": "body = b'true'",
    "objects in an object": 'body = b\'{"a": {"b": 1}}\'',
    "an object in a list": 'body = b\'[{"a": 1}, 2, null, "x"]\'',
    "NaN": "body = b'NaN'",
    "a gigantic number": "body = b'1' + b'0' * 5000",
    "an endless number": "body = b'1e999'",
    "half a surrogate": 'body = b\'{"\\\\ud800": "\\\\ud800"}\'',
    "nested deeply": "body = b'[' * 900 + b']' * 900",
    "no JSON": "body = b'<html>'",
    "invalid UTF-8": "body = b'\\xff\\xfe\\x00\\xd8'",
    "nothing at all": "body = b''",
    "200 with nothing": "status, body = 200, b''",
    "204": "status, body = 204, b''",
    "a redirect": "status, headers[b'location'], body = 307, b'/elsewhere', b''",
    "another content type": "headers[b'content-type'] = b'image/png; charset=\\xff'",
    "always 200": "status = 200",
    "its values as others": "body = _json.dumps(_inside(_read(body))).encode()",
    "without what comes first": "body = _json.dumps(_first_lost(_read(body))).encode()",
    "twice in a list": "body = _json.dumps([_read(body)] * 2).encode()",
    "as a text": "body = _json.dumps(body.decode('latin-1')).encode()",
}


def odd_answers(solution: str) -> dict[str, str]:
    """Programs made of a solution, by what they answer.

    Args:
        solution: a program whose application is `app`.
    """
    return {
        name: solution + _WRAPPED.format(statements=statements)
        for name, statements in ODD.items()
    }
