"""Files, paths and cores: what Python and the machine are asked for."""
