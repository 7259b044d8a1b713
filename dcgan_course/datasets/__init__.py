"""Commands that fetch photos, look at them, and write samples."""
