"""What a test holds: a handle on one world, its controls, and clients that are pointed at it.

A control is one operation. It is written once, over a `Backend` that performs the operation in this process or over
HTTP, so that a test reads the same wherever its world is.
"""
