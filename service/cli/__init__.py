"""The command line: `parallax`."""
