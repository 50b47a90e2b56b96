"""Worlds that last: the command log and the checkpoint of each world, and who owns it."""
