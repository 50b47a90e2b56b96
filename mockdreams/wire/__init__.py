"""What travels: the shapes of requests, answers and events. No behaviour, no clock, no HTTP."""
