"""Which artifact a name or a registry's number means, and which artifacts a project had when."""
