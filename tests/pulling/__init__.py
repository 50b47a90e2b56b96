"""Reading a workspace into a seed."""
