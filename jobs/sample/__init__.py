"""The sample data of `tallybook demo`: a recording in the documented shapes, and the catalog that goes with it."""
