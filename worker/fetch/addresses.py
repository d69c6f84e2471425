"""Whether an address is one of the public internet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from worker.fetch.metadata import METADATA_ADDRESSES

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SPECIAL: dict[Network, str] = {
    ip_network(block): name
    for block, name in (
        # IANA IPv4 Special-Purpose Address Registry (RFC 6890), those not globally reachable;
        # https://www.iana.org/assignments/iana-ipv4-special-registry
        ("0.0.0.0/8", "unspecified or of this network"),  # RFC 791, RFC 1122
        ("10.0.0.0/8", "private"),  # RFC 1918
        ("100.64.0.0/10", "shared by a carrier's NAT"),  # RFC 6598
        ("127.0.0.0/8", "loopback"),  # RFC 1122
        ("169.254.0.0/16", "link-local"),  # RFC 3927
        ("172.16.0.0/12", "private"),  # RFC 1918
        ("192.0.0.0/24", "kept for protocols"),  # RFC 6890
        ("192.0.2.0/24", "for documentation"),  # RFC 5737
        ("192.88.99.0/24", "a 6to4 relay"),  # RFC 7526, deprecated
        ("192.168.0.0/16", "private"),  # RFC 1918
        ("198.18.0.0/15", "for benchmarks"),  # RFC 2544
        ("198.51.100.0/24", "for documentation"),  # RFC 5737
        ("203.0.113.0/24", "for documentation"),  # RFC 5737
        ("224.0.0.0/4", "multicast"),  # RFC 5771
        ("255.255.255.255/32", "broadcast"),  # RFC 919; before the block that it lies in
        ("240.0.0.0/4", "reserved"),  # RFC 1112
        # IANA IPv6 Special-Purpose Address Registry;
        # https://www.iana.org/assignments/iana-ipv6-special-registry
        ("::/128", "unspecified"),  # RFC 4291
        ("::1/128", "loopback"),  # RFC 4291
        ("::/96", "IPv4-compatible"),  # RFC 4291, deprecated
        ("64:ff9b:1::/48", "behind a NAT64 of one's own"),  # RFC 8215
        ("100::/64", "discard-only"),  # RFC 6666
        ("2001::/32", "Teredo"),  # RFC 4380
        ("2001::/23", "kept for protocols"),  # RFC 2928: benchmarks, ORCHID and the like
        ("2001:db8::/32", "for documentation"),  # RFC 3849
        ("2002::/16", "6to4"),  # RFC 3056
        ("3fff::/20", "for documentation"),  # RFC 9637
        ("5f00::/16", "for segment routing"),  # RFC 9602
        ("fc00::/7", "unique-local"),  # RFC 4193
        ("fe80::/10", "link-local"),  # RFC 4291
        ("fec0::/10", "site-local"),  # RFC 3879, deprecated
        ("ff00::/8", "multicast"),  # RFC 4291
    )
}
"""What is not public, and why. The first block that an address lies in names it."""

GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that was ever given out (RFC 4291, 2.4; IANA IPv6 Address Space). The rest is not
public, whatever the registry above says of it tomorrow."""

MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4 addresses in IPv6 clothes (RFC 4291, 2.5.5.2): the kernel calls the IPv4 address."""

NAT64 = IPv6Network("64:ff9b::/96")
"""How an IPv6-only network calls IPv4 (RFC 6052, 2.1). DNS64 answers so for any IPv4 host."""

SIX_TO_FOUR = IPv6Network("2002::/16")
TEREDO = IPv6Network("2001::/32")


class AddressRules:
    """Which addresses may be called: public ones, and those in ``allowed``.

    A cloud's metadata service may not, whatever ``allowed`` says: it hands credentials to whoever
    asks.
    """

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def objection(self, address: Address) -> str | None:
        """Why it may not be called, in words that do not tell the address; None where it may."""
        plain = plain_address(address)
        if any(form in METADATA_ADDRESSES for form in _forms(address)):
            return "a cloud's metadata service"
        if any(plain in network or address in network for network in self._allowed):
            return None
        return _special(plain)


def plain_address(address: Address) -> Address:
    """The address that is called in the end: IPv4 where IPv6 only wraps it, scope left out."""
    if isinstance(address, IPv4Address):
        return address
    bare = IPv6Address(int(address))
    if bare in MAPPED or bare in NAT64:
        return _low_bits(bare)
    return bare


def _special(address: Address) -> str | None:
    for network, name in SPECIAL.items():
        if address in network:
            return name
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return "reserved"
    return None


def _forms(address: Address) -> Iterator[Address]:
    """The address, and every IPv4 address that some gateway could take it for."""
    if isinstance(address, IPv4Address):
        yield address
        return
    bare = IPv6Address(int(address))
    yield bare
    # Mapped, compatible, NAT64, ISATAP (RFC 5214): all in the last 32 bits.
    yield _low_bits(bare)
    if bare in SIX_TO_FOUR:
        yield IPv4Address(int(bare) >> 80 & 0xFFFF_FFFF)
    if bare in TEREDO:
        # The client's address stands there inverted (RFC 4380, 4).
        yield IPv4Address(~int(bare) & 0xFFFF_FFFF)
    # A NAT64 with a prefix of 48 bits leaves out bits 64 to 71 (RFC 6052, 2.2).
    yield IPv4Address((int(bare) >> 64 & 0xFFFF) << 16 | (int(bare) >> 40 & 0xFFFF))


def _low_bits(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)
