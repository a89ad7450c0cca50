"""Given: how long a link has, and a web to practise on. Leave this file as it is.

`python given.py` serves a few pages on this machine until you stop it.
"""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# How long (seconds) a link has for its answer.
TIMEOUT = 10.0

_PAGES = {"/": 200, "/news": 200, "/slow": 200, "/moved": 301, "/gone": 404}


class _Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(3)
        self.send_response(_PAGES.get(self.path, 404))
        if self.path == "/moved":
            self.send_header("location", "/news")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def practice_web(port: int = 8200) -> ThreadingHTTPServer:
    """A small web on this machine; call its `serve_forever()`."""
    web = ThreadingHTTPServer(("127.0.0.1", port), _Web)
    web.daemon_threads = True
    return web


if __name__ == "__main__":
    print(f"http://127.0.0.1:8200 has {', '.join(_PAGES)}. Ctrl+C stops.")
    practice_web().serve_forever()
