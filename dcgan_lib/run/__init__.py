"""A training run on disk: its folder, history, checkpoints and pages. Nothing else reads or writes one."""
