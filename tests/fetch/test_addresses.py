from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.fetch.addresses import MAPPED, NAT64, SPECIAL, AddressRules
from worker.fetch.metadata import METADATA_ADDRESSES

RULES = AddressRules()
OPEN = AddressRules([ip_network("0.0.0.0/0"), ip_network("::/0")])


@pytest.mark.parametrize("network", SPECIAL, ids=str)
def test_both_ends_of_every_special_block_are_refused(network: object) -> None:
    assert RULES.objection(network[0])  # type: ignore[index]
    assert RULES.objection(network[-1])  # type: ignore[index]


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
        *("126.255.255.255", "128.0.0.1", "172.15.255.255", "172.32.0.0", "192.167.255.255"),
        *("192.169.0.0", "223.255.255.255", "2600::1", "2606:4700::1111", "2a00:1450::1"),
        *("2001:200::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
    ],
)
def test_what_lies_beside_them_is_public(address: str) -> None:
    assert RULES.objection(ip_address(address)) is None


@given(st.ip_addresses(v=4))
def test_nothing_is_called_public_that_the_standard_library_does_not(address: IPv4Address) -> None:
    assert RULES.objection(address) or address.is_global
    for block in (MAPPED, NAT64):
        wrapped = IPv6Address(int(block.network_address) | int(address))
        assert bool(RULES.objection(wrapped)) == bool(RULES.objection(address))


@given(st.ip_addresses(v=6))
def test_nor_in_ipv6(address: IPv6Address) -> None:
    if address not in MAPPED and address not in NAT64:
        assert RULES.objection(address) or address.is_global


@pytest.mark.parametrize("address", sorted(METADATA_ADDRESSES, key=str), ids=str)
def test_metadata_services_are_closed_however_much_is_open(
    address: IPv4Address | IPv6Address,
) -> None:
    assert OPEN.objection(address) == "a cloud's metadata service"
    if isinstance(address, IPv4Address):
        bits = int(address)
        for wrapped in (
            f"::ffff:{address}",
            f"::{address}",
            f"64:ff9b::{address}",
            f"64:ff9b:1::{address}",
            str(IPv6Address(0x2002 << 112 | bits << 80)),
            str(IPv6Address(0x2001 << 112 | bits ^ 0xFFFFFFFF)),
            f"fe80::5efe:{address}",
        ):
            assert OPEN.objection(ip_address(wrapped)) == "a cloud's metadata service", wrapped


def test_networks_that_are_allowed() -> None:
    rules = AddressRules([ip_network("10.20.0.0/16"), ip_network("fd00:1::/64")])
    for address in ("10.20.3.4", "::ffff:10.20.3.4", "fd00:1::9"):
        assert rules.objection(ip_address(address)) is None
    for address in ("10.21.0.1", "127.0.0.1", "fd00:2::1"):
        assert rules.objection(ip_address(address))
