"""Everything a turn may call: the desk's own actions and tools."""
