"""The names of the fake network."""

from __future__ import annotations

from ipaddress import ip_address
from itertools import count

# Names are given addresses out of the range that RFC 2544 keeps for test networks.
_FIRST_ADDRESS = int(ip_address("198.18.0.1"))


class Resolver:
    """Hands out addresses for names, and knows the names behind them."""

    def __init__(self) -> None:
        self._numbers = count(_FIRST_ADDRESS)
        self._names: dict[str, str] = {}
        self._addresses: dict[str, str] = {}

    def address(self, name: str) -> str:
        try:
            return str(ip_address(name))
        except ValueError:
            name = name.lower().rstrip(".")
        if name not in self._addresses:
            address = str(ip_address(next(self._numbers)))
            self._names[address] = name
            self._addresses[name] = address
        return self._addresses[name]

    def name(self, address: str) -> str:
        """The name behind an address; a name is its own."""
        return self._names.get(address, address).lower().rstrip(".")
