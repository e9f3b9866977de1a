"""What people do with documents and collections: add, look at, stop, delete, check, index anew."""
