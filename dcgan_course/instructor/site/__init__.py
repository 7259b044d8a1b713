"""The course as a static site: the masters as pages that need no kernel and no network."""
