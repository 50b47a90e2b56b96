"""The contract: what can be observed of the service, and a check for each of its rules against any base URL.

Nothing here imports the fake: a contract that shares code with what it judges proves nothing.
"""
