"""Speed, memory and accuracy, each measured by one command."""
