"""Dreams: requests, runs, scripts."""
