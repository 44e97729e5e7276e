"""What is tracked: the catalog's schema, names as each registry writes them, lists that others keep."""
