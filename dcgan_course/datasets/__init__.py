"""Fetching pictures, and looking at them before anybody trains on them."""
