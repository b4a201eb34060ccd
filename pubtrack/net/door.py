"""Connections that go to public addresses only: an adapter for requests. Used by guarded.py."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from pubtrack import clock

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Nobody's on the Internet, though Python's `is_global` says otherwise in some of its versions, or always.
_WITHHELD = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # the IETF's own protocols, and a cloud's metadata
            "192.88.99.0/24",  # withdrawn relays of 6to4
            "168.63.129.16/32",  # a cloud's host, seen from the machines on it
            "2001::/23",  # the IETF's own protocols
            "3fff::/20",  # documentation
        ),
    )
)
_CONNECT = 15.0  # seconds
_LONGEST = 600.0

# All that is given out: https://www.iana.org/assignments/ipv6-address-space
_UNICAST = ipaddress.ip_network("2000::/3")


class Refused(Exception):
    """An address that is not to be connected to. No OSError, or urllib3 would try it again."""


def public(address: str) -> bool:
    """Given an IP address, return whether it is a public one, looked at through every way of writing IPv4 inside IPv6."""
    parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.teredo is not None:
            return False
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if inner is None and parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return public(str(inner))
        if parsed not in _UNICAST:  # site-local, translated and withdrawn ways of writing IPv4, routers' own
            return False
    if any(parsed in network for network in _WITHHELD):
        return False
    return parsed.is_global and not parsed.is_multicast


class OneStep(requests.Session):
    """A session that takes one step at a time: requests would read the whole body of a redirect, even of one that it is not to follow."""

    def get_redirect_target(self, *_: Any) -> None:
        return None


class NoCookies(DefaultCookiePolicy):
    """Takes no cookie from anyone."""

    def set_ok(self, *_: Any) -> bool:
        return False


class Door(HTTPAdapter):
    """An adapter whose connections resolve once, look at every address, and connect to one of those."""

    def __init__(self, allow: Callable[[str], bool], ports: frozenset[int] | None) -> None:
        self._allow = allow
        self._port_list = ports
        self._open: socket.socket | None = None
        self._until = float("inf")
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        door = self

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return door.connect(self._dns_host, self.port or 80, self.timeout)

        class Encrypted(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return door.connect(self._dns_host, self.port or 443, self.timeout)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}

    def proxy_manager_for(self, *_args: Any, **_kwargs: Any) -> Any:
        raise Refused("a proxy is never used for untrusted links")

    def connect(self, host: str, port: int, timeout: Any) -> socket.socket:
        """Given a host, return a socket connected to a public address of it. Raise Refused if any address is not public."""
        if self._port_list is not None and port not in self._port_list:
            raise Refused(f"port {port} is not for the web")
        found = self._resolved(host, port)
        refused = [str(info[4][0]) for info in found if not self._allow(str(info[4][0]))]
        if refused:
            raise Refused(f"{host} is at {refused[0]}, which is not a public address")
        problem: OSError = OSError(f"{host} has no address")
        for family, kind, protocol, _, address in found[:3]:
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(min(timeout if isinstance(timeout, int | float) else _CONNECT, self._left()))
                opened.connect(address)
                opened.settimeout(timeout if isinstance(timeout, int | float) else _CONNECT)
            except OSError as error:
                opened.close()
                problem = error
            else:
                self._open = (
                    opened.dup()
                )  # TLS takes the socket over; a second one on the same connection can still shut it
                return opened
        raise problem

    def _resolved(self, host: str, port: int) -> list[Any]:
        """Ask for a host's addresses, no longer than there is time: a name server may drip too, and cannot be hung up on."""
        found: list[Any] = []
        problem: list[Exception] = []

        def ask() -> None:
            try:
                found.extend(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                problem.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(self._left())
        if problem:
            raise problem[0]
        if asking.is_alive():
            raise TimeoutError(f"no name server says where {host} is")
        return found

    def _left(self) -> float:
        """The seconds that are left, a moment at least: to a socket, none would mean not to wait at all."""
        return min(max(self._until - clock.monotonic(), 0.01), _LONGEST)

    def watchdog(self, seconds: float) -> Watchdog:
        """Return a guard that shuts the newest connection down once `seconds` have gone by inside it; no new one is waited for longer."""
        self._until = clock.monotonic() + seconds
        return Watchdog(self, seconds)

    def shut(self) -> None:
        """Shut the newest connection down; whoever waits on it is woken."""
        if self._open is not None:
            with contextlib.suppress(OSError):
                self._open.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Let go of the newest connection."""
        if self._open is not None:
            self._open.close()
            self._open = None


class Watchdog:
    """Shuts a connection down when its time is over."""

    def __init__(self, door: Door, seconds: float) -> None:
        self._timer = threading.Timer(seconds, door.shut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
