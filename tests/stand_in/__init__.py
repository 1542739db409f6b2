"""Stand-ins for services of the network, on this machine: real servers that the real clients talk to."""
