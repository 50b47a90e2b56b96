"""Cassettes: exchanges with a service, recorded by a proxy, readable, and sent again to another target."""
