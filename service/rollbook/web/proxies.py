"""Says from where, and by which scheme, a request was sent that came through a declared proxy.

A client that reaches the site directly can write any header. So `X-Forwarded-For` and
`X-Forwarded-Proto` are read of declared proxies alone, and of the first only what they have added:
from the right, up to the first address that is none of theirs.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]
_Address: TypeAlias = IPv4Address | IPv6Address
_OF_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})


def read_proxies(text: str) -> Networks:
    """The networks of a setting: addresses and networks, with commas.

    Raises:
        ValueError: one is none; names the setting.
    """
    try:
        return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError as wrong:
        raise ValueError(f"ROLLBOOK_WEB_PROXIES: {wrong}") from None


class Proxied:
    """An application behind proxies: `client` and `scheme` of a request are those of its sender."""

    def __init__(self, app: ASGIApp, proxies: Networks, *, allow_plaintext: bool):
        """`allow_plaintext`: what comes in clear text came by TLS, to a proxy in front."""
        self._app = app
        self._proxies = proxies
        self._allow_plaintext = allow_plaintext

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with what is known of the sender in the scope."""
        headers = Headers(scope=scope)
        client, scheme = scope.get("client"), scope["scheme"]
        peer = _address(client[0]) if client else None
        if peer is not None and self._is_proxy(peer):
            client = (str(self._sender(peer, headers)), 0)
            if scheme == "http" and headers.getlist("x-forwarded-proto") != ["http"]:
                scheme = "https"
        elif self._allow_plaintext and not _is_of_this_machine(headers.get("host", "")):
            scheme = "https"
        await self._app({**scope, "client": client, "scheme": scheme}, receive, send)

    def _sender(self, peer: _Address, headers: Headers) -> _Address:
        sender = peer
        for entry in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
            found = _address(entry)
            if found is None:  # no proxy wrote it, so neither is what stands before it believed
                break
            sender = found
            if not self._is_proxy(found):
                break
        return sender

    def _is_proxy(self, address: _Address) -> bool:
        return any(address in network for network in self._proxies)


def _is_of_this_machine(host: str) -> bool:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower() in _OF_THIS_MACHINE


def _address(text: str) -> _Address | None:
    """An address, also one with its port: `192.0.2.1:80`, `[2001:db8::1]:80`."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
