"""Pages to play with: each is one file that needs no kernel, no network and no widgets."""
