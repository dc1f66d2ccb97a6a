quick = "fast"
