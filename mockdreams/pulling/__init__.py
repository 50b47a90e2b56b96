"""A seed world from a workspace that there is: what a store holds, and what was said in its sessions. Reads only."""
