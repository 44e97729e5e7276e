"""Asks the services: connections, limits, retries, credentials, and the threads that work."""
