"""Which observations count: what guards hold, and what people decided."""
