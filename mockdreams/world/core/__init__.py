"""What every rule of a world stands on: time, ids, tables, policy."""
