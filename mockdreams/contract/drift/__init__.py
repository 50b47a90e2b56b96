"""The schema beside the types of the official SDK."""
