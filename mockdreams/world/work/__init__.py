"""Work: the queue of self-hosted environments, its leases, and the credentials of workers."""
