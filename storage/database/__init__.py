"""The ledger's tables and connections: schema, errors, lock, migrations, what is known when."""
