"""What authors write, read: files with line and column, models, expressions, texts, checks, releases."""
