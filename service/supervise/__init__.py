"""Starting, watching and stopping the processes an installation consists of."""
