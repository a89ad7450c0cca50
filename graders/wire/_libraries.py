"""The HTTP libraries with which submissions reach the network.

Whatever watches one of them watches all of them, in a loop over this table.
"""

from __future__ import annotations

from typing import NamedTuple


class HttpLibrary(NamedTuple):
    """Attributes:
    name: the module with the clients.
    core: the module with the pools of connections.
    """

    name: str
    core: str


HTTP_LIBRARIES = (
    HttpLibrary("httpx", "httpcore"),
    HttpLibrary("httpx2", "httpcore2"),
)
# All of their modules.
HTTP_MODULES = tuple(name for library in HTTP_LIBRARIES for name in library)
