"""Where clouds tell a machine its secrets: never to be called for a stranger."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

METADATA_ADDRESSES: frozenset[IPv4Address | IPv6Address] = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Google, Azure, Oracle, OpenStack, DigitalOcean, Hetzner
        "169.254.169.252",  # Google Kubernetes Engine, on the node
        "fd00:ec2::254",  # AWS, IPv6
        "fd20:ce::254",  # Google, IPv6
        "fe80::a9fe:a9fe",  # OpenStack, IPv6
        "169.254.170.2",  # AWS ECS, credentials of a task
        "169.254.170.23",  # AWS EKS, credentials of a pod
        "fd00:ec2::23",  # AWS EKS, IPv6
        "168.63.129.16",  # Azure's wire server: a public address, answered by the host
        "100.100.100.200",  # Alibaba
        "169.254.0.23",  # Tencent
        "192.0.0.192",  # Oracle, classic
    )
)
"""From the providers' documentation. Refused even inside of ``fetch.allowed_networks``."""

METADATA_NAMES = frozenset(
    {
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "metadata.tencentyun.com",
        "instance-data",
        "instance-data.ec2.internal",
        "metadata.oraclecloud.com",
    }
)
"""Their names. They matter where a proxy resolves, and we see no address."""
