"""Messages and models: requests to a model outside of any session."""
