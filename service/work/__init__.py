"""Work that outlives a request: a row in the catalogue says what is to be done, the queue says that it is due."""
