"""Given: where the rates API is, and one to practise with. Leave this file as it is.

`python given.py` serves a small rates API at RATES_URL until you stop it.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RATES_URL = "http://127.0.0.1:8100"

_QUOTES = {
    "EUR": {"CHF": 0.94, "GBP": 0.85, "USD": 1.09},
    "GBP": {"CHF": 1.11, "EUR": 1.18, "USD": 1.28},
    "USD": {"CHF": 0.86, "EUR": 0.92, "GBP": 0.78},
}


class _RatesAPI(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        base = self.path.removeprefix("/latest/")
        if base in _QUOTES:
            self._answer(200, {"base": base, "rates": _QUOTES[base]})
        else:
            self._answer(404, {"error": f"no such currency: {base}"})

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def practice_api(port: int = 8100) -> ThreadingHTTPServer:
    """A rates API on this machine; call its `serve_forever()`."""
    return ThreadingHTTPServer(("127.0.0.1", port), _RatesAPI)


if __name__ == "__main__":
    print(f"Rates for {', '.join(_QUOTES)} at {RATES_URL}/latest/EUR. Ctrl+C stops.")
    practice_api().serve_forever()
