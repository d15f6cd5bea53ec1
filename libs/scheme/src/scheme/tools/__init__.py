"""The commands for officials: explain a scheme, begin a new one, release a version, describe the format to editors."""
