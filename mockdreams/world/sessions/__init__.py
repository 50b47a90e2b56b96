"""Sessions, their threads, and what an agent does in them."""
