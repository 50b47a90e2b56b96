"""Schedules of dreams, which are ours and not the service's."""
